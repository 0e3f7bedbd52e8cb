import { setImmediate } from 'node:timers/promises';
import { quantizeSegment, type Segments, setToMean } from './quantized-segment.js';
import type { SliceVectors } from './slice-index.js';

/** Rows that share a center and a scale. More of them take less memory, fewer are nearer to their center. */
const segmentRows = 64;
/** Largest number of rows of which only the largest product leaves the kernel. */
const largestGroup = 16;
/** Of rows that fill up groups, in all rows. */
const largestFilling = 1 / 16;
/** Where segments have fewer rows, for volumes are short, their centers would take too much memory. */
const leastRowsOfCenter = 32;
/** Rows after which others get their turn. */
const rowsAtOnce = 4096;

/** Where a volume is in {@link QuantizedSlices}. Its segments are the ones from the first, so are its groups. */
export interface QuantizedRows {
  readonly rowCount: number;
  readonly firstGroup: number;
  readonly groupCount: number;
  readonly firstSegment: number;
  readonly segmentCount: number;
}

/**
 * The vectors of slices as 8 bits a number, for a quick approximation of inner products with a bound on its
 * error. Slices beside each other are alike, so that the difference to their mean is small and 8 bits of it go
 * far: the error is half of that of codes for the vectors themselves.
 *
 * Takes at most .3 times the memory of the vectors.
 */
export interface QuantizedSlices {
  readonly dimension: number;
  /** Row-major [groups * groupRows, dimension]; the last group of a volume is filled up with its last row. */
  readonly codes: Uint8Array;
  /** Rows of which the kernel takes the largest product. */
  readonly groupRows: number;
  readonly groupsPerSegment: number;
  /** Whether all segments have one center, because volumes are short. */
  readonly sharesCenter: boolean;
  readonly segments: Segments;
  /** In the order of the slices' volumes. */
  readonly volumes: readonly QuantizedRows[];
}

/** Codes that are there already. */
export interface EarlierCodes {
  readonly quantized: QuantizedSlices;
  /** Where a volume of the slices is in `quantized`; undefined if it is not. Must have the same vectors. */
  placeOf(volume: number): number | undefined;
}

/**
 * @param slices any numbers, also such as are not finite.
 * @param earlier what has been quantized before and need not be again.
 */
export async function quantizeSlices(slices: SliceVectors, earlier?: EarlierCodes): Promise<QuantizedSlices> {
  const quantized = allocate(slices);
  const { dimension, codes, groupRows, sharesCenter, segments } = quantized;
  const isReusable =
    earlier?.quantized.groupRows === groupRows && earlier.quantized.sharesCenter === sharesCenter;
  const reusable = isReusable ? earlier : undefined;
  if (sharesCenter) {
    if (reusable) segments.centers.set(reusable.quantized.segments.centers);
    else setToMean(segments.centers, slices.embeddings);
  }
  let rowsSinceBreath = 0;
  for (const [place, { firstRow, rowCount }] of slices.volumes.entries()) {
    const target = quantized.volumes[place]!;
    const before = reusable?.placeOf(place);
    if (reusable !== undefined && before !== undefined) {
      copyVolume(reusable.quantized, reusable.quantized.volumes[before]!, quantized, target);
      continue;
    }
    const rows = slices.embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
    const from = target.firstGroup * groupRows * dimension;
    for (let segment = 0; segment < target.segmentCount; segment++) {
      const first = segment * segmentRows * dimension;
      const ofSegment = rows.subarray(first, first + segmentRows * dimension);
      const itsCodes = codes.subarray(from + first, from + first + ofSegment.length);
      const place = target.firstSegment + segment;
      const center = centersOf(quantized, place, place + 1);
      if (!sharesCenter) setToMean(center, ofSegment);
      quantizeSegment(ofSegment, center, itsCodes, segments, place);
    }
    const end = from + target.groupCount * groupRows * dimension;
    for (let at = from + rows.length; at < end; at += dimension) {
      codes.copyWithin(at, at - dimension, at);
    }
    rowsSinceBreath += rowCount;
    if (rowsSinceBreath >= rowsAtOnce) {
      rowsSinceBreath = 0;
      await setImmediate();
    }
  }
  return quantized;
}

/** @returns row-major [centers, dimension]: those of some segments beside each other, or the one of all. */
export function centersOf(
  quantized: QuantizedSlices,
  firstSegment: number,
  endSegment: number,
): Float32Array {
  const { dimension, sharesCenter, segments } = quantized;
  if (sharesCenter) return segments.centers;
  return segments.centers.subarray(firstSegment * dimension, endSegment * dimension);
}

function allocate({ dimension, volumes }: SliceVectors): QuantizedSlices {
  const rowCounts = volumes.map(({ rowCount }) => rowCount);
  const rows = rowCounts.reduce((sum, count) => sum + count, 0);
  const groupRows = groupSize(rowCounts, rows);
  let [groups, segments] = [0, 0];
  const places = rowCounts.map((rowCount): QuantizedRows => {
    const [firstGroup, firstSegment] = [groups, segments];
    groups += Math.ceil(rowCount / groupRows);
    segments += Math.ceil(rowCount / segmentRows);
    const groupCount = groups - firstGroup;
    return { rowCount, firstGroup, groupCount, firstSegment, segmentCount: segments - firstSegment };
  });
  const sharesCenter = segments * leastRowsOfCenter > rows;
  return {
    dimension,
    codes: new Uint8Array(groups * groupRows * dimension),
    groupRows,
    groupsPerSegment: segmentRows / groupRows,
    sharesCenter,
    segments: {
      centers: new Float32Array((sharesCenter ? 1 : segments) * dimension),
      scales: new Float64Array(segments),
      residuals: new Float64Array(segments),
      spreads: new Float64Array(segments),
      norms: new Float64Array(segments),
    },
    volumes: places,
  };
}

/** The largest power of two with which not too many rows are there only to fill up groups. */
function groupSize(rowCounts: readonly number[], rows: number): number {
  const filling = (size: number) =>
    rowCounts.reduce((sum, count) => sum + Math.ceil(count / size) * size - count, 0);
  let size = largestGroup;
  while (size > 1 && filling(size) > largestFilling * rows) size /= 2;
  return size;
}

function copyVolume(
  source: QuantizedSlices,
  from: QuantizedRows,
  target: QuantizedSlices,
  to: QuantizedRows,
): void {
  const { dimension } = source;
  const groupSize = source.groupRows * dimension;
  copyRange(source.codes, target.codes, groupSize, from.firstGroup, to.firstGroup, from.groupCount);
  const [first, count] = [from.firstSegment, from.segmentCount];
  if (!source.sharesCenter) {
    copyRange(source.segments.centers, target.segments.centers, dimension, first, to.firstSegment, count);
  }
  for (const name of ['scales', 'residuals', 'spreads', 'norms'] as const) {
    copyRange(source.segments[name], target.segments[name], 1, first, to.firstSegment, count);
  }
}

function copyRange<Numbers extends Uint8Array | Float32Array | Float64Array>(
  source: Numbers,
  target: Numbers,
  width: number,
  from: number,
  to: number,
  count: number,
): void {
  target.set(source.subarray(from * width, (from + count) * width), to * width);
}
