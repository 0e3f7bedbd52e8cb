import { ScratchArray } from './scratch-array.js';

/** Reconstruction filters, by the names PIL and torchvision give them. */
export type Interpolation = 'bilinear' | 'bicubic';

/** A single-channel image, row-major: the pixel (x, y) is `pixels[y * width + x]`. */
export interface GrayImage {
  readonly pixels: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** The weights with which one output sample is the sum of neighbouring input samples. */
interface FilterTable {
  /** Input samples that each output sample sums: the same number for all, unused weights are 0. */
  readonly taps: number;
  /** Index of the first input sample of each output sample; first + taps never passes the input's end. */
  readonly first: Int32Array;
  /** Row-major [output samples, taps]. */
  readonly weights: Float64Array;
}

const triangle = { support: 1, weight: (x: number): number => Math.max(0, 1 - Math.abs(x)) };

/** Keys' cubic convolution with a = -0.5, as in PIL and in torchvision with antialias. */
const cubic = {
  support: 2,
  weight: (x: number): number => {
    const distance = Math.abs(x);
    if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
    if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
    return 0;
  },
};

const filters = { bilinear: triangle, bicubic: cubic } as const;

const tableCache = new Map<string, FilterTable>();
/** Slices of one volume share a table; a cohort of odd sizes must not fill the memory with them. */
const maxCachedTables = 256;

/**
 * Doubles as the definition of the resize: with scale = inputSize / outputSize, the output sample o has its
 * centre at c = (o + 0.5) * scale and weighs the input sample i by filter((i + 0.5 - c) / max(scale, 1)),
 * over those i that exist and whose centres lie within the support, normalised to a sum of 1.
 */
function createFilterTable(inputSize: number, outputSize: number, interpolation: Interpolation): FilterTable {
  const { support: unitSupport, weight } = filters[interpolation];
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = unitSupport * filterScale;
  const spans = Array.from({ length: outputSize }, (_, output) => {
    const center = (output + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(inputSize, Math.trunc(center + support + 0.5));
    return { center, begin, end };
  });
  const taps = Math.max(...spans.map(({ begin, end }) => end - begin));
  const first = new Int32Array(outputSize);
  const weights = new Float64Array(outputSize * taps);
  spans.forEach(({ center, begin, end }, output) => {
    const start = Math.min(begin, inputSize - taps);
    first[output] = start;
    let sum = 0;
    for (let input = begin; input < end; input++) {
      const value = weight((input + 0.5 - center) / filterScale);
      weights[output * taps + input - start] = value;
      sum += value;
    }
    for (let tap = 0; tap < taps; tap++) weights[output * taps + tap]! /= sum;
  });
  return { taps, first, weights };
}

function filterTable(inputSize: number, outputSize: number, interpolation: Interpolation): FilterTable {
  const key = `${inputSize} ${outputSize} ${interpolation}`;
  let table = tableCache.get(key);
  if (table === undefined) {
    if (tableCache.size >= maxCachedTables) tableCache.clear();
    table = createFilterTable(inputSize, outputSize, interpolation);
    tableCache.set(key, table);
  }
  return table;
}

/** Rows become `outputWidth` long. */
function resizeRows(image: GrayImage, outputWidth: number, table: FilterTable): Float32Array {
  const { pixels, width, height } = image;
  const { taps, first, weights } = table;
  const output = new Float32Array(outputWidth * height);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const outputRow = y * outputWidth;
    for (let x = 0; x < outputWidth; x++) {
      const start = row + first[x]!;
      const weightStart = x * taps;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += weights[weightStart + tap]! * pixels[start + tap]!;
      output[outputRow + x] = sum;
    }
  }
  return output;
}

/** Columns that wait for their rows to be resized. */
const betweenPasses = new ScratchArray();

/** Columns become `outputHeight` long. Sums whole rows, four at a time, so that memory is read in its order. */
function resizeColumns(
  image: GrayImage,
  outputHeight: number,
  table: FilterTable,
  output: Float32Array,
): void {
  const { pixels, width } = image;
  const { taps, first, weights } = table;
  const sums = new Float64Array(width);
  for (let y = 0; y < outputHeight; y++) {
    const start = first[y]! * width;
    sums.fill(0);
    let tap = 0;
    for (; tap + 3 < taps; tap += 4) {
      const row0 = start + tap * width;
      const row1 = row0 + width;
      const row2 = row1 + width;
      const row3 = row2 + width;
      const weight0 = weights[y * taps + tap]!;
      const weight1 = weights[y * taps + tap + 1]!;
      const weight2 = weights[y * taps + tap + 2]!;
      const weight3 = weights[y * taps + tap + 3]!;
      for (let x = 0; x < width; x++) {
        sums[x]! +=
          weight0 * pixels[row0 + x]! +
          weight1 * pixels[row1 + x]! +
          weight2 * pixels[row2 + x]! +
          weight3 * pixels[row3 + x]!;
      }
    }
    for (; tap < taps; tap++) {
      const row = start + tap * width;
      const weight = weights[y * taps + tap]!;
      if (weight === 0) continue;
      for (let x = 0; x < width; x++) sums[x]! += weight * pixels[row + x]!;
    }
    output.set(sums, y * width);
  }
}

/**
 * Resizes a single-channel float image with antialiasing: where it shrinks, the filter is widened by the
 * ratio, separately along each axis. The semantics are those of PIL's `Image.resize` on a float ('F') image
 * and of torchvision's `resize(..., antialias=True)`: half-pixel centres, weights normalised, the filter cut
 * off at the borders, bicubic with a = -0.5. Bicubic output may leave the range of the input; nothing is
 * clipped here.
 *
 * @param image row-major [height, width] float32.
 * @param outputWidth pixels, >= 1. The aspect ratio is the caller's choice: anisotropic pixels become
 *   isotropic ones where the caller asks for sizes in proportion to millimetres.
 * @param outputHeight pixels, >= 1.
 * @returns row-major [outputHeight, outputWidth] float32; the input's own array where nothing changes.
 */
export function resize(
  image: GrayImage,
  outputWidth: number,
  outputHeight: number,
  interpolation: Interpolation,
): Float32Array {
  const { width, height } = image;
  const columns = height === outputHeight ? undefined : filterTable(height, outputHeight, interpolation);
  const rows = width === outputWidth ? undefined : filterTable(width, outputWidth, interpolation);
  let { pixels } = image;
  if (columns !== undefined) {
    const length = width * outputHeight;
    pixels = rows === undefined ? new Float32Array(length) : betweenPasses.take(length);
    resizeColumns(image, outputHeight, columns, pixels);
  }
  if (rows === undefined) return pixels;
  return resizeRows({ pixels, width, height: outputHeight }, outputWidth, rows);
}
