import { describe, expect, it } from 'vitest';
import { along, instancesOf, seriesDatasets } from '../../../tests/dicom-series.js';
import type { Vector3 } from '../volume.js';
import { groupStacks } from './group-stacks.js';
import type { StackGeometry } from './stack.js';
import { isRegular } from './stack-geometry.js';

async function geometryOf(
  positions: readonly Vector3[],
  orientation?: readonly number[],
): Promise<StackGeometry> {
  const datasets = seriesDatasets({ positions, ...(orientation && { orientation }) });
  return groupStacks(await instancesOf(datasets)).stacks[0]!.geometry;
}

function at(...heights: readonly number[]): Vector3[] {
  return heights.map((z): Vector3 => [-10, -20, z]);
}

const radians = Math.PI / 180;

describe('the geometry of a stack', () => {
  it('of even slices', async () => {
    const geometry = await geometryOf(along(5, 2.5));
    expect(geometry).toEqual({
      sliceCount: 5,
      spacing: { median: 2.5, smallest: 2.5, largest: 2.5 },
      gaps: [],
      tilt: 0,
      obliqueness: 0,
      unevenness: 0,
      duplicatePositions: 0,
      otherSizes: 0,
    });
    expect(isRegular(geometry)).toBe(true);
  });

  it('of positions that were rounded to a tenth of a millimetre: 0.625 mm apart', async () => {
    const geometry = await geometryOf(at(...Array.from({ length: 50 }, (_, k) => Math.round(6.25 * k) / 10)));
    expect(geometry.spacing.smallest).toBeCloseTo(0.6, 9);
    expect(geometry.spacing.largest).toBeCloseTo(0.7, 9);
    expect(geometry.gaps).toEqual([]);
    expect(isRegular(geometry)).toBe(true);
  });

  it.each<[string, number[], { after: number; missing: number }[]]>([
    ['one slice missing', [0, 2, 4, 8, 10], [{ after: 2, missing: 1 }]],
    [
      'several missing at two places',
      [0, 2, 8, 10, 12, 16],
      [
        { after: 1, missing: 2 },
        { after: 4, missing: 1 },
      ],
    ],
    ['the middle of four missing', [0, 5, 15], [{ after: 1, missing: 1 }]],
    ['one slice missing of rounded positions', [0, 0.6, 1.3, 1.9, 3.1, 3.8], [{ after: 3, missing: 1 }]],
  ])('%s', async (_, heights, gaps) => {
    const geometry = await geometryOf(at(...heights));
    expect(geometry.gaps).toEqual(gaps);
    expect(isRegular(geometry)).toBe(false);
  });

  it('uneven slices that are no gap', async () => {
    const geometry = await geometryOf(at(0, 3, 6, 10.2, 13.2));
    expect(geometry.gaps).toEqual([]);
    expect(geometry.spacing).toEqual({ median: 3, smallest: 3, largest: expect.closeTo(4.2, 9) });
    // The even line has 3.3 mm from slice to slice: the third lies at 6 instead of 6.6.
    expect(geometry.unevenness).toBeCloseTo(0.6, 9);
    expect(isRegular(geometry)).toBe(false);
  });

  it('a gantry tilted by 15 degrees: the bed moves along z, the slices lean', async () => {
    const orientation = [1, 0, 0, 0, Math.cos(15 * radians), -Math.sin(15 * radians)];
    const geometry = await geometryOf(along(10, 4), orientation);
    expect(geometry.tilt).toBeCloseTo(15, 4);
    expect(geometry.obliqueness).toBeCloseTo(15, 4);
    expect(geometry.spacing.median).toBeCloseTo(4 * Math.cos(15 * radians), 6);
    expect(geometry.unevenness).toBeCloseTo(0, 6);
    expect(isRegular(geometry)).toBe(false);
  });

  it('an oblique stack, which is regular', async () => {
    const [sin, cos] = [Math.sin(18.5 * radians), Math.cos(18.5 * radians)];
    const positions = Array.from({ length: 8 }, (_, k): Vector3 => [5, 3 * k * sin, 3 * k * cos]);
    const geometry = await geometryOf(positions, [1, 0, 0, 0, cos, -sin]);
    expect(geometry.obliqueness).toBeCloseTo(18.5, 4);
    expect(geometry.tilt).toBeCloseTo(0, 4);
    expect(geometry.spacing.median).toBeCloseTo(3, 6);
    expect(isRegular(geometry)).toBe(true);
  });

  it('one slice out of line is no tilt, but not regular either', async () => {
    const positions = along(20).map(
      (position, k): Vector3 => [position[0] + (k === 7 ? 5 : 0), position[1], position[2]],
    );
    const geometry = await geometryOf(positions);
    expect(geometry.tilt).toBeLessThan(0.5);
    expect(geometry.unevenness).toBeCloseTo(5, 6);
    expect(isRegular(geometry)).toBe(false);
  });
});
