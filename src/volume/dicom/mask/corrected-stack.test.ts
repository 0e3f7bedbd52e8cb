import { describe, expect, it } from 'vitest';
import { instanceInMemory, segmentationBytes, structureSetBytes } from '../../../../tests/dicom-masks.js';
import { instancesOf, seriesDatasets } from '../../../../tests/dicom-series.js';
import { voxelToPatient } from '../../geometry.js';
import { readStructure } from '../../mask.js';
import type { Vector3 } from '../../volume.js';
import { groupStacks } from '../group-stacks.js';
import { readStack, type StackVolume } from '../read-stack.js';
import { dicomMask } from './dicom-mask.js';

const [columns, rows] = [20, 16];

async function volumeOf(positions: readonly Vector3[]): Promise<StackVolume> {
  const { stacks } = groupStacks(
    await instancesOf(seriesDatasets({ positions, columns, rows, spacing: [1, 1] })),
  );
  return readStack(stacks[0]!, 'resample');
}

/** A segmentation of one segment in the planes of the series: columns 5 to 14, rows 4 to 11. */
async function segmentationOn(positions: readonly Vector3[]) {
  const pixels = Array.from({ length: columns * rows }, (_, p) => {
    const [c, r] = [p % columns, Math.floor(p / columns)];
    return c >= 5 && c <= 14 && r >= 4 && r <= 11 ? 1 : 0;
  });
  const planes = positions.map((position) => ({ position, segment: 1, pixels }));
  return dicomMask([
    await instanceInMemory(segmentationBytes({ labels: ['a'], rows, columns, planes }), 'seg'),
  ]);
}

/** The same as contours. */
async function contoursOn(positions: readonly Vector3[]) {
  const contours = positions.map(([x, y, z]) => ({
    points: [
      [x + 4.5, y + 3.5, z],
      [x + 14.5, y + 3.5, z],
      [x + 14.5, y + 11.5, z],
      [x + 4.5, y + 11.5, z],
    ] as const,
  }));
  return dicomMask([await instanceInMemory(structureSetBytes({ rois: [{ name: 'a', contours }] }), 'rt')]);
}

describe('a mask of a series that had to be corrected', () => {
  const withGap: Vector3[] = [0, 1, 2, 4, 5, 6, 7, 8].map((k) => [-10, -20, 3 * k]);

  it.each([
    ['segmentation', segmentationOn],
    ['structure set', contoursOn],
  ])('%s: slices that were interpolated in a gap have none of it, all others theirs', async (_, maskOn) => {
    const volume = await volumeOf(withGap);
    expect(volume.size).toEqual([columns, rows, 9]);
    const inside = await readStructure(await maskOn(withGap), 'a', volume);
    const perSlice = Array.from({ length: 9 }, (_, k) =>
      inside.subarray(k * columns * rows, (k + 1) * columns * rows).reduce((sum, voxel) => sum + voxel, 0),
    );
    expect(perSlice).toEqual([80, 80, 80, 0, 80, 80, 80, 80, 80]);
  });

  // A gantry tilted by atan(1.25 / 3): every slice lies 1.25 mm further down.
  const tilted: Vector3[] = Array.from({ length: 8 }, (_, k) => [-10, -20 + 1.25 * k, 3 * k]);

  it.each([
    ['segmentation', segmentationOn],
    ['structure set', contoursOn],
  ])('%s: it lies where it was drawn in the patient after a tilt was undone', async (_, maskOn) => {
    const volume = await volumeOf(tilted);
    expect(volume.correction?.reasons).toEqual(['tilt']);
    const inside = await readStructure(await maskOn(tilted), 'a', volume);
    const [ni, nj, nk] = volume.size;
    let voxels = 0;
    for (let k = 0; k < nk; k++) {
      const [x0, y0] = tilted[k]!;
      for (let j = 0; j < nj; j++) {
        for (let i = 0; i < ni; i++) {
          const [x, y] = voxelToPatient(volume.affine, [i, j, k]);
          const [column, row] = [-x - x0, -y - y0];
          const expected = column > 4.5 && column < 14.5 && row > 3.5 && row < 11.5;
          voxels += expected ? 1 : 0;
          // On the very edge, half a pixel from two, either is right.
          const onEdge = [column - 4.5, column - 14.5, row - 3.5, row - 11.5].some((d) => Math.abs(d) < 1e-6);
          if (!onEdge) expect(inside[i + ni * (j + nj * k)]).toBe(expected ? 1 : 0);
        }
      }
    }
    expect(voxels).toBeGreaterThan(70 * 8);
  });
});
