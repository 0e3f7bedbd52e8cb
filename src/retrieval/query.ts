import type { Archive } from '../archive/archive.js';
import { openArchivedImage } from '../archive/archived-image.js';
import { dicomImages, seriesIdentity } from '../archive/dicom-origin.js';
import { patientNameIn } from '../archive/patient-names.js';
import type { DicomImage, SeriesIdentity, VolumeRecord } from '../archive/records.js';
import { storedDicomImages } from '../archive/stored-dicom-images.js';
import { encodeSlices } from '../encoder/encode-slices.js';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import type { DicomStack } from '../volume/dicom/stack.js';
import { type ImageSource, imageOf } from '../volume/image-source.js';
import { guessModality, intensityContext } from '../volume/intensity.js';
import { everyMillimetres, slicePositions, sliceSpacing } from '../volume/slice.js';
import type { Modality, Volume } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { namedVolume } from './named-volume.js';
import { noMask, type QueryMask, queryMask, readLabel } from './query-mask.js';
import { boxRegion, cropRectangle, type Region, sliceRange, structureRegion } from './region.js';
import { modeOf, type QueryMode, type QueryRequest } from './request.js';
import { twinOf } from './twin.js';

/** One slice of a query: index along the file's own axis, and position in RAS+ mm. */
export interface QuerySlice {
  readonly index: number;
  readonly positionMm: number;
  readonly dicomImage: DicomImage | null;
}

/** A query, ready to be compared with an archive. */
export interface Query {
  readonly mode: QueryMode;
  /** Absolute path of the image, or of the folder of its DICOM files; of an archived volume as it was when ingested. */
  readonly imagePath: string;
  /** Opens the image itself, which of an archived volume may be gone. */
  readonly openImage: () => Promise<ImageSource>;
  /** The stack that was read; undefined for files, and for an archived volume. */
  readonly stack: DicomStack | undefined;
  /** The DICOM series that the query is; null for files. */
  readonly series: SeriesIdentity | null;
  /** The name under which the archive has the patient of the query; undefined where it is not known. */
  readonly patient: string | undefined;
  /** The archived volume that is the query; undefined for a file. */
  readonly archived: VolumeRecord | undefined;
  /** SHA-256 of the image: an archived volume with the same one is the same scan. */
  readonly imageHash: string;
  readonly modality: Modality;
  readonly slices: readonly QuerySlice[];
  /** Row-major [slices.length, dimension], every row of norm 1. */
  readonly embeddings: Float32Array;
  /** Extent of the query slices along the stacking axis, in mm, half a slice on either end included. */
  readonly extentMm: number;
  /** What was assumed and may be wrong; whole sentences. */
  readonly warnings: readonly string[];
  /** Time spent on reading and on encoding, in ms. */
  readonly readMs: number;
  readonly encodeMs: number;
}

/**
 * Turns a request into slices and embeddings. A whole archived volume, or whole slices of one, need neither
 * its file nor the encoder: their embeddings are in the archive.
 *
 * @param openEncoder called only where something has to be encoded.
 * @param signal stops an encoding.
 * @throws VoxseekError USAGE, VOLUME_UNKNOWN, REGION_EMPTY, LABEL_UNKNOWN, INTERRUPTED, and what reading a
 *   volume throws
 */
export async function resolveQuery(
  archive: Archive,
  request: QueryRequest,
  openEncoder: () => Promise<Encoder>,
  signal?: AbortSignal,
): Promise<Query> {
  const mode = modeOf(request);
  const named = await namedVolume(archive, request);
  if ('revision' in named && request.cropMarginMm === undefined) {
    return storedQuery(archive, request, mode, named);
  }
  return encodeQuery(archive, request, mode, named, openEncoder, signal);
}

/** A query whose embeddings are in the archive. */
async function storedQuery(
  archive: Archive,
  request: QueryRequest,
  mode: QueryMode,
  record: VolumeRecord,
): Promise<Query> {
  const started = performance.now();
  const isOwnLabel = request.label !== undefined && request.mask === undefined;
  const mask = isOwnLabel ? noMask() : await queryMask(archive, request, record, record);
  const wanted = isOwnLabel
    ? await labelledIndices(archive, record, request.label, request.minVoxels ?? 1)
    : (await regionOf(archive, request, record, mask, record.id))?.indices;
  const isWanted = wanted && new Set(wanted);
  const stored = await archive.loadSlices([record]);
  const rows = [...stored.sliceIndex.keys()].filter((row) => isWanted?.has(stored.sliceIndex[row]!) ?? true);
  if (rows.length === 0) {
    const { plane } = archive.manifest.slicing;
    const [first, last] = [stored.sliceIndex[0]!, stored.sliceIndex.at(-1)!];
    throw new VoxseekError(
      'REGION_EMPTY',
      `none of the slices asked for is in the archive, which has ${stored.sliceIndex.length} ${plane} slices from ${first} to ${last}, air left out`,
      { subject: record.id },
    );
  }
  const { dimension } = stored;
  const embeddings = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    embeddings.set(stored.embeddings.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  const imageAt = await storedDicomImages(archive, record);
  const slices = rows.map((row) => {
    const index = stored.sliceIndex[row]!;
    return { index, positionMm: stored.positionMm[row]!, dicomImage: imageAt(index) };
  });
  return {
    mode,
    imagePath: record.imagePath,
    openImage: () => openArchivedImage(record),
    stack: undefined,
    series: record.dicom,
    patient: record.patient ?? undefined,
    archived: record,
    imageHash: record.imageHash,
    modality: record.modality,
    slices,
    embeddings,
    extentMm: extentOf(slices, sliceSpacing(record, archive.manifest.slicing.plane)),
    warnings: mask.warnings,
    readMs: performance.now() - started,
    encodeMs: 0,
  };
}

/** @throws VoxseekError LABEL_UNKNOWN, REGION_EMPTY */
async function labelledIndices(
  archive: Archive,
  record: VolumeRecord,
  label: string,
  minVoxels: number,
): Promise<number[]> {
  if (!record.labels.includes(label)) {
    throw new VoxseekError('LABEL_UNKNOWN', `the archive knows no label "${label}" of this volume`, {
      subject: record.id,
      advice:
        record.labels.length > 0
          ? `Its labels are: ${record.labels.join(', ')}.`
          : 'It was ingested without a mask; name one with --mask.',
    });
  }
  const slices = await archive.sliceRecords(record);
  const indices = slices
    .filter((slice) => (slice.labelVoxels.get(label) ?? 0) >= minVoxels)
    .map((slice) => slice.index);
  if (indices.length > 0) return indices;
  throw new VoxseekError('REGION_EMPTY', `no stored slice has ${minVoxels} voxels of ${label}`, {
    subject: record.id,
  });
}

/** A query that is read from a file and encoded now. */
async function encodeQuery(
  archive: Archive,
  request: QueryRequest,
  mode: QueryMode,
  named: VolumeRecord | VolumeEntry,
  openEncoder: () => Promise<Encoder>,
  signal: AbortSignal | undefined,
): Promise<Query> {
  const { plane, everyMm } = archive.manifest.slicing;
  const started = performance.now();
  const record = 'revision' in named ? named : undefined;
  const source: ImageSource = 'revision' in named ? await openArchivedImage(named) : imageOf(named);
  const imagePath = source.location;
  const volume = await source.read();
  const imageHash = record?.imageHash ?? (await source.hash());
  const stack = 'revision' in named ? undefined : named.dicom;
  const twin = record ?? (await twinOf(archive, { imageHash, stack }));
  const measured = intensityContext(volume, 'CT', imagePath);
  const modality = request.modality ?? named.modality ?? twin?.modality ?? guessModality(measured);
  const intensity = { ...measured, modality };
  const mask = await queryMask(archive, request, named, twin);
  const region = await regionOf(archive, request, volume, mask, imagePath);
  const all = slicePositions(volume, plane);
  const positions = region
    ? region.indices.map((index) => all[index]!)
    : everyMillimetres(all, sliceSpacing(volume, plane), everyMm);
  const imageAt = dicomImages(volume, plane);
  const readMs = performance.now() - started;

  const encoder = await openEncoder();
  const encodingStarted = performance.now();
  const margin = request.cropMarginMm;
  const encoded = await encodeSlices(volume, plane, positions, intensity, encoder, {
    ...(region && margin !== undefined && { crop: cropRectangle(volume, plane, region, margin) }),
    ...(signal && { signal }),
  });
  if (encoded.slices.length === 0) {
    throw new VoxseekError('REGION_EMPTY', `all ${positions.length} slices asked for show nothing but air`, {
      subject: imagePath,
    });
  }
  return {
    mode,
    imagePath,
    openImage: async () => source,
    stack,
    series: stack ? seriesIdentity(stack) : (record?.dicom ?? null),
    patient: await patientOf(archive, named),
    archived: record,
    imageHash,
    modality,
    slices: encoded.slices.map(({ index, positionMm }) => ({
      index,
      positionMm,
      dicomImage: imageAt(index),
    })),
    embeddings: encoded.embeddings,
    extentMm: extentOf(encoded.slices, sliceSpacing(volume, plane)),
    warnings: mask.warnings,
    readMs,
    encodeMs: performance.now() - encodingStarted,
  };
}

/**
 * What reading the mask has to warn of is added to its warnings.
 *
 * @returns undefined for the whole volume.
 */
async function regionOf(
  archive: Archive,
  request: QueryRequest,
  grid: Pick<Volume, 'size' | 'affine' | 'spacing'>,
  mask: QueryMask,
  subject: string,
): Promise<Region | undefined> {
  const { plane } = archive.manifest.slicing;
  if (request.slice !== undefined) return sliceRange(grid, plane, request.slice, request.slice, subject);
  if (request.slices !== undefined) return sliceRange(grid, plane, ...request.slices, subject);
  if (request.box !== undefined) return boxRegion(grid, plane, request.box, subject);
  if (request.label === undefined) return undefined;
  const { source } = mask;
  if (source === undefined) {
    throw new VoxseekError('USAGE', 'no mask is known for this scan', {
      subject,
      advice: 'Name the mask that has the label with --mask.',
    });
  }
  const inside = await readLabel(source, request.label, grid, mask);
  return structureRegion(grid, plane, inside, request.minVoxels ?? 1, source.path);
}

async function patientOf(archive: Archive, named: VolumeRecord | VolumeEntry): Promise<string | undefined> {
  if (named.patient) return named.patient;
  if ('revision' in named || named.dicom === undefined) return undefined;
  return patientNameIn(archive.folder, named.dicom);
}

function extentOf(slices: readonly Pick<QuerySlice, 'positionMm'>[], spacingMm: number): number {
  const positions = slices.map((slice) => slice.positionMm);
  return Math.max(...positions) - Math.min(...positions) + spacingMm;
}
