import { resolve } from 'node:path';
import type { Archive } from '../archive/archive.js';
import { openArchivedImage } from '../archive/archived-image.js';
import type { VolumeRecord } from '../archive/records.js';
import { encodeSlices } from '../encoder/encode-slices.js';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import { type ImageSource, imageOf } from '../volume/image-source.js';
import { guessModality, intensityContext } from '../volume/intensity.js';
import { openMask, readStructure } from '../volume/mask.js';
import { isVolumeFile, volumeStem } from '../volume/read.js';
import { everyMillimetres, slicePositions, sliceSpacing } from '../volume/slice.js';
import type { Modality, Volume } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { findMaskNames } from './mask-names.js';
import { boxRegion, cropRectangle, type Region, sliceRange, structureRegion } from './region.js';
import { modeOf, type QueryMode, type QueryRequest } from './request.js';

/** One slice of a query: index along the file's own axis, and position in RAS+ mm. */
export interface QuerySlice {
  readonly index: number;
  readonly positionMm: number;
}

/** A query, ready to be compared with an archive. */
export interface Query {
  readonly mode: QueryMode;
  /** Absolute path of the image; of an archived volume as it was when ingested. */
  readonly imagePath: string;
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
  const named = await namedVolume(archive, request.query);
  if ('revision' in named && request.cropMarginMm === undefined) {
    return storedQuery(archive, request, mode, named);
  }
  return encodeQuery(archive, request, mode, named, openEncoder, signal);
}

/** @throws VoxseekError VOLUME_UNKNOWN */
async function namedVolume(
  archive: Archive,
  query: QueryRequest['query'],
): Promise<VolumeRecord | VolumeEntry> {
  if (typeof query === 'object' && 'image' in query) return query;
  if (typeof query === 'string' && isVolumeFile(query)) {
    return { id: volumeStem(query), image: resolve(query) };
  }
  const id = typeof query === 'string' ? query : query.archived;
  return archive.volume(id).catch((error: unknown) => {
    if (!(error instanceof VoxseekError) || error.code !== 'VOLUME_UNKNOWN') throw error;
    const what = typeof query === 'string' ? 'neither a volume file nor the id' : 'not the id';
    throw new VoxseekError('VOLUME_UNKNOWN', `${what} of a volume in the archive`, { subject: id });
  });
}

/** A query whose embeddings are in the archive. */
async function storedQuery(
  archive: Archive,
  request: QueryRequest,
  mode: QueryMode,
  record: VolumeRecord,
): Promise<Query> {
  const started = performance.now();
  const masked = await withMask(archive, request, request.mask === undefined ? undefined : record);
  const wanted = await wantedIndices(archive, masked.request, record);
  const stored = await archive.loadSlices([record]);
  const rows = [...stored.sliceIndex.keys()].filter((row) => wanted?.has(stored.sliceIndex[row]!) ?? true);
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
  const slices = rows.map((row) => ({ index: stored.sliceIndex[row]!, positionMm: stored.positionMm[row]! }));
  return {
    mode,
    imagePath: record.imagePath,
    archived: record,
    imageHash: record.imageHash,
    modality: record.modality,
    slices,
    embeddings,
    extentMm: extentOf(slices, sliceSpacing(record, archive.manifest.slicing.plane)),
    warnings: masked.warnings,
    readMs: performance.now() - started,
    encodeMs: 0,
  };
}

/** @returns undefined for all slices. */
async function wantedIndices(
  archive: Archive,
  request: QueryRequest,
  record: VolumeRecord,
): Promise<ReadonlySet<number> | undefined> {
  if (request.label !== undefined && request.mask === undefined) {
    return new Set(await labelledIndices(archive, record, request.label, request.minVoxels ?? 1));
  }
  const region = await regionOf(archive, request, record, record.id);
  return region && new Set(region.indices);
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
  const twin = record ?? (await archive.volumes(`image_hash = '${imageHash}'`))[0];
  const measured = intensityContext(volume, 'CT', imagePath);
  const modality = request.modality ?? named.modality ?? twin?.modality ?? guessModality(measured);
  const intensity = { ...measured, modality };
  const masked = await withMask(archive, request, twin);
  const region = await regionOf(archive, masked.request, volume, imagePath);
  const all = slicePositions(volume, plane);
  const positions = region
    ? region.indices.map((index) => all[index]!)
    : everyMillimetres(all, sliceSpacing(volume, plane), everyMm);
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
    archived: record,
    imageHash,
    modality,
    slices: encoded.slices,
    embeddings: encoded.embeddings,
    extentMm: extentOf(encoded.slices, sliceSpacing(volume, plane)),
    warnings: masked.warnings,
    readMs,
    encodeMs: performance.now() - encodingStarted,
  };
}

/** @returns undefined for the whole volume. */
async function regionOf(
  archive: Archive,
  request: QueryRequest,
  grid: Pick<Volume, 'size' | 'affine' | 'spacing'>,
  subject: string,
): Promise<Region | undefined> {
  const { plane } = archive.manifest.slicing;
  if (request.slice !== undefined) return sliceRange(grid, plane, request.slice, request.slice, subject);
  if (request.slices !== undefined) return sliceRange(grid, plane, ...request.slices, subject);
  if (request.box !== undefined) return boxRegion(grid, plane, request.box, subject);
  if (request.label === undefined) return undefined;
  if (request.mask === undefined) {
    throw new VoxseekError('USAGE', 'no mask is known for this scan', {
      subject,
      advice: 'Name the mask that has the label with --mask.',
    });
  }
  const inside = await readStructure(await openMask(request.mask, request.labels), request.label, grid);
  return structureRegion(grid, plane, inside, request.minVoxels ?? 1, request.mask);
}

/** A request whose mask and table of names are filled in, as far as the archive knows them. */
interface MaskedRequest {
  readonly request: QueryRequest;
  readonly warnings: readonly string[];
}

/**
 * Fills in what a request for a label leaves open: the mask that the same scan was ingested with, and where the
 * names of a mask's labels are.
 */
async function withMask(
  archive: Archive,
  request: QueryRequest,
  twin: VolumeRecord | undefined,
): Promise<MaskedRequest> {
  const { label, mask, labels } = request;
  if (label === undefined || labels !== undefined) return { request, warnings: [] };
  if (mask !== undefined) {
    const names = await findMaskNames(archive, mask, label, twin);
    return {
      request: { ...request, ...(names.labels !== undefined && { labels: names.labels }) },
      warnings: names.warning === undefined ? [] : [names.warning],
    };
  }
  if (twin === undefined || twin.maskPath === null) return { request, warnings: [] };
  const { maskPath, labelTablePath } = twin;
  return {
    request: { ...request, mask: maskPath, ...(labelTablePath !== null && { labels: labelTablePath }) },
    warnings: [],
  };
}

function extentOf(slices: readonly QuerySlice[], spacingMm: number): number {
  const positions = slices.map((slice) => slice.positionMm);
  return Math.max(...positions) - Math.min(...positions) + spacingMm;
}
