import { version } from '../../version.js';
import type { Answer, Hit, SliceMatch } from '../answer.js';
import { standard, voxseek } from './codes.js';
import { type ContentItem, code, container, image, number, related, text, uid } from './content-item.js';
import type { Dataset } from './elements.js';
import { type ImageReference, imageReference } from './image-reference.js';

/** Names the program that observed the similarity, in all reports and versions the same (PS3.16 TID 1004). */
const deviceUid = '2.25.12836879806787726938349583037303319102';

/** The content of a report, and all images that it refers to. */
export interface ReportContent {
  readonly root: ContentItem;
  readonly references: readonly ImageReference[];
}

/**
 * The content tree of a report: who observed (PS3.16 TID 1204, TID 1002), the query, how it was searched, warnings,
 * and each hit with its matched images.
 */
export function reportContent(answer: Answer): ReportContent {
  const { query, hits, warnings } = answer;
  const references: ImageReference[] = [];
  const refer = (reference: ImageReference): ImageReference => {
    references.push(reference);
    return reference;
  };
  const root = container(voxseek.report, [
    related('HAS CONCEPT MOD', code(standard.language, standard.english)),
    related('HAS OBS CONTEXT', code(standard.observerType, standard.device)),
    related('HAS OBS CONTEXT', uid(standard.deviceUid, deviceUid)),
    related('HAS OBS CONTEXT', text(standard.deviceName, 'Voxseek')),
    related('CONTAINS', container(voxseek.query, queryContent(query, refer))),
    ...contained([
      text(standard.algorithmName, 'Voxseek'),
      text(standard.algorithmVersion, version),
      text(voxseek.encoder, query.encoder),
      text(voxseek.ranking, answer.ranking),
      ...warnings.map((warning) => text(voxseek.warning, warning)),
      ...hits.map((hit) => container(voxseek.hit, hitContent(hit, answer, refer))),
    ]),
  ]);
  return { root, references };
}

type Refer = (reference: ImageReference) => ImageReference;

function queryContent(
  { series, dicomImages, mode, label, modality }: Answer['query'],
  refer: Refer,
): Dataset[] {
  return contained([
    ...(series ? [uid(standard.studyUid, series.studyUid), uid(standard.seriesUid, series.seriesUid)] : []),
    code(standard.modality, standard[modality]),
    text(voxseek.queryMode, mode),
    ...(label === undefined ? [] : [text(voxseek.structure, label)]),
    ...dicomImages.flatMap((dicomImage) => {
      const reference = imageReference(series, dicomImage);
      return reference === undefined ? [] : [image(voxseek.queryImage, refer(reference))];
    }),
  ]);
}

function hitContent(hit: Hit, { query }: Answer, refer: Refer): Dataset[] {
  const { volume, range } = hit;
  const imageOfSlice = new Map(query.slices.map((slice, index) => [slice, query.dicomImages[index]]));
  return contained([
    number(voxseek.rank, hit.rank, standard.noUnits),
    text(voxseek.volumeId, volume.id),
    ...(volume.dicom
      ? [uid(standard.studyUid, volume.dicom.studyUid), uid(standard.seriesUid, volume.dicom.seriesUid)]
      : []),
    code(standard.modality, standard[volume.modality]),
    number(voxseek.meanSimilarity, hit.meanSimilarity, standard.noUnits),
    number(voxseek.score, hit.score, standard.noUnits),
    number(voxseek.rangeFrom, range.fromMm, standard.millimetre),
    number(voxseek.rangeTo, range.toMm, standard.millimetre),
    ...hit.matches.map((match) => {
      const queryImage = imageReference(query.series, imageOfSlice.get(match.querySlice));
      const matched = imageReference(volume.dicom, match.dicomImage);
      return similarity(match, queryImage && refer(queryImage), matched && refer(matched));
    }),
  ]);
}

/** The similarity of one query slice and its best slice in the hit; slices that are no DICOM image by their index. */
function similarity(
  match: SliceMatch,
  queryImage: ImageReference | undefined,
  matched: ImageReference | undefined,
): ContentItem {
  return number(voxseek.similarity, match.similarity, standard.noUnits, [
    related(
      'INFERRED FROM',
      queryImage ? image(voxseek.queryImage, queryImage) : text(voxseek.querySlice, String(match.querySlice)),
    ),
    related(
      'INFERRED FROM',
      matched ? image(voxseek.matchedImage, matched) : text(voxseek.matchedSlice, String(match.slice)),
    ),
  ]);
}

function contained(items: readonly ContentItem[]): Dataset[] {
  return items.map((item) => related('CONTAINS', item));
}
