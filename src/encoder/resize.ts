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

/**
 * Rows become `outputWidth` long. Four rows at a time, so that the processor has four sums to work on; each is
 * summed in the order of its taps.
 */
function resizeRows(image: GrayImage, outputWidth: number, table: FilterTable): Float32Array {
  const { pixels, width, height } = image;
  const { taps, first, weights } = table;
  const output = new Float32Array(outputWidth * height);
  let y = 0;
  for (; y + 3 < height; y += 4) {
    const row = y * width;
    const outputRow = y * outputWidth;
    for (let x = 0; x < outputWidth; x++) {
      let from = row + first[x]!;
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      const weightStart = x * taps;
      for (let tap = 0; tap < taps; tap++, from++) {
        const weight = weights[weightStart + tap]!;
        sum0 += weight * pixels[from]!;
        sum1 += weight * pixels[from + width]!;
        sum2 += weight * pixels[from + 2 * width]!;
        sum3 += weight * pixels[from + 3 * width]!;
      }
      output[outputRow + x] = sum0;
      output[outputRow + outputWidth + x] = sum1;
      output[outputRow + 2 * outputWidth + x] = sum2;
      output[outputRow + 3 * outputWidth + x] = sum3;
    }
  }
  for (; y < height; y++) {
    for (let x = 0; x < outputWidth; x++) {
      const start = y * width + first[x]!;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += weights[x * taps + tap]! * pixels[start + tap]!;
      output[y * outputWidth + x] = sum;
    }
  }
  return output;
}

/** Columns that wait for their rows to be resized. */
const betweenPasses = new ScratchArray();

/**
 * Columns become `outputHeight` long. Sums whole rows, so that memory is read in its order: four at a time, then the
 * up to three that remain and weigh anything, in one pass that writes the result.
 */
function resizeColumns(
  image: GrayImage,
  outputHeight: number,
  table: FilterTable,
  output: Float32Array,
): void {
  const { pixels, width } = image;
  const { taps, first, weights } = table;
  const sums = new Float64Array(width);
  const remaining = taps % 4;
  for (let y = 0; y < outputHeight; y++) {
    const start = first[y]! * width;
    const weightStart = y * taps;
    sums.fill(0);
    for (let tap = 0; tap < taps - remaining; tap += 4) {
      const row0 = start + tap * width;
      const row1 = row0 + width;
      const row2 = row1 + width;
      const row3 = row2 + width;
      const weight0 = weights[weightStart + tap]!;
      const weight1 = weights[weightStart + tap + 1]!;
      const weight2 = weights[weightStart + tap + 2]!;
      const weight3 = weights[weightStart + tap + 3]!;
      for (let x = 0; x < width; x++) {
        sums[x]! +=
          weight0 * pixels[row0 + x]! +
          weight1 * pixels[row1 + x]! +
          weight2 * pixels[row2 + x]! +
          weight3 * pixels[row3 + x]!;
      }
    }
    const rest = [];
    for (let tap = taps - remaining; tap < taps; tap++) if (weights[weightStart + tap] !== 0) rest.push(tap);
    const [tap0 = 0, tap1 = 0, tap2 = 0] = rest;
    const [row0, row1, row2] = [start + tap0 * width, start + tap1 * width, start + tap2 * width];
    const weight0 = weights[weightStart + tap0]!;
    const weight1 = weights[weightStart + tap1]!;
    const weight2 = weights[weightStart + tap2]!;
    const target = y * width;
    if (rest.length === 0) output.set(sums, target);
    else if (rest.length === 1) {
      for (let x = 0; x < width; x++) output[target + x] = sums[x]! + weight0 * pixels[row0 + x]!;
    } else if (rest.length === 2) {
      for (let x = 0; x < width; x++) {
        output[target + x] = sums[x]! + weight0 * pixels[row0 + x]! + weight1 * pixels[row1 + x]!;
      }
    } else {
      for (let x = 0; x < width; x++) {
        output[target + x] =
          sums[x]! + weight0 * pixels[row0 + x]! + weight1 * pixels[row1 + x]! + weight2 * pixels[row2 + x]!;
      }
    }
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
