import type { Answer, Hit } from '../answer/answer.js';

/** The stable form of an answer for machines; docs/search-json.md describes every field. */
export interface AnswerJson {
  readonly query: {
    readonly file: string;
    readonly id: string | null;
    readonly mode: string;
    readonly label: string | null;
    readonly modality: string;
    readonly plane: string;
    readonly slices: readonly number[];
    readonly encoder: string;
    readonly study: string | null;
    readonly series: string | null;
    readonly sopInstances: readonly (string | null)[];
  };
  readonly ranking: string;
  readonly hits: readonly HitJson[];
  readonly warnings: readonly string[];
  readonly timings: Readonly<Record<string, number>>;
}

export interface HitJson {
  readonly rank: number;
  readonly volume: string;
  readonly patient: string | null;
  readonly modality: string;
  readonly region: string | null;
  readonly split: string | null;
  readonly study: string | null;
  readonly series: string | null;
  readonly score: number;
  readonly meanSimilarity: number;
  readonly range: {
    readonly from: number;
    readonly to: number;
    readonly fromMm: number;
    readonly toMm: number;
    readonly similarity: number;
  };
  readonly box: {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly z: readonly number[];
  } | null;
  readonly matches: readonly {
    readonly querySlice: number;
    readonly slice: number;
    readonly positionMm: number;
    readonly similarity: number;
    readonly sopInstance: string | null;
    readonly frame: number | null;
  }[];
}

export function answerJson({ query, ranking, hits, warnings, timings }: Answer): AnswerJson {
  const { imagePath, id, mode, label, modality, plane, slices, encoder, series, dicomImages } = query;
  return {
    query: {
      file: imagePath,
      id: id ?? null,
      mode,
      label: label ?? null,
      modality,
      plane,
      slices,
      encoder,
      study: series?.studyUid ?? null,
      series: series?.seriesUid ?? null,
      sopInstances: dicomImages.map((image) => image?.sopInstanceUid ?? null),
    },
    ranking,
    hits: hits.map(hitJson),
    warnings,
    timings: Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, rounded(ms, 1)])),
  };
}

function hitJson({ rank, volume, score, meanSimilarity, range, box, matches }: Hit): HitJson {
  return {
    rank,
    volume: volume.id,
    patient: volume.patient,
    modality: volume.modality,
    region: volume.region,
    split: volume.split,
    study: volume.dicom?.studyUid ?? null,
    series: volume.dicom?.seriesUid ?? null,
    score: rounded(score, 6),
    meanSimilarity: rounded(meanSimilarity, 6),
    range: {
      from: range.from,
      to: range.to,
      fromMm: rounded(range.fromMm, 3),
      toMm: rounded(range.toMm, 3),
      similarity: rounded(range.similarity, 6),
    },
    box: box ? { x: inMm(box.x), y: inMm(box.y), z: inMm(box.z) } : null,
    matches: matches.map(({ querySlice, slice, positionMm, similarity, dicomImage }) => ({
      querySlice,
      slice,
      positionMm: rounded(positionMm, 3),
      similarity: rounded(similarity, 6),
      sopInstance: dicomImage?.sopInstanceUid ?? null,
      frame: dicomImage?.frameNumber ?? null,
    })),
  };
}

function inMm(interval: readonly [number, number]): number[] {
  return interval.map((position) => rounded(position, 3));
}

/** Float32 carries seven digits: more would only show its noise, and 1 as 0.99999994. */
function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
