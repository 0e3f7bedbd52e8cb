import { describe, expect, it } from 'vitest';
import { fillVoxels } from '../../tests/volume-fixtures.js';
import {
  cropSlice,
  everyMillimetres,
  extractSlice,
  pixelRectangle,
  sliceCount,
  slicePositions,
  sliceSpacing,
} from './slice.js';
import type { Plane, Size3, Volume } from './volume.js';

/** A body of 4 x 3 x 2 voxels towards right, anterior and superior, 1.5 x 2.5 x 5 mm; the first lies at origin. */
const bodySize = [4, 3, 2] as const;
const bodySpacing = [1.5, 2.5, 5] as const;
const origin = [-20, 30, 700] as const;
/** Says where a voxel lies in the patient, whatever the order of the file. */
const valueAt = (right: number, anterior: number, superior: number) => right + 10 * anterior + 100 * superior;

interface Order {
  readonly code: string;
  /** Patient axis of each file axis. */
  readonly axes: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2];
  readonly signs: readonly [1 | -1, 1 | -1, 1 | -1];
}

const permutations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const orders: Order[] = permutations.flatMap((axes) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((bits): Order => {
    const signs = [bits & 1 ? -1 : 1, bits & 2 ? -1 : 1, bits & 4 ? -1 : 1] as const;
    const code = axes.map((axis, file) => ['LR', 'PA', 'IS'][axis]![signs[file] === 1 ? 1 : 0]).join('');
    return { code, axes, signs };
  }),
);

/** The body as a file of the given axis order holds it. */
function bodyIn({ axes, signs }: Order): Volume {
  const size = axes.map((axis) => bodySize[axis]) as [number, number, number];
  const bodyIndex = (file: readonly number[]) => {
    const index = [0, 0, 0];
    axes.forEach((axis, f) => {
      index[axis] = signs[f] === 1 ? file[f]! : size[f]! - 1 - file[f]!;
    });
    return index as [number, number, number];
  };
  const affine = new Array<number>(16).fill(0);
  affine[15] = 1;
  const corner = bodyIndex([0, 0, 0]);
  for (let axis = 0; axis < 3; axis++)
    affine[4 * axis + 3] = origin[axis]! + corner[axis]! * bodySpacing[axis]!;
  axes.forEach((axis, f) => {
    affine[4 * axis + f] = signs[f]! * bodySpacing[axis];
  });
  return {
    data: Int16Array.from(fillVoxels(size, (i, j, k) => valueAt(...bodyIndex([i, j, k])))),
    size,
    affine,
    spacing: axes.map((axis) => bodySpacing[axis]) as [number, number, number],
  };
}

/** As a radiologist sees it, row by row from the top; `place` is the place along the axis across the plane. */
const seen: Readonly<Record<Plane, (place: number) => number[][]>> = {
  // Top: front (anterior 2); left of the picture: the patient's right (right 3).
  axial: (s) => [2, 1, 0].map((a) => [3, 2, 1, 0].map((r) => valueAt(r, a, s))),
  // Top: head (superior 1); left of the picture: the patient's right.
  coronal: (a) => [1, 0].map((s) => [3, 2, 1, 0].map((r) => valueAt(r, a, s))),
  // Top: head; left of the picture: front.
  sagittal: (r) => [1, 0].map((s) => [2, 1, 0].map((a) => valueAt(r, a, s))),
};
const across = { sagittal: 0, coronal: 1, axial: 2 } as const;
const planes = ['axial', 'coronal', 'sagittal'] as const;

describe.each(orders)('a file in the order $code', (order) => {
  const volume = bodyIn(order);
  const fileAxis = (plane: Plane) => order.axes.indexOf(across[plane]);
  /** Place in the body of the slice with an index of the file. */
  const placeOf = (plane: Plane, index: number) =>
    order.signs[fileAxis(plane)] === 1 ? index : bodySize[across[plane]] - 1 - index;

  it.each(planes)('shows %s slices as a radiologist looks at them', (plane) => {
    expect(sliceCount(volume, plane)).toBe(bodySize[across[plane]]);
    for (let index = 0; index < sliceCount(volume, plane); index++) {
      const slice = extractSlice(volume, plane, index);
      const expected = seen[plane](placeOf(plane, index));
      expect([slice.height, slice.width]).toEqual([expected.length, expected[0]!.length]);
      expect([...slice.pixels]).toEqual(expected.flat());
    }
  });

  it('has the spacing of the pixels shown', () => {
    expect(extractSlice(volume, 'axial', 0).pixelSpacing).toEqual([1.5, 2.5]);
    expect(extractSlice(volume, 'coronal', 0).pixelSpacing).toEqual([1.5, 5]);
    expect(extractSlice(volume, 'sagittal', 0).pixelSpacing).toEqual([2.5, 5]);
    expect(planes.map((plane) => sliceSpacing(volume, plane))).toEqual([5, 2.5, 1.5]);
  });

  it.each(planes)('knows where each %s slice lies', (plane) => {
    const axis = across[plane];
    slicePositions(volume, plane).forEach(({ index, center, positionMm }, nth) => {
      expect(index).toBe(nth);
      // The centre of the body: origin plus half of (size - 1) * spacing.
      const expected = [-17.75, 32.5, 702.5];
      expected[axis] = origin[axis] + placeOf(plane, index) * bodySpacing[axis];
      center.forEach((coordinate, c) => {
        expect(coordinate).toBeCloseTo(expected[c]!, 9);
      });
      expect(positionMm).toBe(center[axis]);
    });
  });

  it.each(planes)('crops %s slices to a block of voxels', (plane) => {
    // Right 1 to 2, anterior 0 to 1, superior 1, in the body; the same block in the file's own indices.
    const lowBody = [1, 0, 1];
    const highBody = [2, 1, 1];
    const toFile = (forwards: readonly number[], backwards: readonly number[]) =>
      order.axes.map((axis, f) =>
        order.signs[f] === 1 ? forwards[axis]! : bodySize[axis] - 1 - backwards[axis]!,
      ) as [number, number, number];
    const low = toFile(lowBody, highBody);
    const high = toFile(highBody, lowBody);
    const place = lowBody[across[plane]]!;
    const index = placeOf(plane, place);
    const cropped = cropSlice(extractSlice(volume, plane, index), pixelRectangle(volume, plane, low, high));
    const expected = {
      axial: [1, 0].map((a) => [2, 1].map((r) => valueAt(r, a, 1))),
      coronal: [[2, 1].map((r) => valueAt(r, 0, 1))],
      sagittal: [[1, 0].map((a) => valueAt(1, a, 1))],
    }[plane];
    expect([cropped.height, cropped.width]).toEqual([expected.length, expected[0]!.length]);
    expect([...cropped.pixels]).toEqual(expected.flat());
    expect(cropped.pixelSpacing).toEqual(extractSlice(volume, plane, index).pixelSpacing);
  });
});

it('slices an oblique volume along its own axes, with positions on the tilted line', () => {
  // Tilted by the 3-4-5 triangle about the left-right axis: k runs 4 mm up and 3 mm back for 5 mm.
  const size: Size3 = [2, 3, 4];
  const affine = [1, 0, 0, 0, 0, 0.8, -3, 0, 0, 0.6, 4, 0, 0, 0, 0, 1];
  const volume = { data: new Uint8Array(24), size, affine, spacing: [1, 1, 5] as const };
  const positions = slicePositions(volume, 'axial');
  expect(positions.map(({ positionMm }) => positionMm)).toEqual([0.6, 4.6, 8.6, 12.6]);
  expect(positions[2]!.center[1]).toBeCloseTo(0.8 - 6, 12);
  expect(sliceSpacing(volume, 'axial')).toBe(5);
});

describe('everyMillimetres', () => {
  const slices = Array.from({ length: 10 }, (_, index) => index);

  it.each([
    ['everything where nothing is asked for', 1.25, null, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['everything where the slices lie further apart', 5, 3, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['everything where they lie as far apart', 3, 3, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['every fourth of 1.25 mm for 5 mm', 1.25, 5, [0, 4, 8]],
    // Multiples of 3 mm lie at 0, 1.5, 3, 4.5, 6, 7.5, 9 slices of 2 mm; halves go up.
    ['the nearest of 2 mm for 3 mm, none twice', 2, 3, [0, 2, 3, 5, 6, 8, 9]],
    // 0, 3.33, 6.67, 10.
    ['the nearest of 3 mm for 10 mm', 3, 10, [0, 3, 7]],
    ['the first alone where the step is longer than the volume', 1, 1000, [0]],
  ] satisfies [string, number, number | null, number[]][])('picks %s', (_, spacing, every, expected) => {
    expect(everyMillimetres(slices, spacing, every)).toEqual(expected);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %f mm', (every) => {
    expect(() => everyMillimetres(slices, 1, every)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

it('cropSlice takes a rectangle with exclusive upper bounds', () => {
  const slice = {
    pixels: Float32Array.from([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]),
    width: 4,
    height: 3,
    pixelSpacing: [1, 2] as const,
  };
  const cropped = cropSlice(slice, { x0: 1, x1: 3, y0: 1, y1: 3 });
  expect(cropped).toEqual({
    pixels: Float32Array.from([11, 12, 21, 22]),
    width: 2,
    height: 2,
    pixelSpacing: [1, 2],
  });
});
