import { toleranceFor } from './stack-geometry.js';

/** Slices that lie in order along their normal, at any distances, and may be shifted in their planes. */
export interface UnevenStack {
  /** Row-major [slice, row, column]. */
  readonly data: Int16Array | Float32Array;
  readonly size: readonly [columns: number, rows: number, slices: number];
  /** mm between columns (x) and between rows (y). */
  readonly pixelSpacing: readonly [x: number, y: number];
  /** Ascending distances of the slices from the first one along the normal, mm. */
  readonly heights: readonly number[];
  /** Where the first pixel of each slice lies in the plane, mm along a row (x) and down a column (y). */
  readonly shifts: readonly (readonly [x: number, y: number])[];
}

/** The same on an even grid whose slices lie one above the other. */
export interface EvenStack {
  readonly data: Int16Array | Float32Array;
  readonly size: readonly [columns: number, rows: number, slices: number];
  /** Where the first pixel of all slices lies now: mm along a row (x) and down a column (y), as in `shifts`. */
  readonly origin: readonly [x: number, y: number];
  /** For every slice the stored slice that is nearest to it. */
  readonly nearest: readonly number[];
  /** Slices that lie between two stored ones. */
  readonly interpolatedSlices: number;
}

/**
 * Resamples along the normal, by linear interpolation of the two neighbouring slices; a grid slice that lies on
 * a stored one is that one. Shifts are undone by linear interpolation within the plane, on a plane that is large
 * enough for all slices: no pixel is lost. What lies outside gets the lowest value of the volume.
 *
 * @param step distance of the new slices, mm.
 * @param sliceCount of the new ones; the first lies on the first stored one, the last not above the last.
 */
export function resampleStack(stack: UnevenStack, step: number, sliceCount: number): EvenStack {
  const { heights } = stack;
  const plane = commonPlane(stack);
  const slices = new ShiftedSlices(stack, plane);
  const area = plane.size[0] * plane.size[1];
  const length = area * sliceCount;
  const data = stack.data instanceof Int16Array ? new Int16Array(length) : new Float32Array(length);
  const nearest: number[] = [];
  let interpolatedSlices = 0;
  let below = 0;
  for (let k = 0; k < sliceCount; k++) {
    const height = k * step;
    while (below < heights.length - 2 && heights[below + 1]! <= height) below++;
    const above = below + 1;
    const share = Math.min(1, (height - heights[below]!) / (heights[above]! - heights[below]!));
    const closest = share < 0.5 ? below : above;
    nearest.push(closest);
    if (Math.abs(heights[closest]! - height) <= toleranceFor(step)) {
      data.set(slices.get(closest), k * area);
    } else {
      interpolatedSlices++;
      blend(data.subarray(k * area, (k + 1) * area), slices.get(below), slices.get(above), share);
    }
  }
  return { data, size: [...plane.size, sliceCount], origin: plane.origin, nearest, interpolatedSlices };
}

type Voxels = Int16Array | Float32Array;

function blend(target: Voxels, a: Voxels, b: Voxels, share: number): void {
  const isWhole = target instanceof Int16Array;
  for (let p = 0; p < target.length; p++) {
    const value = a[p]! + share * (b[p]! - a[p]!);
    target[p] = isWhole ? Math.round(value) : value;
  }
}

/** The plane that holds all slices where they really lie. */
interface CommonPlane {
  readonly size: readonly [columns: number, rows: number];
  /** mm along a row and down a column. */
  readonly origin: readonly [x: number, y: number];
  /** For every slice where its first pixel lies on this plane, in pixels: 0 or more, and fractional. */
  readonly places: readonly (readonly [i: number, j: number])[];
}

/** Shifts smaller than this are rounding (pixels): where a pixel lies nearly on a pixel it stays untouched. */
const smallestShift = 0.01;

function commonPlane({ size, pixelSpacing, shifts }: UnevenStack): CommonPlane {
  const [x, y] = ([0, 1] as const).map((axis) => {
    const places = shifts.map((shift) => shift[axis] / pixelSpacing[axis]);
    const first = Math.floor(Math.min(...places) + smallestShift);
    const last = Math.ceil(Math.max(...places) - smallestShift);
    return {
      size: size[axis] + last - first,
      origin: first * pixelSpacing[axis],
      places: places.map((place) => place - first),
    };
  }) as [
    { size: number; origin: number; places: number[] },
    { size: number; origin: number; places: number[] },
  ];
  return {
    size: [x.size, y.size],
    origin: [x.origin, y.origin],
    places: x.places.map((place, k) => [place, y.places[k]!]),
  };
}

/** Stored slices drawn where they lie on the common plane; the last two are kept, for neighbours share them. */
class ShiftedSlices {
  readonly #stack: UnevenStack;
  readonly #plane: CommonPlane;
  readonly #outside: number;
  readonly #kept = new Map<number, Voxels>();

  constructor(stack: UnevenStack, plane: CommonPlane) {
    this.#stack = stack;
    this.#plane = plane;
    let lowest = Number.POSITIVE_INFINITY;
    for (const value of stack.data) if (value < lowest) lowest = value;
    this.#outside = lowest;
  }

  get(slice: number): Voxels {
    let drawn = this.#kept.get(slice);
    if (drawn === undefined) {
      drawn = this.#draw(slice);
      this.#kept.set(slice, drawn);
      if (this.#kept.size > 2) this.#kept.delete(Math.min(...this.#kept.keys()));
    }
    return drawn;
  }

  #draw(slice: number): Voxels {
    const { data, size } = this.#stack;
    const [columns, rows] = size;
    const stored = data.subarray(slice * columns * rows, (slice + 1) * columns * rows);
    const [width, height] = this.#plane.size;
    const [x, y] = this.#plane.places[slice]!.map(settled) as [number, number];
    if (x === 0 && y === 0 && width === columns && height === rows) return stored;
    const target =
      stored instanceof Int16Array ? new Int16Array(width * height) : new Float32Array(width * height);
    const isWhole = target instanceof Int16Array;
    const at = (i: number, j: number) =>
      i < 0 || j < 0 || i >= columns || j >= rows ? this.#outside : stored[j * columns + i]!;
    // A pixel of the plane lies between the stored pixels left of it and right of it, above it and below it.
    const [left, above] = [Math.floor(-x), Math.floor(-y)];
    const [toRight, toBelow] = [-x - left, -y - above];
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) {
        const [si, sj] = [i + left, j + above];
        const upper = mix(at(si, sj), at(si + 1, sj), toRight);
        const value = mix(upper, mix(at(si, sj + 1), at(si + 1, sj + 1), toRight), toBelow);
        target[j * width + i] = isWhole ? Math.round(value) : value;
      }
    }
    return target;
  }
}

function settled(place: number): number {
  return Math.abs(place - Math.round(place)) <= smallestShift ? Math.round(place) : place;
}

function mix(a: number, b: number, share: number): number {
  return share === 0 ? a : a + share * (b - a);
}
