import { VoxseekError } from '../../errors.js';

/** Bits of the integers that stand for weights, with their sign. */
export type WeightBits = 7 | 8;

/**
 * Of the largest weight of a channel. With 64, two products with bytes fit into 16 bits (2 x 255 x 64 < 2^15), so
 * that processors without VNNI instructions, which add them up there, lose nothing; with 127 they saturate.
 */
const largestInteger = { 7: 64, 8: 127 } as const;

/** A channel in which no weight is larger is taken for zeros: its scale would be no normal float32. */
const smallestWeight = 1e-30;

/** Weights as integers with a scale for each channel: w is about values times the scale of its channel. */
export interface IntegerWeights {
  /** In the order of the weights. */
  readonly values: Int8Array;
  readonly scale: Float32Array;
}

/**
 * Rounds weights to integers, each output channel by its own scale, symmetrically around zero.
 *
 * @param weights row-major, of float32.
 * @param channels output channels: the columns of a matrix, the filters of a convolution.
 * @param axis which of the axes of the weights they are.
 * @param what to name in errors.
 * @throws VoxseekError ENCODER_INVALID where a weight is not finite
 */
export function roundWeights(
  weights: Float32Array,
  channels: number,
  axis: 'first' | 'last',
  bits: WeightBits,
  what: { readonly file: string; readonly name: string },
): IntegerWeights {
  const perChannel = weights.length / channels;
  const channelOf = (i: number) => (axis === 'last' ? i % channels : Math.floor(i / perChannel));
  const largest = new Float32Array(channels);
  for (let i = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i]!);
    if (!Number.isFinite(size)) {
      throw new VoxseekError('ENCODER_INVALID', `its weights "${what.name}" are not all finite`, {
        subject: what.file,
      });
    }
    const channel = channelOf(i);
    if (size > largest[channel]!) largest[channel] = size;
  }
  const scale = largest.map((size) => (size < smallestWeight ? 1 : size / largestInteger[bits]));
  const values = new Int8Array(weights.length);
  for (let i = 0; i < weights.length; i++) values[i] = Math.round(weights[i]! / scale[channelOf(i)]!);
  return { values, scale };
}

/** @param matrix row-major [rows, columns]. @returns row-major [columns, rows]. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) result[column * rows + row] = matrix[i]!;
  }
  return result;
}
