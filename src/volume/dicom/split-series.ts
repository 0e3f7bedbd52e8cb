import { angleBetween } from '../vector3.js';
import type { Vector3 } from '../volume.js';
import { compareFrames, framesByPlane, normalOf, type PlacedFrame, pixelsOf } from './placed-frame.js';

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
const gradientDegrees = 1;

/**
 * Splits the usable frames of one series into stacks.
 *
 * Always apart: orientations, matrix and pixel spacing, magnitude/phase/real/imaginary, echoes, b-values, and
 * the gradient directions of one b-value. That is how dcm2niix takes diffusion: each direction is a volume of
 * its own, nothing is averaged, and a trace image, which has a b-value but no direction, is a volume too.
 *
 * Apart only where the same places are imaged again and again: frame types (water and fat), acquisitions, times,
 * trigger times. A CT acquired in steps has several acquisitions and still is one volume.
 *
 * @param frames in any order.
 */
export function splitSeries(frames: readonly PlacedFrame[]): SeriesPart[] {
  const start: SeriesPart = { frames: [...frames].sort(compareFrames), tags: [], otherSizes: [] };
  return [
    splitByOrientation,
    splitBySize,
    ...alwaysApart.map((criterion) => (part: SeriesPart) => splitBy(part, criterion)),
    ...apartWherePlacesRepeat.map(
      (criterion) => (part: SeriesPart) => splitWherePlacesRepeat(part, criterion),
    ),
    splitByTriggerRank,
  ].reduce<SeriesPart[]>((parts, split) => parts.flatMap(split), [start]);
}

/** One way to tell stacks apart. */
interface Criterion<Value> {
  readonly read: (frame: PlacedFrame) => Value;
  readonly isSame: (a: Value, b: Value) => boolean;
  /** @param others what the other parts have. */
  readonly tagOf: (value: Value, others: readonly Value[]) => string;
}

// Each criterion has a value type of its own; what uses them only hands the values back to their criterion.
function criterion<Value>(definition: Criterion<Value>): Criterion<unknown> {
  return definition as Criterion<unknown>;
}

const alwaysApart: readonly Criterion<unknown>[] = [
  criterion<string | undefined>({
    read: componentOf,
    isSame: Object.is,
    tagOf: (component) => component ?? 'other-component',
  }),
  criterion<number | undefined>({
    read: (frame) => frame.echoTime,
    // Some sequences let the echo time vary a little from slice to slice.
    isSame: (a, b) => a === b || Math.abs(a! - b!) <= 0.01 * Math.max(a!, b!),
    tagOf: (echoTime) => (echoTime === undefined ? 'no-echo' : `echo-${rounded(echoTime)}`),
  }),
  criterion<number | undefined>({
    read: (frame) => frame.bValue,
    isSame: (a, b) => a === b || Math.abs(a! - b!) < 0.5,
    tagOf: (bValue) => (bValue === undefined ? 'no-b' : `b-${rounded(bValue)}`),
  }),
  criterion<Vector3 | undefined>({
    read: (frame) => frame.gradient,
    isSame: (a, b) => a === b || (a !== undefined && b !== undefined && angleBetween(a, b) < gradientDegrees),
    tagOf: (gradient) =>
      gradient === undefined ? 'no-gradient' : `gradient-${gradient.map(rounded).join('_')}`,
  }),
];

const apartWherePlacesRepeat: readonly Criterion<unknown>[] = [
  criterion<readonly string[]>({
    read: (frame) => frame.frameType,
    isSame: (a, b) => a.join('\\') === b.join('\\'),
    tagOf: (type, others) => {
      const own = type.filter((value) => !others.every((other) => other.includes(value)));
      return `type-${(own.length > 0 ? own : type).join('-').replace(/\s+/g, '_').toLowerCase()}`;
    },
  }),
  numbered('acquisition', (frame) => frame.acquisitionNumber),
  numbered('time', (frame) => frame.temporalPosition),
  numbered('trigger', (frame) => frame.triggerTime),
];

function numbered(name: string, read: (frame: PlacedFrame) => number | undefined): Criterion<unknown> {
  return criterion<number | undefined>({
    read,
    isSame: Object.is,
    tagOf: (value) => (value === undefined ? `no-${name}` : `${name}-${rounded(value)}`),
  });
}

function rounded(value: number): number {
  // Adding 0 turns -0 into 0.
  return Math.round(value * 100) / 100 + 0;
}

const components: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /^(M(_.+)?|MAGNITUDE)$/, name: 'magnitude' },
  { pattern: /^(P(_.+)?|PHASE([ _]MAP)?)$/, name: 'phase' },
  { pattern: /^(R(_.+)?|REAL)$/, name: 'real' },
  { pattern: /^(I(_.+)?|IMAGINARY)$/, name: 'imaginary' },
];

/** Which part of the complex signal an MR image shows: from the third value of its type on ("M", "M_FFE", "PHASE MAP"). */
function componentOf(frame: PlacedFrame): string | undefined {
  for (const type of frame.frameType.slice(2)) {
    const component = components.find(({ pattern }) => pattern.test(type.trim().toUpperCase()));
    if (component) return component.name;
  }
  return undefined;
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

function splitBy(part: SeriesPart, criterion: Criterion<unknown>): SeriesPart[] {
  return partsOf(part, groupBy(part.frames, criterion), criterion);
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

/**
 * Two values tell stacks apart where they lie at the same places: at two at least, and at half or more of those
 * of the smaller one. Fewer are the overlap of steps, or slices that were repeated.
 */
function splitWherePlacesRepeat(part: SeriesPart, criterion: Criterion<unknown>): SeriesPart[] {
  const groups = groupBy(part.frames, criterion);
  if (groups.length === 1) return [part];
  const placeOf = new Map<PlacedFrame, number>();
  framesByPlane(part.frames).forEach((frames, place) => {
    for (const frame of frames) placeOf.set(frame, place);
  });
  const places = groups.map(({ frames }) => new Set(frames.map((frame) => placeOf.get(frame)!)));
  const extended = places.filter(({ size }) => size >= 2);
  const repeat = extended.some((a, index) =>
    extended.slice(index + 1).some((b) => {
      const shared = [...a].filter((place) => b.has(place)).length;
      return shared >= Math.max(2, Math.min(a.size, b.size) / 2);
    }),
  );
  return repeat ? partsOf(part, groups, criterion) : [part];
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
