import type { SliceVoxels } from '../volume/slice.js';
import type { VoxelArray } from '../volume/volume.js';
import { clipToUnit } from './window.js';

/** What every value of 8 or 16 bits becomes, from the lowest value on. */
interface ScaleTable {
  readonly scaled: Float32Array;
  readonly lowest: number;
}

const tables = new Map<string, ScaleTable>();
/** The windows of one encoder, of CT and of a few volumes of MR. */
const maxTables = 8;

/** @returns undefined for types that have too many values. */
function tableFor(data: VoxelArray, low: number, high: number): ScaleTable | undefined {
  if (data.BYTES_PER_ELEMENT > 2) return undefined;
  const values = 2 ** (8 * data.BYTES_PER_ELEMENT);
  const lowest = data instanceof Int8Array || data instanceof Int16Array ? -values / 2 : 0;
  const key = `${values} ${lowest} ${low} ${high}`;
  let table = tables.get(key);
  if (table === undefined) {
    if (tables.size >= maxTables) tables.clear();
    const factor = 1 / (high - low);
    const scaled = Float32Array.from({ length: values }, (_, i) => clipToUnit((lowest + i - low) * factor));
    table = { scaled, lowest };
    tables.set(key, table);
  }
  return table;
}

/**
 * As `scaleToUnit` of the slice's image, to the bit; values of 8 and 16 bits are looked up in a table, which is
 * three times as fast.
 *
 * @param scaled receives width * height numbers, row-major.
 */
export function scaleVoxelsToUnit(slice: SliceVoxels, low: number, high: number, scaled: Float32Array): void {
  if (!(low < high)) {
    scaled.fill(0);
    return;
  }
  const { data, width, height, start, stepX, stepY } = slice;
  const table = tableFor(data, low, high);
  const factor = 1 / (high - low);
  let target = 0;
  for (let y = 0; y < height; y++) {
    let voxel = start + y * stepY;
    if (table) {
      const { scaled: values, lowest } = table;
      for (let x = 0; x < width; x++, voxel += stepX) scaled[target++] = values[data[voxel]! - lowest]!;
    } else {
      for (let x = 0; x < width; x++, voxel += stepX) {
        scaled[target++] = clipToUnit((Math.fround(data[voxel]!) - low) * factor);
      }
    }
  }
}
