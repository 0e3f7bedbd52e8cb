import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../../tests/random.js';
import { fillPolygons } from './rasterise.js';

const ni = 40;
const nj = 30;

function filled(...polygons: readonly (readonly number[])[]): Uint8Array {
  const target = new Uint8Array(ni * nj);
  fillPolygons(
    polygons.map((polygon) => Float64Array.from(polygon)),
    ni,
    nj,
    target,
  );
  return target;
}

/** Even-odd by the definition, with a ray upwards where the code under test goes along rows. */
function isInside(polygons: readonly (readonly number[])[], i: number, j: number): boolean {
  let crossings = 0;
  for (const polygon of polygons) {
    const points = polygon.length / 2;
    for (let p = 0; p < points; p++) {
      const q = (p + 1) % points;
      const [i0, j0, i1, j1] = [polygon[2 * p]!, polygon[2 * p + 1]!, polygon[2 * q]!, polygon[2 * q + 1]!];
      if (i0 > i === i1 > i) continue;
      if (j0 + ((i - i0) / (i1 - i0)) * (j1 - j0) < j) crossings++;
    }
  }
  return crossings % 2 === 1;
}

function bruteForce(...polygons: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from({ length: ni * nj }, (_, voxel) =>
    isInside(polygons, voxel % ni, Math.floor(voxel / ni)) ? 1 : 0,
  );
}

const rectangle = (i0: number, j0: number, i1: number, j1: number) => [i0, j0, i1, j0, i1, j1, i0, j1];

describe('filling polygons', () => {
  it('agrees with the definition for random polygons that cross themselves, each other and the border', () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 60; round++) {
      const polygons = Array.from({ length: 1 + (round % 3) }, () =>
        Array.from({ length: 2 * (3 + Math.floor(random() * 12)) }, (_, index) =>
          index % 2 === 0 ? random() * (ni + 20) - 10 : random() * (nj + 20) - 10,
        ),
      );
      expect(filled(...polygons)).toEqual(bruteForce(...polygons));
    }
  });

  it('fills the voxels whose centres are inside', () => {
    const target = filled(rectangle(4.5, 2.5, 10.5, 7.5));
    expect(target.reduce((sum, one) => sum + one, 0)).toBe(6 * 5);
    expect([target[3 * ni + 5], target[3 * ni + 4], target[2 * ni + 5], target[7 * ni + 10]]).toEqual([
      1, 0, 0, 1,
    ]);
  });

  it('gives every voxel of two neighbours to one of them, also where the border runs through the centres', () => {
    const [left, right, both] = [
      filled(rectangle(3, 5, 10, 12)),
      filled(rectangle(10, 5, 20, 12)),
      filled(rectangle(3, 5, 20, 12)),
    ];
    expect(left!.map((one, voxel) => one + right![voxel]!)).toEqual(both);
    const [upper, lower, tall] = [
      filled(rectangle(3, 5, 10, 12)),
      filled(rectangle(3, 12, 10, 20)),
      filled(rectangle(3, 5, 10, 20)),
    ];
    expect(upper!.map((one, voxel) => one + lower![voxel]!)).toEqual(tall);
  });

  it('takes an inner contour as a hole, and what lies in the hole as inside again', () => {
    const target = filled(
      rectangle(1.5, 1.5, 30.5, 25.5),
      rectangle(5.5, 5.5, 20.5, 20.5),
      rectangle(9.5, 9.5, 12.5, 12.5),
    );
    expect(target.reduce((sum, one) => sum + one, 0)).toBe(29 * 24 - 15 * 15 + 3 * 3);
  });

  it('cuts the hole of a keyhole, whose channel is walked twice', () => {
    const outer = [2.5, 2.5, 30.5, 2.5, 30.5, 25.5, 2.5, 25.5, 2.5, 2.5];
    const inner = [8.3, 8.3, 8.3, 20.7, 20.7, 20.7, 20.7, 8.3, 8.3, 8.3];
    const target = filled([...outer, ...inner]);
    expect(target.reduce((sum, one) => sum + one, 0)).toBe(28 * 23 - 12 * 12);
  });

  it('draws nothing for a polygon without area or beside the slice', () => {
    expect(filled([3, 3, 9, 9], rectangle(-30, -30, -5, -5)).includes(1)).toBe(false);
  });
});
