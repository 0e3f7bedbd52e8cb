import { nearestRows } from './kernel.js';
import type { Neighbours, SliceIndex, SliceVectors } from './slice-index.js';

/** Rows scored in one run: bounds the matrix of similarities to 8192 x queries float32. */
const chunkRows = 8192;

/** Exact search: every query against every slice. Recall 1 by definition; the reference for all others. */
export class FlatIndex implements SliceIndex {
  readonly #slices: SliceVectors;

  constructor(slices: SliceVectors) {
    this.#slices = slices;
  }

  async search(
    queries: Float32Array,
    k: number,
    isAllowed: (volume: number) => boolean = () => true,
  ): Promise<Neighbours> {
    const { dimension, embeddings } = this.#slices;
    const count = queries.length / dimension;
    const merged = new NeighbourLists(count, k);
    for (const [first, last] of this.#chunks(isAllowed)) {
      const documents = embeddings.subarray(first * dimension, last * dimension);
      const depth = Math.min(k, last - first);
      const { similarities, rows } = await nearestRows(queries, documents, dimension, depth);
      merged.merge(similarities, rows, depth, first);
    }
    return merged.result;
  }

  /** Runs of allowed rows, ascending: [first, last) each. */
  *#chunks(isAllowed: (volume: number) => boolean): Generator<[number, number]> {
    let first = 0;
    let last = 0;
    for (const [position, { firstRow, rowCount }] of this.#slices.volumes.entries()) {
      if (!isAllowed(position)) continue;
      if (firstRow !== last) {
        yield* split(first, last);
        first = firstRow;
      }
      last = firstRow + rowCount;
    }
    yield* split(first, last);
  }
}

function* split(first: number, last: number): Generator<[number, number]> {
  for (let row = first; row < last; row += chunkRows) yield [row, Math.min(last, row + chunkRows)];
}

/** Best-k lists of all queries, filled chunk by chunk in ascending order of rows. */
class NeighbourLists {
  readonly result: { k: number; rows: Int32Array; similarities: Float32Array };
  readonly #count: number;

  constructor(count: number, k: number) {
    this.#count = count;
    this.result = {
      k,
      rows: new Int32Array(count * k).fill(-1),
      similarities: new Float32Array(count * k).fill(Number.NEGATIVE_INFINITY),
    };
  }

  /** Both lists are sorted; on a tie the one that is there stays first, for its row is smaller. */
  merge(similarities: Float32Array, rows: BigInt64Array, depth: number, firstRow: number): void {
    const { k } = this.result;
    for (let query = 0; query < this.#count; query++) {
      const from = query * k;
      const oldSimilarities = this.result.similarities.slice(from, from + k);
      const oldRows = this.result.rows.slice(from, from + k);
      let fresh = query * depth;
      const end = fresh + depth;
      let old = 0;
      for (let place = from; place < from + k; place++) {
        if (fresh < end && similarities[fresh]! > oldSimilarities[old]!) {
          this.result.similarities[place] = similarities[fresh]!;
          this.result.rows[place] = firstRow + Number(rows[fresh]!);
          fresh++;
        } else {
          this.result.similarities[place] = oldSimilarities[old]!;
          this.result.rows[place] = oldRows[old]!;
          old++;
        }
      }
    }
  }
}
