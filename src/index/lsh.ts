import { innerProduct } from './inner-product.js';
import { similarityMatrix } from './kernel.js';
import { randomRotation } from './rotation.js';
import type { Neighbours, SliceIndex, SliceVectors } from './slice-index.js';

export interface LshOptions {
  /** Bits of a code. More find more and take longer. Default: the dimension, as FAISS's factory has it. */
  readonly nbits?: number;
  /** Of the random rotation. Default 5, as in FAISS (whose generator is another one). */
  readonly seed?: number;
}

/** Vectors rotated in one run: bounds the matrix of rotated vectors to 4096 x nbits float32. */
const blockRows = 4096;
/** Codes are made of whole groups of three words, for these are counted together; the rest of the bits is 0. */
const groupWords = 3;
const wordsOf = (nbits: number) => groupWords * Math.ceil(nbits / (groupWords * 32));

/**
 * Locality-sensitive hashing as FAISS's `IndexLSH(d, nbits, rotate_data=true, train_thresholds=false)` has it:
 * every vector is rotated at random to nbits dimensions and keeps one bit of each, whether it is >= 0 (Charikar,
 * STOC 2002); a search compares the code of the query with all codes by Hamming distance.
 *
 * A line is in ascending order of Hamming distance, ties by row, as FAISS gives it: so its first row is the same
 * whatever k is. The similarities are the exact cosines of these rows, not estimates from the distance, and do
 * therefore not always descend.
 *
 * The default of nbits: FAISS's constructor has none; its factory takes the dimension for "LSH". With a rotation
 * each bit then is the sign of one of d orthogonal directions; above d they are no longer independent.
 */
export class LshIndex implements SliceIndex {
  readonly parameters: { readonly nbits: number; readonly seed: number };
  readonly #slices: SliceVectors;
  readonly #rotation: Float32Array;
  /** Row-major [rows, words]. */
  readonly #codes: Uint32Array;

  private constructor(
    parameters: { nbits: number; seed: number },
    slices: SliceVectors,
    rotation: Float32Array,
    codes: Uint32Array,
  ) {
    this.parameters = parameters;
    this.#slices = slices;
    this.#rotation = rotation;
    this.#codes = codes;
  }

  static async build(slices: SliceVectors, options: LshOptions = {}): Promise<LshIndex> {
    const { nbits = slices.dimension, seed = 5 } = options;
    const rotation = randomRotation(slices.dimension, nbits, seed);
    const codes = await signCodes(slices.embeddings, slices.dimension, rotation, nbits);
    return new LshIndex({ nbits, seed }, slices, rotation, codes);
  }

  /** Of the codes and the rotation; the vectors, which only the similarities need, are not counted. */
  get bytes(): number {
    return this.#codes.byteLength + this.#rotation.byteLength;
  }

  async search(
    queries: Float32Array,
    k: number,
    isAllowed: (volume: number) => boolean = () => true,
  ): Promise<Neighbours> {
    const { dimension, embeddings, volumes } = this.#slices;
    const { nbits } = this.parameters;
    const codes = await signCodes(queries, dimension, this.#rotation, nbits);
    const words = wordsOf(nbits);
    const count = queries.length / dimension;
    const allowed = volumes.filter((_, position) => isAllowed(position));
    const rows = new Int32Array(count * k).fill(-1);
    const similarities = new Float32Array(count * k).fill(Number.NEGATIVE_INFINITY);
    const nearest = new NearestCodes(k, nbits);
    for (let query = 0; query < count; query++) {
      nearest.clear();
      const code = codes.subarray(query * words, (query + 1) * words);
      for (const { firstRow, rowCount } of allowed) {
        nearest.scan(this.#codes, firstRow, firstRow + rowCount, code);
      }
      for (let place = 0; place < nearest.length; place++) {
        const row = nearest.rows[place]!;
        rows[query * k + place] = row;
        similarities[query * k + place] = innerProduct(queries, query, embeddings, row, dimension);
      }
    }
    return { k, rows, similarities };
  }
}

/** @returns row-major [rows, wordsOf(nbits)]. */
async function signCodes(
  vectors: Float32Array,
  dimension: number,
  rotation: Float32Array,
  nbits: number,
): Promise<Uint32Array> {
  const rows = vectors.length / dimension;
  const words = wordsOf(nbits);
  const codes = new Uint32Array(rows * words);
  for (let first = 0; first < rows; first += blockRows) {
    const last = Math.min(rows, first + blockRows);
    const block = vectors.subarray(first * dimension, last * dimension);
    const rotated = await similarityMatrix(block, rotation, dimension);
    for (let row = first, at = 0; row < last; row++) {
      for (let bit = 0; bit < nbits; bit++, at++) {
        if (rotated[at]! >= 0) codes[row * words + (bit >>> 5)]! |= 1 << (bit & 31);
      }
    }
  }
  return codes;
}

/** The k rows of the smallest Hamming distance to a code, in ascending order; of equal ones the first rows. */
class NearestCodes {
  readonly rows: Int32Array;
  length = 0;
  readonly #distances: Int32Array;
  readonly #farthest: number;

  constructor(k: number, nbits: number) {
    this.rows = new Int32Array(k);
    this.#distances = new Int32Array(k);
    this.#farthest = nbits;
  }

  clear(): void {
    this.length = 0;
  }

  /** Rows [first, last), which come after those of the scans before. */
  scan(codes: Uint32Array, first: number, last: number, code: Uint32Array): void {
    const k = this.rows.length;
    const words = code.length;
    let bound = this.length < k ? this.#farthest + 1 : this.#distances[k - 1]!;
    for (let row = first, at = first * words; row < last; row++, at += words) {
      let distance = 0;
      for (let word = 0; word < words; word += groupWords) {
        // A carry-save adder makes two words of three; then sums in pairs, nibbles and bytes at once (Warren,
        // Hacker's Delight, 5-1 and 5-2). Twice as fast as word by word.
        const x = codes[at + word]! ^ code[word]!;
        const y = codes[at + word + 1]! ^ code[word + 1]!;
        const z = codes[at + word + 2]! ^ code[word + 2]!;
        let ones = x ^ y ^ z;
        let twos = (x & y) | ((x ^ y) & z);
        ones -= (ones >>> 1) & 0x55555555;
        twos -= (twos >>> 1) & 0x55555555;
        ones = (ones & 0x33333333) + ((ones >>> 2) & 0x33333333);
        twos = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333);
        const nibbles = ones + (twos << 1);
        const bytes = (nibbles & 0x0f0f0f0f) + ((nibbles >>> 4) & 0x0f0f0f0f);
        distance += Math.imul(bytes, 0x01010101) >>> 24;
      }
      if (distance < bound) {
        this.#insert(row, distance);
        if (this.length === k) bound = this.#distances[k - 1]!;
      }
    }
  }

  #insert(row: number, distance: number): void {
    let place = Math.min(this.length, this.rows.length - 1);
    for (; place > 0 && this.#distances[place - 1]! > distance; place--) {
      this.#distances[place] = this.#distances[place - 1]!;
      this.rows[place] = this.rows[place - 1]!;
    }
    this.#distances[place] = distance;
    this.rows[place] = row;
    this.length = Math.min(this.length + 1, this.rows.length);
  }
}
