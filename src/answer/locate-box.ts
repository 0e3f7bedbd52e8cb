import type { PatientBox, Region } from '../retrieval/region.js';
import { extractSlice } from '../volume/slice.js';
import type { IntensityContext, Plane, Volume } from '../volume/volume.js';
import { type BodyOutline, BodyOutliner } from './body-outline.js';
import type { LocalizedRange } from './localize.js';
import { type Interval, PictureFrame } from './picture-frame.js';

/** A volume with what is needed to read its intensities. */
export interface ReadableVolume {
  readonly volume: Volume;
  readonly intensity: IntensityContext;
}

/** Pairs of slices in which bodies are compared; more would only cost. */
const mostPairs = 32;

/**
 * The box of a returned volume that matches a box of the query. Across the slices it is the localized range. In the
 * slices it has the place and size, relative to the body, that the box of the query has there: with the ellipses of
 * the body (centre m, half axes h) in n pairs of slices, the i-th at the share (i + 1/2) / n of the box of the query
 * and of the range, every edge e of the box becomes
 *
 *     e' = median over i of  m'(i) + h'(i) * (e - m(i)) / h(i)
 *
 * cut at the edge of the picture. n is the number of slices of the box, at most 32; pairs with a slice of nothing
 * but air are left out, and where all are, the ellipses of whole pictures stand in.
 *
 * @param region the box of the query: voxels of its file.
 * @param range where in the hit the query was found.
 * @param plane in which both were sliced.
 * @returns RAS+ mm, from the outer faces of the voxels.
 */
export function locateBox(
  query: ReadableVolume & { readonly region: Pick<Region, 'low' | 'high'> },
  hit: ReadableVolume & { readonly range: Pick<LocalizedRange, 'from' | 'to'> },
  plane: Plane,
): PatientBox {
  const from = new PictureFrame(query.volume, plane);
  const to = new PictureFrame(hit.volume, plane);
  const box = from.boxOf(query.region);
  const slab = to.slab(hit.range.from, hit.range.to);
  const outlinesOf = outliner(plane);
  const count = Math.min(mostPairs, Math.max(1, Math.round(lengthOf(box.z) / from.sliceSpacing)));
  const pairs = Array.from({ length: count }, (_, i) => {
    const share = (i + 0.5) / count;
    return [
      outlinesOf(query, from, box.z[0] + share * lengthOf(box.z)),
      outlinesOf(hit, to, slab[0] + share * lengthOf(slab)),
    ] as const;
  }).filter((pair): pair is [BodyOutline, BodyOutline] => pair.every((outline) => outline !== undefined));
  if (pairs.length === 0) pairs.push([outlineOfPicture(from), outlineOfPicture(to)]);

  const extent = to.extent;
  const x = box.x.map((edge) =>
    median(pairs.map(([a, b]) => b.centreX + (b.halfX * (edge - a.centreX)) / a.halfX)),
  );
  const y = box.y.map((edge) =>
    median(pairs.map(([a, b]) => b.centreY + (b.halfY * (edge - a.centreY)) / a.halfY)),
  );
  return to.toPatient({ x: within(x, extent.x), y: within(y, extent.y), z: slab });
}

/** @returns a function for the outline of the body in the slice of a volume at a place across the slices. */
function outliner(plane: Plane) {
  const bodies = new BodyOutliner();
  return ({ volume, intensity }: ReadableVolume, frame: PictureFrame, z: number): BodyOutline | undefined =>
    bodies.outline(extractSlice(volume, plane, frame.sliceAt(z)), intensity);
}

/** What a picture would be taken for that is body all over. */
function outlineOfPicture({ extent: { x, y } }: PictureFrame): BodyOutline {
  return {
    centreX: (x[0] + x[1]) / 2,
    centreY: (y[0] + y[1]) / 2,
    halfX: lengthOf(x) / 2,
    halfY: lengthOf(y) / 2,
  };
}

function lengthOf([low, high]: Interval): number {
  return high - low;
}

function within(edges: readonly number[], [low, high]: Interval): Interval {
  const [first, second] = edges.map((edge) => Math.min(high, Math.max(low, edge)));
  return [first!, second!];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
