import { angleBetween } from '../vector3.js';
import { compareFrames, framesByPlane, normalOf, type PlacedFrame, pixelsOf } from './placed-frame.js';
import { interleaveUnevenly, repeatPlaces } from './same-places.js';
import { alwaysApart, apartWherePlacesRepeat, type Criterion, criterion, rounded } from './stack-criteria.js';

/** Frames of one series that belong together, and what tells them apart from the other parts of the series. */
export interface SeriesPart {
  readonly frames: readonly PlacedFrame[];
  /** "axial", "echo-4.92", "b-800": in the order of the splits; empty where the series was not split. */
  readonly tags: readonly string[];
  /** Frames that would lie in this part but have another matrix or pixel spacing. */
  readonly otherSizes: readonly PlacedFrame[];
}

/** Directions further apart than this are other orientations (degrees): more than rounding, less than radial scans. */
const orientationDegrees = 0.5;

/**
 * Splits the usable frames of one series into stacks.
 *
 * Always apart: orientations, matrix and pixel spacing, magnitude/phase/real/imaginary, echoes, b-values, and
 * the gradient directions of one b-value. That is how dcm2niix takes diffusion: each direction is a volume of
 * its own, nothing is averaged, and a trace image, which has a b-value but no direction, is a volume too.
 *
 * Apart only where the same places are imaged again and again: fields of view, frame types (water and fat),
 * acquisitions, times, trigger times. A CT acquired in steps has several acquisitions and still is one volume.
 *
 * @param frames in any order.
 */
export function splitSeries(frames: readonly PlacedFrame[]): SeriesPart[] {
  const start: SeriesPart = { frames: [...frames].sort(compareFrames), tags: [], otherSizes: [] };
  return [
    splitByOrientation,
    splitBySize,
    ...alwaysApart.map((rule) => (part: SeriesPart) => splitBy(part, rule)),
    ...apartWherePlacesRepeat.map((rule) => (part: SeriesPart) => splitWherePlacesRepeat(part, rule)),
    splitByTriggerRank,
  ].reduce<SeriesPart[]>((parts, split) => parts.flatMap(split), [start]);
}

/** Frames with the same value, in the order in which the values come up. */
function groupBy<Value>(
  frames: readonly PlacedFrame[],
  { read, isSame }: Pick<Criterion<Value>, 'read' | 'isSame'>,
): { readonly value: Value; readonly frames: PlacedFrame[] }[] {
  const groups: { readonly value: Value; readonly frames: PlacedFrame[] }[] = [];
  for (const frame of frames) {
    const value = read(frame);
    const group = groups.find((known) => isSame(known.value, value));
    if (group) group.frames.push(frame);
    else groups.push({ value, frames: [frame] });
  }
  return groups;
}

function splitBy(part: SeriesPart, rule: Criterion<unknown>): SeriesPart[] {
  return partsOf(part, groupBy(part.frames, rule), rule);
}

function partsOf(
  part: SeriesPart,
  groups: readonly { readonly value: unknown; readonly frames: readonly PlacedFrame[] }[],
  { tagOf }: Criterion<unknown>,
): SeriesPart[] {
  if (groups.length === 1) return [part];
  const tags = groups.map(({ value }) =>
    tagOf(
      value,
      groups.map((other) => other.value).filter((other) => other !== value),
    ),
  );
  return groups.map(({ frames }, index) => ({
    frames,
    tags: [...part.tags, distinct(tags, index)],
    otherSizes: index === 0 ? part.otherSizes : [],
  }));
}

/** A tag that several parts would get is numbered from the second one on. */
function distinct(tags: readonly string[], index: number): string {
  const before = tags.slice(0, index).filter((tag) => tag === tags[index]).length;
  return before === 0 ? tags[index]! : `${tags[index]}-${before + 1}`;
}

function splitWherePlacesRepeat(part: SeriesPart, rule: Criterion<unknown>): SeriesPart[] {
  const groups = groupBy(part.frames, rule);
  if (groups.length === 1) return [part];
  const isApart = repeatPlaces(part.frames, groups) || interleaveUnevenly(part.frames, groups);
  return isApart ? partsOf(part, groups, rule) : [part];
}

/**
 * Phases of a heart beat, whose trigger times vary from slice to slice: the first, second... of each place belong
 * together where every place has as many of them.
 */
function splitByTriggerRank(part: SeriesPart): SeriesPart[] {
  const planes = framesByPlane(part.frames);
  const phases = planes[0]?.length ?? 0;
  const isComplete = planes.every(
    (plane) =>
      plane.length === phases &&
      plane.every((frame) => frame.triggerTime !== undefined) &&
      new Set(plane.map((frame) => frame.triggerTime)).size === phases,
  );
  if (planes.length < 2 || phases < 2 || !isComplete) return [part];
  const ordered = planes.map((plane) => plane.toSorted((a, b) => a.triggerTime! - b.triggerTime!));
  return Array.from({ length: phases }, (_, phase) => ({
    frames: ordered.map((plane) => plane[phase]!),
    tags: [...part.tags, `beat-phase-${phase + 1}`],
    otherSizes: phase === 0 ? part.otherSizes : [],
  }));
}

const planeNames = ['sagittal', 'coronal', 'axial'] as const;

function splitByOrientation(part: SeriesPart): SeriesPart[] {
  return splitBy(
    part,
    criterion<PlacedFrame>({
      read: (frame) => frame,
      isSame: (a, b) =>
        angleBetween(a.orientation.row, b.orientation.row) < orientationDegrees &&
        angleBetween(a.orientation.column, b.orientation.column) < orientationDegrees,
      tagOf: (frame) => {
        const along = normalOf(frame).map(Math.abs);
        return planeNames[along.indexOf(Math.max(...along))]!;
      },
    }),
  );
}

/**
 * A size of its own is a stack of its own; but slices of another size in between those of the larger stack
 * belong to the same scan and cannot be joined to it: they are told as other sizes, as is a single image.
 */
function splitBySize(part: SeriesPart): SeriesPart[] {
  const size = criterion<PlacedFrame>({
    read: (frame) => frame,
    isSame: (a, b) =>
      pixelsOf(a).rows === pixelsOf(b).rows &&
      pixelsOf(a).columns === pixelsOf(b).columns &&
      a.pixelSpacing.every((spacing, axis) => isNear(spacing, b.pixelSpacing[axis]!)),
    tagOf: (frame, others) => {
      const { rows, columns } = pixelsOf(frame);
      const isAlone = (others as PlacedFrame[]).every(
        (other) => pixelsOf(other).rows !== rows || pixelsOf(other).columns !== columns,
      );
      return `size-${columns}x${rows}${isAlone ? '' : `-${rounded(frame.pixelSpacing[1])}mm`}`;
    },
  });
  const groups = groupBy(part.frames, size);
  if (groups.length === 1) return [part];
  const largest = groups.reduce((best, group) => (group.frames.length > best.frames.length ? group : best));
  const [own, joined] = [true, false].map((isOwn) =>
    groups.filter((group) => (group === largest || isStackOfItsOwn(group.frames, largest.frames)) === isOwn),
  ) as [typeof groups, typeof groups];
  const otherSizes = joined.flatMap(({ frames }) => frames);
  const ordered = [largest, ...own.filter((group) => group !== largest)];
  return partsOf({ ...part, frames: largest.frames, otherSizes }, ordered, size);
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-3 * Math.max(a, b);
}

function isStackOfItsOwn(frames: readonly PlacedFrame[], largest: readonly PlacedFrame[]): boolean {
  if (frames.length < 2) return false;
  const members = new Set(frames);
  const planes = framesByPlane([...frames, ...largest]);
  const isShared = planes.some((plane) => new Set(plane.map((frame) => members.has(frame))).size === 2);
  const isOutside = planes.at(0)!.every((f) => members.has(f)) || planes.at(-1)!.every((f) => members.has(f));
  return isShared || isOutside;
}
