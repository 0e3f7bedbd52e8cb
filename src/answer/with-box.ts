import type { Archive } from '../archive/archive.js';
import { openArchivedImage } from '../archive/archived-image.js';
import { VoxseekError } from '../errors.js';
import { namedVolume } from '../retrieval/named-volume.js';
import { queryMask } from '../retrieval/query-mask.js';
import { boxRegion, type Region, structureRegion } from '../retrieval/region.js';
import type { QueryRequest } from '../retrieval/request.js';
import { twinOf } from '../retrieval/twin.js';
import type { ImageSource } from '../volume/image-source.js';
import { intensityContext } from '../volume/intensity.js';
import { readStructure } from '../volume/mask.js';
import type { Volume } from '../volume/volume.js';
import type { Answer } from './answer.js';
import { locateBox } from './locate-box.js';

/**
 * An answer with the matching box of its first hit ({@link locateBox}), where the query is a box or a structure;
 * that of a structure is the box around it. The images of query and hit are read for it, which a search need not
 * do, so it is a step of its own and for one hit. Where an image or mask cannot be read any more there is no box,
 * and a warning.
 *
 * @param request the one that was answered.
 */
export async function withBox(archive: Archive, request: QueryRequest, answer: Answer): Promise<Answer> {
  const [first, ...others] = answer.hits;
  if (first === undefined || (request.box === undefined && request.label === undefined)) return answer;
  const { plane, modality, openImage, imagePath } = answer.query;
  try {
    const source = await openImage();
    const volume = await source.read();
    const region = await regionOf(archive, request, source, volume, answer);
    const hitVolume = await (await openArchivedImage(first.volume)).read();
    const box = locateBox(
      { volume, region, intensity: intensityContext(volume, modality, imagePath) },
      {
        volume: hitVolume,
        range: first.range,
        intensity: { modality: first.volume.modality, percentiles: first.volume.percentiles },
      },
      plane,
    );
    return { ...answer, hits: [{ ...first, box }, ...others] };
  } catch (error) {
    if (!(error instanceof VoxseekError)) throw error;
    const warning = `The box in ${first.volume.id} is not known: ${error.reason}.`;
    return { ...answer, warnings: [...answer.warnings, warning] };
  }
}

async function regionOf(
  archive: Archive,
  request: QueryRequest,
  source: ImageSource,
  volume: Volume,
  { query: { plane, imagePath } }: Answer,
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
