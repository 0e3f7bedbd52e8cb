import { dirname } from 'node:path';
import { VoxseekError } from '../../errors.js';
import type { VolumeEntry } from '../volume-entry.js';
import { groupStacks } from './group-stacks.js';
import type { DicomInstance } from './instance.js';
import { fileBytes } from './instance-bytes.js';
import { commonPath, type SeriesLeftOut } from './left-out.js';
import { isDicomMask } from './mask/dicom-mask.js';
import { isDrawnOn, type MaskReferences, referencesOf } from './mask/referenced-series.js';
import { looksLikeDicom, readPart10Header } from './part10.js';
import { instanceOf } from './read-instance.js';
import { dicomdir, type LeftOut, type ScanOptions, scanFolder } from './scan-folder.js';
import type { IrregularGeometry } from './stack.js';
import { stackSource } from './stack-source.js';

export interface DicomOptions extends Pick<ScanOptions, 'signal' | 'onProgress'> {
  /** What becomes of stacks with gaps or a tilt when they are read; default `resample`. */
  readonly irregular?: IrregularGeometry;
  /** Only this series, by SeriesInstanceUID, or this stack of one, by its id. */
  readonly series?: string;
  /** What is told of everything that is no volume and no mask. */
  readonly onLeftOut?: (leftOut: LeftOut) => void;
}

/**
 * The volumes among the DICOM files of a folder tree.
 *
 * @returns by SeriesInstanceUID; `id` is that of the stack and `image` the folder that holds its files.
 * @throws VoxseekError SERIES_UNKNOWN, SERIES_UNUSABLE (`series`), FILE_NOT_FOUND, FILE_NOT_READABLE, INTERRUPTED
 */
export async function findDicomVolumes(
  folder: string,
  options: DicomOptions & Pick<ScanOptions, 'isOther'> = {},
): Promise<VolumeEntry[]> {
  const { irregular = 'resample', series, onLeftOut } = options;
  const scan = await scanFolder(folder, options);
  const { entries, leftOut } = await dicomEntries(scan.instances, irregular, folder);
  // Of other files only those are told that should have been DICOM: a broken one may be a missing slice.
  const broken = scan.leftOut.filter(({ path, isDicom }) => isDicom || /\.dcm$/i.test(path));
  for (const one of [...broken, ...leftOut]) {
    const isOfAnother = 'seriesInstanceUid' in one && one.seriesInstanceUid !== series?.split('#')[0];
    if (series === undefined || !isOfAnother) onLeftOut?.(one);
  }
  return series === undefined ? entries : chooseSeries(entries, leftOut, series, folder);
}

/**
 * What the instances of a folder or a download are as volumes, with the segmentations and structure sets that were
 * drawn on them.
 *
 * @param place of what is not in files: the URL of the series, for one.
 */
export async function dicomEntries(
  instances: readonly DicomInstance[],
  irregular: IrregularGeometry,
  place: string,
): Promise<{ entries: VolumeEntry[]; leftOut: LeftOut[] }> {
  const masks = await readReferences(instances.filter(isDicomMask));
  const { stacks, leftOut } = groupStacks(instances.filter((instance) => !isDicomMask(instance)));
  const entries = stacks.map((stack): VolumeEntry => {
    const location = commonPath(stack.frames.map(({ instance }) => instance)) ?? place;
    const maskObjects = masks.usable
      .filter(({ references }) => isDrawnOn(references, stack))
      .map(({ instance }) => instance);
    return {
      id: stack.id,
      image: location,
      source: stackSource(stack, location, irregular),
      dicom: stack,
      ...(maskObjects.length > 0 && { maskObjects }),
      modality: stack.modality,
      ...(stack.bodyPart && { region: stack.bodyPart.toLowerCase() }),
    };
  });
  const used = new Set(entries.flatMap(({ maskObjects }) => maskObjects ?? []));
  const unused = masks.usable
    .filter(({ instance }) => !used.has(instance))
    .map(({ instance }) =>
      maskLeftOut(instance, 'the images that it was drawn on are not among the volumes'),
    );
  return { entries, leftOut: [...leftOut, ...masks.broken, ...unused] };
}

interface UsableMask {
  readonly instance: DicomInstance;
  readonly references: MaskReferences;
}

async function readReferences(instances: readonly DicomInstance[]) {
  const usable: UsableMask[] = [];
  const broken: LeftOut[] = [];
  for (const instance of instances) {
    try {
      usable.push({ instance, references: await referencesOf(instance) });
    } catch (error) {
      if (!(error instanceof VoxseekError)) throw error;
      broken.push(maskLeftOut(instance, error.reason));
    }
  }
  return { usable, broken };
}

function maskLeftOut(instance: DicomInstance, reason: string): SeriesLeftOut {
  const { bytes, modality, seriesInstanceUid } = instance;
  return { path: bytes.name, reason: `${modality}: ${reason}`, isDicom: true, seriesInstanceUid, images: 1 };
}

function chooseSeries(
  entries: readonly VolumeEntry[],
  leftOut: readonly LeftOut[],
  series: string,
  folder: string,
): VolumeEntry[] {
  const chosen = entries.filter(({ id, dicom }) => id === series || dicom!.seriesInstanceUid === series);
  if (chosen.length > 0) return chosen;
  const reasons = leftOut.filter((one) => 'seriesInstanceUid' in one && one.seriesInstanceUid === series);
  if (reasons.length > 0) {
    throw new VoxseekError('SERIES_UNUSABLE', reasons.map(({ reason }) => reason).join('; '), {
      subject: folder,
    });
  }
  throw new VoxseekError('SERIES_UNKNOWN', `there is no series ${series}`, {
    subject: folder,
    advice: `The volumes there are: ${entries.map(({ id }) => id).join(', ') || 'none'}.`,
  });
}

/** What one file means as an input. */
export type DicomFileMeaning =
  | { readonly kind: 'no-dicom' }
  /** A DICOMDIR stands for all files of its folder. */
  | { readonly kind: 'directory'; readonly folder: string }
  /** An instance stands for its series, within its folder. */
  | { readonly kind: 'series'; readonly folder: string; readonly seriesInstanceUid: string };

/** @throws VoxseekError SERIES_UNUSABLE (a SEG or RTSTRUCT), DICOM_INVALID, FILE_NOT_FOUND, FILE_NOT_READABLE */
export async function dicomFileMeaning(path: string): Promise<DicomFileMeaning> {
  const bytes = fileBytes(path);
  if (!looksLikeDicom(await bytes.readStart(1024))) return { kind: 'no-dicom' };
  const header = await readPart10Header(bytes);
  const folder = dirname(bytes.name);
  if (header.mediaStorageSopClassUid === dicomdir) return { kind: 'directory', folder };
  const instance = instanceOf(bytes, header);
  if (isDicomMask(instance)) {
    throw new VoxseekError('SERIES_UNUSABLE', `${instance.modality} is no image: it is drawn on one`, {
      subject: path,
      advice: 'Give the folder of its images; what is drawn on them is found there.',
    });
  }
  return { kind: 'series', folder, seriesInstanceUid: instance.seriesInstanceUid };
}
