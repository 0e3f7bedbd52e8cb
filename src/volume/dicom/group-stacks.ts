import type { Modality } from '../volume.js';
import type { DicomInstance } from './instance.js';
import { LeftOutOfSeries, type SeriesLeftOut, whyNoImage, whyNoSlice } from './left-out.js';
import { compareText, framesByPlane, type PlacedFrame } from './placed-frame.js';
import { type SeriesPart, splitSeries } from './split-series.js';
import type { DicomStack } from './stack.js';
import { measureGeometry } from './stack-geometry.js';

/** The volumes among DICOM instances, and what is no volume. */
export interface GroupedInstances {
  /** By SeriesInstanceUID and id. */
  readonly stacks: readonly DicomStack[];
  readonly leftOut: readonly SeriesLeftOut[];
}

/**
 * Makes volumes of the instances of a folder or a download: by series, and within a series by all that tells its
 * stacks apart ({@link splitSeries}). What is no slice of a CT or MR volume is left out with a reason.
 *
 * Nothing depends on the order of the instances, nor on names or places of files. Images of two patients are
 * never put together, even under one SeriesInstanceUID.
 *
 * @param instances of any number of patients, studies and series.
 */
export function groupStacks(instances: readonly DicomInstance[]): GroupedInstances {
  const stacks: DicomStack[] = [];
  const leftOut: SeriesLeftOut[] = [];
  for (const series of groupedBy(instances, (instance) => instance.seriesInstanceUid)) {
    const reasons = new LeftOutOfSeries(series[0]!.seriesInstanceUid);
    stacks.push(...stacksOfSeries(series, reasons));
    leftOut.push(...reasons.list());
  }
  return { stacks, leftOut };
}

/** The groups in the order of their keys, so that the order of the files does not matter. */
function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups].sort(([a], [b]) => compareText(a, b)).map(([, group]) => group);
}

function stacksOfSeries(series: readonly DicomInstance[], leftOut: LeftOutOfSeries): DicomStack[] {
  const owners = groupedBy(series, (instance) => `${patientOf(instance)} ${instance.studyInstanceUid}`);
  const patients = new Set(series.map(patientOf));
  // Numbered by their instances: the order must not follow from the name of a patient.
  owners.sort((a, b) => compareText(firstUid(a), firstUid(b)));
  const parts = owners.flatMap((owner, index) => {
    const tag = owners.length === 1 ? [] : [`${patients.size > 1 ? 'patient' : 'study'}-${index + 1}`];
    return splitSeries(usableFrames(owner, leftOut)).map((part) => ({
      ...part,
      tags: [...tag, ...part.tags],
    }));
  });
  const stacks = parts.flatMap((part) => {
    const planes = framesByPlane(part.frames);
    if (planes.length >= 2) return [{ part, planes }];
    for (const { instance } of [...part.frames, ...part.otherSizes]) {
      leftOut.add(
        part.frames.length === 1 ? 'a single image is no volume' : 'all images lie at one place',
        instance,
      );
    }
    return [];
  });
  return stacks
    .map(({ part, planes }) => stackOf(part, planes, stacks.length > 1))
    .sort((a, b) => byNumbers.compare(a.id, b.id) || compareText(a.id, b.id));
}

/** Who an image is of. Spelling counts, but not letter case and padding, which change on the way of a file. */
function patientOf({ patientId, issuerOfPatientId, patientName }: DicomInstance): string {
  return JSON.stringify(
    [patientId, issuerOfPatientId, patientName?.replace(/[\^= ]+$/, '')].map((value) =>
      value?.trim().toLowerCase(),
    ),
  );
}

/** "b-50" before "b-400". */
const byNumbers = new Intl.Collator('en', { numeric: true });

function firstUid(instances: readonly DicomInstance[]): string {
  return instances.map(({ sopInstanceUid }) => sopInstanceUid).sort()[0]!;
}

function usableFrames(instances: readonly DicomInstance[], leftOut: LeftOutOfSeries): PlacedFrame[] {
  const frames: PlacedFrame[] = [];
  for (const instance of instances) {
    const reason = whyNoImage(instance);
    if (reason !== undefined) {
      leftOut.add(reason, instance, Math.max(1, instance.frames.length));
      continue;
    }
    for (const frame of instance.frames) {
      const whyNot = whyNoSlice(frame);
      if (whyNot === undefined) frames.push(frame as PlacedFrame);
      else leftOut.add(whyNot, instance);
    }
  }
  return frames;
}

function stackOf(
  part: SeriesPart,
  planes: readonly (readonly PlacedFrame[])[],
  isOneOfSeveral: boolean,
): DicomStack {
  const frames = planes.map((plane) => plane[0]!);
  const { instance } = frames[0]!;
  const tags = isOneOfSeveral ? `#${part.tags.join('+')}` : '';
  return {
    id: `${instance.seriesInstanceUid}${tags}`,
    studyInstanceUid: instance.studyInstanceUid,
    seriesInstanceUid: instance.seriesInstanceUid,
    frameOfReferenceUid: instance.frameOfReferenceUid,
    modality: instance.modality as Modality,
    bodyPart: instance.bodyPart,
    seriesDescription: instance.seriesDescription,
    patientId: instance.patientId,
    frames,
    geometry: measureGeometry(frames, {
      duplicatePositions: part.frames.length - frames.length,
      otherSizes: part.otherSizes.length,
    }),
  };
}
