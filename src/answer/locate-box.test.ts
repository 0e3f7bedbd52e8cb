import { describe, expect, it } from 'vitest';
import type { Region } from '../retrieval/region.js';
import { voxelToPatient } from '../volume/geometry.js';
import type { IntensityContext, Vector3, Volume } from '../volume/volume.js';
import { locateBox } from './locate-box.js';

const intensity: IntensityContext = { modality: 'CT', percentiles: [-1000, 100] };

interface Body {
  /** Centre and half axes of the body in every axial slice, in mm, x to the right, y to the front. */
  readonly centre: readonly [x: number, y: number];
  readonly half: readonly [x: number, y: number];
}

/**
 * A cylinder of water of 40 slices of 3 mm, in air. The world's origin is at the outer corner of the first voxel, x to
 * the right, y to the front, z to the head; `flipped` files run to the left, to the back and to the feet.
 */
function cylinder({ centre, half }: Body, spacing: number, flipped: boolean): Volume {
  const across = 400 / spacing;
  const size = [across, across, 40] as const;
  const step = flipped ? -1 : 1;
  const start = (n: number, mm: number) => (flipped ? (n - 0.5) * mm : 0.5 * mm);
  const affine = [
    ...[step * spacing, 0, 0, start(across, spacing)],
    ...[0, step * spacing, 0, start(across, spacing)],
    ...[0, 0, step * 3, start(40, 3)],
    ...[0, 0, 0, 1],
  ];
  const data = new Int16Array(across * across * 40).fill(-1000);
  for (let j = 0; j < across; j++) {
    for (let i = 0; i < across; i++) {
      const [x, y] = voxelToPatient(affine, [i, j, 0]);
      const isInside = ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2 <= 1;
      if (isInside) for (let k = 0; k < 40; k++) data[i + across * (j + across * k)] = 0;
    }
  }
  return { data, size, affine, spacing: [spacing, spacing, 3] };
}

/** The voxels of a volume whose centres lie between two points. */
function regionBetween({ affine, size }: Volume, low: Vector3, high: Vector3): Pick<Region, 'low' | 'high'> {
  const inside = [0, 1, 2].map((axis) =>
    Array.from({ length: size[axis]! }, (_, index) => index).filter((index) => {
      const voxel: [number, number, number] = [0, 0, 0];
      voxel[axis] = index;
      const at = voxelToPatient(affine, voxel)[axis]!;
      return at > low[axis]! && at < high[axis]!;
    }),
  );
  return {
    low: inside.map((indices) => indices[0]!) as unknown as Vector3,
    high: inside.map((indices) => indices.at(-1)!) as unknown as Vector3,
  };
}

/** The body is found on a grid of 4 mm, which leaves about a percent of its size. */
function expectNear(edge: number, expected: number): void {
  expect(Math.abs(edge - expected)).toBeLessThan(2);
}

describe.each([
  { name: 'files that run the same way', flipped: false },
  { name: 'files that run the opposite way', flipped: true },
])('locateBox, $name', ({ flipped }) => {
  const query = cylinder({ centre: [200, 180], half: [100, 80] }, 2, false);
  // From -0.5 to 0.1 half axes along x, 0.25 to 0.5 along y, slices 10 to 19.
  const region = regionBetween(query, [150, 200, 30], [210, 220, 60]);

  it('keeps the place and size relative to the body, and takes the range across the slices', () => {
    const volume = cylinder({ centre: [160, 220], half: [140, 100] }, 4, flipped);
    // 24 to 54 mm from the feet: slices 8 to 17.
    const range = flipped ? { from: 22, to: 31 } : { from: 8, to: 17 };
    const box = locateBox({ volume: query, region, intensity }, { volume, range, intensity }, 'axial');
    expectNear(box.x[0], 160 - 0.5 * 140);
    expectNear(box.x[1], 160 + 0.1 * 140);
    expectNear(box.y[0], 220 + 0.25 * 100);
    expectNear(box.y[1], 220 + 0.5 * 100);
    expect(box.z[0]).toBeCloseTo(24, 9);
    expect(box.z[1]).toBeCloseTo(54, 9);
  });

  it('gives the box itself in the same scan', () => {
    const range = { from: 10, to: 19 };
    const box = locateBox({ volume: query, region, intensity }, { volume: query, range, intensity }, 'axial');
    const expected = [150, 210, 200, 220, 30, 60];
    for (const [at, edge] of [...box.x, ...box.y, ...box.z].entries())
      expect(edge).toBeCloseTo(expected[at]!, 6);
  });

  it('stays within the picture', () => {
    const volume = cylinder({ centre: [380, 200], half: [100, 80] }, 2, flipped);
    const right = regionBetween(query, [260, 160, 30], [300, 200, 60]);
    const at = { volume, range: { from: 0, to: 39 }, intensity };
    const box = locateBox({ volume: query, region: right, intensity }, at, 'axial');
    expect(box.x[1]).toBeLessThanOrEqual(400 + 1e-9);
    expect(box.x[0]).toBeLessThan(box.x[1]);
    expect([box.z[0], box.z[1]].map((z) => Math.round(z))).toEqual([0, 120]);
  });
});

describe('locateBox', () => {
  it('carries over the share of the picture where there is no body', () => {
    const air = (spacing: number): Volume => {
      const volume = cylinder({ centre: [0, 0], half: [0.1, 0.1] }, spacing, false);
      return { ...volume, data: volume.data.map(() => -1000) as Int16Array };
    };
    const small = air(4);
    const query = { volume: small, region: regionBetween(small, [100, 40, 0], [200, 80, 60]), intensity };
    const box = locateBox(query, { volume: air(2), range: { from: 0, to: 0 }, intensity }, 'axial');
    const edges = [...box.x, ...box.y, ...box.z];
    for (const [at, edge] of [100, 200, 40, 80, 0, 3].entries()) expect(edges[at]).toBeCloseTo(edge, 6);
  });

  it('knows coronal slices as well', () => {
    const query = cylinder({ centre: [200, 180], half: [100, 80] }, 4, false);
    const region = regionBetween(query, [160, 140, 30], [240, 200, 60]);
    // Coronal slices are stacked to the front: y from 140 to 200 mm are slices 35 to 49.
    const at = { volume: query, range: { from: 35, to: 49 }, intensity };
    const box = locateBox({ volume: query, region, intensity }, at, 'coronal');
    const edges = [...box.x, ...box.y, ...box.z];
    for (const [place, edge] of [160, 240, 140, 200, 30, 60].entries())
      expect(edges[place]).toBeCloseTo(edge, 6);
  });
});
