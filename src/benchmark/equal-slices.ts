import type { SliceVectors } from '../index/slice-index.js';

/**
 * Which slices have the very same vector: air, padding, copies. They are equally similar to everything, and the
 * definitions give such ties to the smaller volume id, then the smaller slice index. Indexes may return any of
 * them, the exact ones too: the last bit of a matrix product depends on where in the matrix a row stands.
 */
export class EqualSlices {
  readonly #first: Int32Array;
  /** The next equal row; -1 where there is none. */
  readonly #next: Int32Array;
  readonly #firstInVolume: Int32Array;

  constructor(slices: SliceVectors) {
    const { embeddings, dimension, volumes } = slices;
    const words = new Uint32Array(embeddings.buffer, embeddings.byteOffset, embeddings.length);
    const rowCount = embeddings.length / dimension;
    this.#first = new Int32Array(rowCount);
    this.#next = new Int32Array(rowCount).fill(-1);
    const lastEqual = new Int32Array(rowCount);
    const rowsByHash = new Map<number, number[]>();
    for (let row = 0; row < rowCount; row++) {
      const key = hash(words, row, dimension);
      const distinct = rowsByHash.get(key);
      const equal = distinct?.find((other) => isEqual(words, row, other, dimension));
      this.#first[row] = equal ?? row;
      if (equal !== undefined) this.#next[lastEqual[equal]!] = row;
      lastEqual[equal ?? row] = row;
      if (distinct === undefined) rowsByHash.set(key, [row]);
      else if (equal === undefined) distinct.push(row);
    }
    this.#firstInVolume = new Int32Array(rowCount);
    for (const { firstRow, rowCount: rowsOfVolume } of volumes) {
      const seen = new Map<number, number>();
      for (let row = firstRow; row < firstRow + rowsOfVolume; row++) {
        const first = this.#first[row]!;
        if (!seen.has(first)) seen.set(first, row);
        this.#firstInVolume[row] = seen.get(first)!;
      }
    }
  }

  /**
   * @param row itself allowed; below 0: no answer, and returned as it is.
   * @param isAllowed tells of rows; default all.
   * @returns the first allowed row that equals this one.
   */
  first(row: number, isAllowed: (row: number) => boolean = () => true): number {
    if (row < 0) return row;
    let equal = this.#first[row]!;
    while (!isAllowed(equal)) equal = this.#next[equal]!;
    return equal;
  }

  /** @returns the first row of the same volume that equals this one. */
  firstInVolume(row: number): number {
    return this.#firstInVolume[row]!;
  }
}

/** FNV-1a over words of 32 bits. */
function hash(words: Uint32Array, row: number, dimension: number): number {
  let state = 0x811c9dc5;
  const end = (row + 1) * dimension;
  for (let place = row * dimension; place < end; place++) {
    state = Math.imul(state ^ words[place]!, 0x01000193);
  }
  return state;
}

function isEqual(words: Uint32Array, row: number, other: number, dimension: number): boolean {
  for (let d = 0; d < dimension; d++) {
    if (words[row * dimension + d] !== words[other * dimension + d]) return false;
  }
  return true;
}
