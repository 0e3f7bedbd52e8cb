import { join } from 'node:path';
import { fetchMaskAgain, fetchSeriesAgain } from '../dicomweb/fetch-volumes.js';
import { VoxseekError } from '../errors.js';
import { groupStacks } from '../volume/dicom/group-stacks.js';
import { inParallel } from '../volume/dicom/in-parallel.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { fileBytes } from '../volume/dicom/instance-bytes.js';
import { dicomMask } from '../volume/dicom/mask/dicom-mask.js';
import { readInstance } from '../volume/dicom/read-instance.js';
import type { DicomStack } from '../volume/dicom/stack.js';
import { stackSource } from '../volume/dicom/stack-source.js';
import { fileImage, type ImageSource } from '../volume/image-source.js';
import { type MaskSource, openMask } from '../volume/mask.js';
import type { DicomOrigin, VolumeRecord } from './records.js';

/** Headers read at once. */
const concurrency = 16;

/**
 * Where the voxels of an archived volume are: the archive itself keeps only its embeddings. Of DICOM, the very
 * files that were ingested are read again, with gaps and tilt corrected as they were then; of a series that came
 * from a DICOMweb server, that server is asked again, with credentials from the environment.
 *
 * @throws VoxseekError FILE_NOT_FOUND (also where paths were left out when it was ingested), FILE_NOT_READABLE,
 *   DICOM_INVALID, VOLUME_CORRUPT where the files or the server hold another series by now, and what
 *   {@link fetchSeriesAgain} throws
 */
export async function openArchivedImage(record: VolumeRecord): Promise<ImageSource> {
  assertPlaceKnown(record);
  if (record.dicom === null) return fileImage(record.imagePath);
  const { sourceFiles } = record.dicom;
  const instances =
    sourceFiles === null
      ? await fetchSeriesAgain(record.imagePath)
      : await readInstances(record, sourceFiles);
  const stack = sameStack(record, record.dicom, groupStacks(instances).stacks);
  return stackSource(stack, record.imagePath, 'resample');
}

/**
 * @returns undefined where the volume was ingested without a mask, or without saying where it is.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, MASK_INVALID, DICOM_INVALID, and what
 *   {@link fetchMaskAgain} throws
 */
export async function openArchivedMask(record: VolumeRecord): Promise<MaskSource | undefined> {
  if (record.maskPath !== null) return openMask(record.maskPath, record.labelTablePath ?? undefined);
  const cameFromServer = record.dicom?.sourceFiles === null && record.imagePath !== '';
  if (cameFromServer && record.labels.length > 0) return fetchMaskAgain(record.imagePath);
  const files = record.dicom?.maskFiles ?? [];
  return files.length === 0 ? undefined : dicomMask(await readInstances(record, files));
}

/** @throws VoxseekError FILE_NOT_FOUND where they were moved since */
async function readInstances(record: VolumeRecord, files: readonly string[]): Promise<DicomInstance[]> {
  assertPlaceKnown(record);
  const instances: DicomInstance[] = [];
  await inParallel(files, concurrency, async (file, index) => {
    const path = join(record.imagePath, file);
    instances[index] = await readInstance(fileBytes(path)).catch((error: unknown) => {
      if (!(error instanceof VoxseekError) || error.code !== 'FILE_NOT_FOUND') throw error;
      throw new VoxseekError('FILE_NOT_FOUND', `a DICOM file of ${record.id} is not where it was`, {
        subject: path,
        advice: 'Ingest the series again from where it is now: its embeddings are kept.',
        cause: error,
      });
    });
  });
  return instances;
}

/** @throws VoxseekError VOLUME_CORRUPT */
function sameStack(
  { id, imagePath }: VolumeRecord,
  { seriesUid, instanceCount }: DicomOrigin,
  stacks: readonly DicomStack[],
): DicomStack {
  // Alone in its files, a stack needs nothing to tell it apart, so its id may be shorter than it was.
  const stack = stacks.length === 1 ? stacks[0] : stacks.find((one) => one.id === id);
  const instances = new Set(stack?.frames.map((frame) => frame.instance)).size;
  if (stack?.seriesInstanceUid === seriesUid && instances === instanceCount) return stack;
  throw new VoxseekError('VOLUME_CORRUPT', `the volume ${id} is there no longer as it was`, {
    subject: imagePath,
    advice: 'Ingest the folder, or from the server, again.',
  });
}

function assertPlaceKnown({ id, imagePath }: VolumeRecord): void {
  if (imagePath !== '') return;
  throw new VoxseekError('FILE_NOT_FOUND', 'the archive does not know where the image is', {
    subject: id,
    advice: 'It was ingested with --no-paths; ingest it again without.',
  });
}
