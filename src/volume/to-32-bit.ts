import { VoxseekError } from '../errors.js';

/**
 * 64-bit integers come from masks that NumPy wrote with its default type; their values fit 32 bits.
 *
 * @throws VoxseekError VOLUME_FORMAT_UNKNOWN where one does not.
 */
export function to32Bit(values: BigInt64Array | BigUint64Array, subject: string): Int32Array {
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value < -(2 ** 31) || value >= 2 ** 31) {
      throw new VoxseekError('VOLUME_FORMAT_UNKNOWN', `a 64-bit voxel holds ${value}, beyond 32 bits`, {
        subject,
        advice: 'Convert it to int16, int32 or float32.',
      });
    }
    result[i] = value;
  }
  return result;
}
