import type { StoredValues } from './stored-values.js';

/**
 * The voxels of a volume while it is put together: 16-bit whole numbers as long as every value is one, float32
 * from the first value on that is not.
 */
export class VoxelBuffer {
  readonly #length: number;
  #data: Int16Array | Float32Array | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  get data(): Int16Array | Float32Array {
    this.#data ??= new Int16Array(this.#length);
    return this.#data;
  }

  /** Writes stored * slope + intercept (PS3.3 C.11.1.1.2), from `offset` on. */
  write(offset: number, stored: StoredValues, slope: number, intercept: number): void {
    // The memory is taken when there are pixels to put in: a header alone can claim any size.
    let data = this.data;
    if (data instanceof Int16Array && !fitsInt16(stored, slope, intercept)) {
      data = Float32Array.from(data);
      this.#data = data;
    }
    if (slope === 1 && intercept === 0) {
      data.set(stored, offset);
      return;
    }
    for (let i = 0; i < stored.length; i++) data[offset + i] = stored[i]! * slope + intercept;
  }
}

function fitsInt16(stored: StoredValues, slope: number, intercept: number): boolean {
  if (!Number.isInteger(slope) || !Number.isInteger(intercept)) return false;
  let lowest = stored[0]!;
  let highest = lowest;
  for (let i = 1; i < stored.length; i++) {
    const value = stored[i]!;
    if (value < lowest) lowest = value;
    else if (value > highest) highest = value;
  }
  const ends = [lowest * slope + intercept, highest * slope + intercept];
  return Math.min(...ends) >= -32768 && Math.max(...ends) <= 32767;
}
