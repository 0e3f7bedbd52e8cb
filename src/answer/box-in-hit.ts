import type { Archive } from '../archive/archive.js';
import type { VolumeRecord } from '../archive/records.js';
import { VoxseekError } from '../errors.js';
import { namedVolume } from '../retrieval/named-volume.js';
import { queryMask } from '../retrieval/query-mask.js';
import { boxRegion, type PatientBox, type Region, structureRegion } from '../retrieval/region.js';
import type { QueryRequest } from '../retrieval/request.js';
import { twinOf } from '../retrieval/twin.js';
import type { ImageSource } from '../volume/image-source.js';
import { intensityContext } from '../volume/intensity.js';
import { readStructure } from '../volume/mask.js';
import type { Volume } from '../volume/volume.js';
import type { Answer, Hit } from './answer.js';
import { locateBox } from './locate-box.js';

/** Opens the image of an archived volume. */
export type OpenArchived = (record: VolumeRecord) => Promise<ImageSource>;

/** Whether a request has a box that can be looked for in a hit: it is one, or names a structure. */
export function hasBox({ box, label }: QueryRequest): boolean {
  return box !== undefined || label !== undefined;
}

/**
 * The box in a hit that matches the box of a query ({@link locateBox}); that of a structure is the box around it.
 * The images of both are read for it, which a search need not do.
 *
 * @param request of the query; it {@link hasBox}.
 * @param openHit how the image of the hit is opened.
 * @returns RAS+ mm.
 * @throws VoxseekError MASK_UNKNOWN where the mask of the query is not where it was, and what reading the two
 *   images and the mask throws
 */
export async function boxInHit(
  archive: Archive,
  request: QueryRequest,
  query: Pick<Answer['query'], 'modality' | 'plane' | 'imagePath' | 'openImage'>,
  hit: Pick<Hit, 'volume' | 'range'>,
  openHit: OpenArchived,
): Promise<PatientBox> {
  const { plane, modality, openImage, imagePath } = query;
  const source = await openImage();
  const volume = await source.read();
  const region = await regionOf(archive, request, source, volume, query);
  const hitVolume = await (await openHit(hit.volume)).read();
  return locateBox(
    { volume, region, intensity: intensityContext(volume, modality, imagePath) },
    {
      volume: hitVolume,
      range: hit.range,
      intensity: { modality: hit.volume.modality, percentiles: hit.volume.percentiles },
    },
    plane,
  );
}

async function regionOf(
  archive: Archive,
  request: QueryRequest,
  source: ImageSource,
  volume: Volume,
  { plane, imagePath }: Pick<Answer['query'], 'plane' | 'imagePath'>,
): Promise<Region> {
  if (request.box !== undefined) return boxRegion(volume, plane, request.box, imagePath);
  const named = await namedVolume(archive, request);
  const twin =
    'revision' in named
      ? named
      : await twinOf(archive, { imageHash: await source.hash(), stack: named.dicom });
  const mask = await queryMask(archive, request, named, twin);
  if (mask.source === undefined) {
    throw new VoxseekError('MASK_UNKNOWN', 'the mask of the query is not where it was', {
      subject: imagePath,
    });
  }
  const inside = await readStructure(mask.source, request.label!, volume);
  return structureRegion(volume, plane, inside, request.minVoxels ?? 1, imagePath);
}
