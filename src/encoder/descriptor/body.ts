import { FloatBuffer, type Grid, type Raster, resample } from './grid.js';

/** The body in one slice, lengths in mm from the slice's own corner. */
export interface Body {
  /** Mean position of what is inside the body. */
  readonly centreX: number;
  readonly centreY: number;
  /** Half axes of the ellipse with the same mean and variance along x and y as the inside of the body. */
  readonly halfX: number;
  readonly halfY: number;
  /** The box around the body's tissue. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Area in square millimetres, without air inside; 0 where the slice shows nothing but air. */
  readonly area: number;
  /** The grid on which `inside` is given. */
  readonly grid: Grid;
  /**
   * 1 for the body and what it encloses (lungs, bowel gas), 0 for air around it, table, blankets; 1 everywhere
   * where the slice shows nothing but air.
   */
  readonly inside: Uint8Array;
}

const gridMillimetres = 4;
/** Keeps the work bounded for slices of absurd extent. */
const gridPixels = 256;
/** Parts at least this large, as a share of the largest, belong to the body too: arms, the other leg. */
const partShare = 0.15;

// What a pixel is: no tissue, tissue too thin to tell from a table's shell, or tissue among tissue.
const air = 0;
const thin = 1;
const core = 2;

/** Sets pixels of a view to `air` where they lie outside the body. */
export function clearOutside(body: Body, view: Grid, air: number, pixels: Float32Array): void {
  const { grid, inside } = body;
  for (let y = 0; y < view.height; y++) {
    const row = Math.floor((view.top + (y + 0.5) * view.stepY - grid.top) / grid.stepY);
    for (let x = 0; x < view.width; x++) {
      const column = Math.floor((view.left + (x + 0.5) * view.stepX - grid.left) / grid.stepX);
      const known = row >= 0 && row < grid.height && column >= 0 && column < grid.width;
      if (!known || inside[row * grid.width + column] === 0) pixels[y * view.width + x] = air;
    }
  }
}

/** Finds the body in slices; keeps its buffers between calls. */
export class BodyFinder {
  readonly #values = new FloatBuffer();
  readonly #stretched = new FloatBuffer();
  #kind = new Uint8Array(0);
  #part = new Int32Array(0);
  #inside = new Uint8Array(0);
  #stack = new Int32Array(0);

  /**
   * @param threshold values above it are tissue.
   * @param outside value beyond the edge of the slice.
   */
  find(raster: Raster, threshold: number, outside: number): Body {
    const extentX = raster.width * raster.stepX;
    const extentY = raster.height * raster.stepY;
    const stepX = Math.max(gridMillimetres, extentX / gridPixels);
    const stepY = Math.max(gridMillimetres, extentY / gridPixels);
    const width = Math.max(1, Math.ceil(extentX / stepX));
    const height = Math.max(1, Math.ceil(extentY / stepY));
    // Centred, so that the remainder of the division is shared by both edges.
    const left = (extentX - width * stepX) / 2;
    const top = (extentY - height * stepY) / 2;
    const grid: Grid = { width, height, left, top, stepX, stepY };
    const values = this.#values.take(width * height);
    resample(raster, grid, outside, values, this.#stretched);
    this.#reserve(width * height);
    this.#classify(values, width, height, threshold);
    const kept = this.#largestParts(width, height);
    return this.#measure(grid, kept);
  }

  #reserve(length: number): void {
    if (this.#kind.length >= length) return;
    this.#kind = new Uint8Array(length);
    this.#part = new Int32Array(length);
    this.#inside = new Uint8Array(length);
    this.#stack = new Int32Array(length);
  }

  /** Core: tissue whose four neighbours are tissue. The shell of a table is thinner than that. */
  #classify(values: Float32Array, width: number, height: number, threshold: number): void {
    const kind = this.#kind;
    let cores = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        if (!(values[i]! > threshold)) {
          kind[i] = air;
          continue;
        }
        // A neighbour beyond the edge counts as tissue: the body may be cut there.
        const surrounded =
          (x === 0 || values[i - 1]! > threshold) &&
          (x === width - 1 || values[i + 1]! > threshold) &&
          (y === 0 || values[i - width]! > threshold) &&
          (y === height - 1 || values[i + width]! > threshold);
        kind[i] = surrounded ? core : thin;
        if (surrounded) cores++;
      }
    if (cores > 0) return;
    for (let i = 0; i < width * height; i++) if (kind[i] === thin) kind[i] = core;
  }

  /** Numbers the connected parts of the core from 1; returns which of them belong to the body. */
  #largestParts(width: number, height: number): boolean[] {
    const part = this.#part.fill(0, 0, width * height);
    const sizes = [0];
    for (let i = 0; i < width * height; i++)
      if (this.#kind[i] === core && part[i] === 0) sizes.push(this.#flood(i, sizes.length, width, height));
    const largest = Math.max(...sizes);
    return sizes.map((size) => size > 0 && size >= partShare * largest);
  }

  #flood(seed: number, number: number, width: number, height: number): number {
    const part = this.#part;
    const stack = this.#stack;
    let depth = 0;
    let size = 0;
    const visit = (i: number): void => {
      if (this.#kind[i] !== core || part[i] !== 0) return;
      part[i] = number;
      stack[depth++] = i;
      size++;
    };
    visit(seed);
    while (depth > 0) {
      const i = stack[--depth]!;
      const x = i % width;
      if (x > 0) visit(i - 1);
      if (x < width - 1) visit(i + 1);
      if (i >= width) visit(i - width);
      if (i < width * (height - 1)) visit(i + width);
    }
    return size;
  }

  #measure(grid: Grid, kept: readonly boolean[]): Body {
    const { width, height, left, top, stepX, stepY } = grid;
    const part = this.#part;
    const inside = this.#inside.fill(0, 0, width * height);
    // The kept cores, grown by one pixel: that gives back the skin and its blurred edge.
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        if (!kept[part[i]!]) continue;
        inside[i] = 1;
        if (x > 0) inside[i - 1] = 1;
        if (x < width - 1) inside[i + 1] = 1;
        if (y > 0) inside[i - width] = 1;
        if (y < height - 1) inside[i + width] = 1;
      }
    let count = 0;
    let minX = width;
    let maxX = -1;
    let minY = height;
    let maxY = -1;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        if (inside[i] === 0 || this.#kind[i] === air) continue;
        count++;
        if (x < minX) minX = x;
        if (x > maxX) maxX = x;
        if (y < minY) minY = y;
        if (y > maxY) maxY = y;
      }
    if (count === 0) {
      inside.fill(1, 0, width * height);
      minX = 0;
      maxX = width - 1;
      minY = 0;
      maxY = height - 1;
    } else this.#fillHoles(width, height);
    const moments = insideMoments(inside, width, height);
    return {
      centreX: left + (moments.meanX + 0.5) * stepX,
      centreY: top + (moments.meanY + 0.5) * stepY,
      halfX: 2 * moments.deviationX * stepX,
      halfY: 2 * moments.deviationY * stepY,
      left: left + minX * stepX,
      top: top + minY * stepY,
      width: (maxX - minX + 1) * stepX,
      height: (maxY - minY + 1) * stepY,
      area: count * stepX * stepY,
      grid,
      inside,
    };
  }

  /** What cannot be reached from the edge of the slice without crossing the body is inside it. */
  #fillHoles(width: number, height: number): void {
    const inside = this.#inside;
    const stack = this.#stack;
    const reached = 2;
    let depth = 0;
    const visit = (i: number): void => {
      if (inside[i] !== 0) return;
      inside[i] = reached;
      stack[depth++] = i;
    };
    for (let x = 0; x < width; x++) {
      visit(x);
      visit(x + width * (height - 1));
    }
    for (let y = 0; y < height; y++) {
      visit(y * width);
      visit(y * width + width - 1);
    }
    while (depth > 0) {
      const i = stack[--depth]!;
      const x = i % width;
      if (x > 0) visit(i - 1);
      if (x < width - 1) visit(i + 1);
      if (i >= width) visit(i - width);
      if (i < width * (height - 1)) visit(i + width);
    }
    for (let i = 0; i < width * height; i++) inside[i] = inside[i] === reached ? 0 : 1;
  }
}

/** Mean and standard deviation, along both axes, of the positions of marked pixels; in pixels. */
function insideMoments(
  inside: Uint8Array,
  width: number,
  height: number,
): { meanX: number; meanY: number; deviationX: number; deviationY: number } {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumYY = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (inside[y * width + x] === 0) continue;
      count++;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumYY += y * y;
    }
  const meanX = sumX / count;
  const meanY = sumY / count;
  // A pixel is not a point: its own extent adds 1/12 to the variance.
  return {
    meanX,
    meanY,
    deviationX: Math.sqrt(Math.max(0, sumXX / count - meanX * meanX) + 1 / 12),
    deviationY: Math.sqrt(Math.max(0, sumYY / count - meanY * meanY) + 1 / 12),
  };
}
