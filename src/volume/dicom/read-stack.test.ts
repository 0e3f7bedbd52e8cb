import { describe, expect, it } from 'vitest';
import {
  along,
  coronal,
  type Dataset,
  enhancedDataset,
  instancesOf,
  pixels,
  seriesDatasets,
} from '../../../tests/dicom-series.js';
import { errorOf } from '../../../tests/error-of.js';
import { patientToVoxel, voxelToPatient } from '../geometry.js';
import type { Vector3 } from '../volume.js';
import { groupStacks } from './group-stacks.js';
import { readStack, type StackVolume } from './read-stack.js';
import type { DicomStack, IrregularGeometry } from './stack.js';

async function stackOf(datasets: readonly Dataset[]): Promise<DicomStack> {
  return groupStacks(await instancesOf(datasets)).stacks[0]!;
}

async function read(
  datasets: readonly Dataset[],
  irregular: IrregularGeometry = 'refuse',
): Promise<StackVolume> {
  return readStack(await stackOf(datasets), irregular);
}

function slice({ data, size }: StackVolume, k: number): number[] {
  return [...data.subarray(k * size[0] * size[1], (k + 1) * size[0] * size[1])];
}

const radians = Math.PI / 180;

describe('readStack', () => {
  it('puts voxels and affine together: i along a row, j down a column, k along the normal, RAS+', async () => {
    const volume = await read(seriesDatasets({ positions: along(3, 2.5, 40) }).toReversed());
    expect(volume.size).toEqual([4, 3, 3]);
    expect(volume.data).toBeInstanceOf(Int16Array);
    expect(slice(volume, 1)).toEqual([100, 101, 102, 103, 110, 111, 112, 113, 120, 121, 122, 123]);
    // Spacing 0.5 mm between rows and 0.75 between columns, the first pixel at (-10, -20, 40) LPS.
    expect(volume.affine).toEqual([-0.75, 0, 0, 10, 0, -0.5, 0, 20, 0, 0, 2.5, 40, 0, 0, 0, 1]);
    expect(volume.spacing).toEqual([0.75, 0.5, 2.5]);
    expect(volume.correction).toBeUndefined();
    expect(volume.frames.map(({ position }) => position![2])).toEqual([40, 42.5, 45]);
  });

  it('puts coronal slices from front to back', async () => {
    const positions = [30, 20, 10].map((y): Vector3 => [0, y, 0]);
    const volume = await read(seriesDatasets({ positions, orientation: coronal }));
    expect(volume.affine).toEqual([-0.75, 0, 0, 0, 0, 0, -10, -10, 0, -0.5, 0, 0, 0, 0, 0, 1]);
    expect(slice(volume, 0)[0]).toBe(200);
  });

  it('applies slope and intercept slice by slice', async () => {
    const slices = seriesDatasets({ positions: along(2), value: () => 7 });
    slices[0] = { ...slices[0], RescaleSlope: '1', RescaleIntercept: '-1024' };
    slices[1] = { ...slices[1], RescaleSlope: '2', RescaleIntercept: '5' };
    const volume = await read(slices);
    expect(volume.data).toBeInstanceOf(Int16Array);
    expect([slice(volume, 0)[0], slice(volume, 1)[0]]).toEqual([-1017, 19]);
  });

  it.each<[string, Dataset, number]>([
    ['a slope that is no whole number', { RescaleSlope: '0.5', RescaleIntercept: '0' }, 3.5],
    ['values beyond 16 bits', { RescaleSlope: '1', RescaleIntercept: '40000' }, 40007],
  ])('gives float32 for %s, also of the slices before', async (_, attributes, last) => {
    const slices = seriesDatasets({ positions: along(3), value: () => 7 });
    slices[2] = { ...slices[2], ...attributes };
    const volume = await read(slices);
    expect(volume.data).toBeInstanceOf(Float32Array);
    expect([0, 1, 2].map((k) => slice(volume, k)[0])).toEqual([7, 7, last]);
  });

  it('gives float32 for unsigned values beyond 32767', async () => {
    const bits = { PixelRepresentation: 0, PixelData: [new Uint16Array(12).fill(50000).buffer] };
    const volume = await read(seriesDatasets({ positions: along(2), attributes: bits }));
    expect(slice(volume, 1)[0]).toBe(50000);
  });

  it('takes the frames of a stack out of an enhanced object', async () => {
    const frames = along(3).flatMap((position, k) => [
      { position, echoTime: 10, value: k },
      { position, echoTime: 80, value: 10 + k },
    ]);
    const { stacks } = groupStacks(await instancesOf([enhancedDataset(frames.toReversed())]));
    const values = await Promise.all(
      stacks.map(async (stack) => {
        const volume = await readStack(stack, 'refuse');
        return [0, 1, 2].map((k) => slice(volume, k)[0]);
      }),
    );
    expect(values).toEqual([
      [0, 1, 2],
      [10, 11, 12],
    ]);
  });

  it('reads what lies at rounded positions untouched', async () => {
    const positions = along(20, 0.625).map(([x, y, z]): Vector3 => [x, y, Math.round(10 * z) / 10]);
    const volume = await read(seriesDatasets({ positions }));
    expect(volume.size[2]).toBe(20);
    expect(volume.affine[10]).toBeCloseTo(11.9 / 19, 9);
    expect(volume.correction).toBeUndefined();
  });

  it('takes no memory for what only the headers claim', async () => {
    const claimed = { Rows: 65000, Columns: 65000 };
    const stack = await stackOf(seriesDatasets({ positions: along(40), attributes: claimed }));
    expect(await errorOf(readStack(stack, 'resample'))).toMatchObject({ code: 'DICOM_INVALID' });
  });

  describe('of a stack with gaps', () => {
    // The value is the height in mm, so that what is interpolated can be told.
    const positions = [0, 2, 4, 10, 12].map((z): Vector3 => [0, 0, z]);
    const datasets = seriesDatasets({ positions, value: (_i, _j, k) => positions[k]![2] });

    it('refuses it with the places', async () => {
      const stack = await stackOf(datasets);
      const error = await errorOf(readStack(stack, 'refuse'));
      expect(error).toMatchObject({
        code: 'SERIES_IRREGULAR',
        subject: `series ${stack.id}`,
        reason: '2 slices are missing after 4.0 mm',
      });
    });

    it('fills them from both sides', async () => {
      const volume = await read(datasets, 'resample');
      expect([0, 1, 2, 3, 4, 5, 6].map((k) => slice(volume, k)[0])).toEqual([0, 2, 4, 6, 8, 10, 12]);
      expect(volume.affine[10]).toBe(2);
      expect(volume.affine[11]).toBe(0);
      expect(volume.correction).toEqual({ reasons: ['gaps'], interpolatedSlices: 2 });
      expect(volume.frames.map(({ position }) => position![2])).toEqual([0, 2, 4, 4, 10, 10, 12]);
    });

    it('does not invent more slices than there are', async () => {
      const far = seriesDatasets({ positions: [0, 2, 4, 14].map((z): Vector3 => [0, 0, z]) });
      expect((await read(far, 'resample')).size[2]).toBe(8);
      const further = seriesDatasets({ positions: [0, 2, 4, 16].map((z): Vector3 => [0, 0, z]) });
      expect(await errorOf(read(further, 'resample'))).toMatchObject({
        code: 'SERIES_IRREGULAR',
        reason: 'only 4 slices are there of 9: too few to fill the gaps from',
      });
    });
  });

  it('evens out uneven spacing at the median distance', async () => {
    const heights = [0, 3, 6, 10.2, 13.2];
    const positions = heights.map((z): Vector3 => [0, 0, z]);
    const datasets = seriesDatasets({ positions, value: (_i, _j, k) => 10 * heights[k]! });
    expect(await errorOf(read(datasets))).toMatchObject({
      code: 'SERIES_IRREGULAR',
      reason: 'the slices lie 3.00 to 4.20 mm apart',
    });
    const volume = await read(datasets, 'resample');
    expect([0, 1, 2, 3, 4].map((k) => slice(volume, k)[0])).toEqual([0, 30, 60, 90, 120]);
    expect(volume.affine[10]).toBe(3);
    expect(volume.correction).toEqual({ reasons: ['uneven spacing'], interpolatedSlices: 2 });
  });

  it('says that spacing was uneven also where a slice is only a little out of place', async () => {
    const positions = [0, 5, 10.8, 15, 20].map((z): Vector3 => [0, 0, z]);
    const datasets = seriesDatasets({ positions, value: (_i, _j, k) => 10 * positions[k]![2] });
    expect(await errorOf(read(datasets))).toMatchObject({ reason: 'the slices lie 4.20 to 5.80 mm apart' });
    const volume = await read(datasets, 'resample');
    expect([0, 1, 2, 3, 4].map((k) => slice(volume, k)[0])).toEqual([0, 50, 100, 150, 200]);
    expect(volume.correction).toEqual({ reasons: ['uneven spacing'], interpolatedSlices: 1 });
  });

  describe('of a tilted stack', () => {
    const tilt = 20 * radians;
    const orientation = [1, 0, 0, 0, Math.cos(tilt), -Math.sin(tilt)];
    const positions = along(12, 4);
    const [columns, rows] = [6, 40];
    /** Whatever is linear in the patient stays exact under linear interpolation. */
    const inPatient = ([x, y, z]: Vector3) => 3 * x + 5 * y + 7 * z + 1000;
    const pointOf = (i: number, j: number, k: number): Vector3 => {
      const [x, y, z] = positions[k]!;
      return [x + 1.5 * i, y + 1.5 * j * Math.cos(tilt), z - 1.5 * j * Math.sin(tilt)];
    };
    const datasets = seriesDatasets({
      positions,
      orientation,
      columns,
      rows,
      spacing: [1.5, 1.5],
      value: (i, j, k) => Math.round(10 * inPatient(pointOf(i, j, k))),
      attributes: { RescaleSlope: '0.1', RescaleIntercept: '0' },
    });

    it('refuses it with the angle', async () => {
      expect(await errorOf(read(datasets))).toMatchObject({
        code: 'SERIES_IRREGULAR',
        reason: 'the gantry is tilted by 20.0 degrees',
      });
    });

    it('shifts the slices back on a grid that holds all of them', async () => {
      const volume = await read(datasets, 'resample');
      expect(volume.correction).toEqual({ reasons: ['tilt'], interpolatedSlices: 0 });
      // The bed moves 4 mm from slice to slice, -sin(20) of it down the columns: 11 steps are 15.05 mm, 10.03 pixels.
      expect(volume.size).toEqual([6, 51, 12]);
      const [a, b, c] = [0, 1, 2].map(
        (n) => [0, 4, 8].map((r) => volume.affine[r + n]!) as unknown as Vector3,
      );
      expect(a![0] * c![0] + a![1] * c![1] + a![2] * c![2]).toBeCloseTo(0, 6);
      expect(b![0] * c![0] + b![1] * c![1] + b![2] * c![2]).toBeCloseTo(0, 6);
      const lowest = Math.min(...volume.data);
      let inside = 0;
      for (let k = 0; k < 12; k++) {
        for (let j = 0; j < 51; j++) {
          const [x, y, z] = voxelToPatient(volume.affine, [2, j, k]);
          const value = volume.data[2 + 6 * (j + 51 * k)]!;
          // The row of the stored slice that this voxel lies on.
          const row =
            ((-y - positions[k]![1]) * Math.cos(tilt) - (z - positions[k]![2]) * Math.sin(tilt)) / 1.5;
          if (row < 0 || row > rows - 1) {
            if (row < -1 || row > rows) expect(value).toBe(lowest);
            continue;
          }
          inside++;
          expect(value).toBeCloseTo(inPatient([-x, -y, z]), 0);
          expect(Math.abs(value - inPatient([-x, -y, z]))).toBeLessThan(0.11);
        }
      }
      expect(inside).toBeGreaterThan(12 * 38);
    });

    it('keeps every slice in its place: voxels of the first and the last one', async () => {
      const volume = await read(datasets, 'resample');
      for (const k of [0, 11]) {
        const [x, y, z] = pointOf(3, 20, k);
        expect(patientToVoxel(volume.affine, [-x, -y, z])[2]).toBeCloseTo(k, 5);
      }
    });
  });

  it('moves one slice that is out of line back, by whole pixels exactly', async () => {
    const positions = along(9).map(([x, y, z], k): Vector3 => [k === 4 ? x + 2 * 0.75 : x, y, z]);
    const datasets = seriesDatasets({ positions, value: (i, j, k) => 1 + i + 10 * j + 100 * k });
    const volume = await read(datasets, 'resample');
    expect(volume.size).toEqual([6, 3, 9]);
    expect(slice(volume, 4).slice(0, 6)).toEqual([1, 1, 401, 402, 403, 404]);
    expect(slice(volume, 3).slice(0, 6)).toEqual([301, 302, 303, 304, 1, 1]);
    expect(volume.correction).toEqual({ reasons: ['uneven spacing'], interpolatedSlices: 0 });
  });

  it('keeps pixel sizes of its own', async () => {
    const volume = await read(
      seriesDatasets({ positions: along(2), attributes: pixels(5, 2, (i, j) => i - j) }),
    );
    expect(volume.size).toEqual([5, 2, 2]);
    expect(slice(volume, 0)).toEqual([0, 1, 2, 3, 4, -1, 0, 1, 2, 3]);
  });
});
