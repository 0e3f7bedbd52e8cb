import type { Plane } from '../../volume/volume.js';
import type { Answer, Hit } from '../answer.js';
import type { Row } from './row.js';
import { describeScore, formatNumber, formatPosition, formatRange, formatWindows } from './text.js';
import type { VolumePictures } from './volume.js';

/** @param columns the query slices that are shown, as positions in `answer.query.slices`. */
export function queryRow(answer: Answer, columns: readonly number[], pictures: VolumePictures | string): Row {
  const { query } = answer;
  const positionOf = (slice: number) =>
    typeof pictures === 'string' ? undefined : pictures.positionsMm[slice]!;
  const [first, last] = [positionOf(query.slices[0]!), positionOf(query.slices.at(-1)!)];
  return {
    plane: query.plane,
    rank: undefined,
    title: 'Query',
    lines: [
      query.modality,
      ...(first === undefined || last === undefined ? [] : [formatRange(query.plane, first, last)]),
      ...windowLines(pictures),
    ],
    pictures,
    cells: columns.map((column) => {
      const slice = query.slices[column]!;
      const position = positionOf(slice);
      return {
        slice,
        similarity: undefined,
        caption: `slice ${slice}`,
        place: position === undefined ? [] : placeNames(query.plane, position),
      };
    }),
    slices: query.slices,
    range: undefined,
  };
}

/** @param columns the query slices that are shown, as positions in `answer.query.slices`. */
export function hitRow(
  answer: Answer,
  hit: Hit,
  columns: readonly number[],
  pictures: VolumePictures | string,
): Row {
  const { volume, range } = hit;
  const { plane } = answer.query;
  const patient =
    volume.patient === null || volume.patient === volume.id ? [] : [`patient ${volume.patient}`];
  return {
    plane,
    rank: hit.rank,
    title: volume.id,
    lines: [
      volume.region === null ? volume.modality : `${volume.modality}, ${volume.region}`,
      ...patient,
      ...describeScore(hit, answer),
      `range ${formatRange(plane, range.fromMm, range.toMm)}`,
      ...windowLines(pictures),
    ],
    pictures,
    cells: columns.map((column) => {
      const { slice, similarity, positionMm } = hit.matches[column]!;
      return {
        slice,
        similarity,
        caption: formatNumber(similarity, 3),
        place: placeNames(plane, positionMm),
      };
    }),
    slices: hit.matches.map(({ slice }) => slice),
    range: [range.from, range.to],
  };
}

function windowLines(pictures: VolumePictures | string): string[] {
  return typeof pictures === 'string' ? [] : formatWindows(pictures.slices.map(({ window }) => window));
}

/** A position from its longest name to its shortest. */
function placeNames(plane: Plane, positionMm: number): string[] {
  return ([1, 0] as const).map((decimals) => formatPosition(plane, positionMm, decimals));
}
