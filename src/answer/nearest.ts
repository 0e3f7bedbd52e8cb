import type { Archive } from '../archive/archive.js';
import type { VolumeRecord } from '../archive/records.js';
import { storedDicomImages } from '../archive/stored-dicom-images.js';
import { FlatIndex } from '../index/flat.js';
import { bestVolumes } from '../rerank/best-volumes.js';
import { byScore, matchVolumes, type VolumeMatch } from '../rerank/late-interaction.js';
import { candidateVolumes } from '../retrieval/candidates.js';
import { compareHits, hitTable, volumeOfRow } from '../retrieval/hit-table.js';
import type { Hit, Ranking } from './answer.js';
import { localize } from './localize.js';
import type { Stage } from './stage.js';

/** A volume with its score. */
interface RankedVolume {
  readonly volume: number;
  readonly score: number;
}

/**
 * @param candidates how many volumes late interaction scores exactly; 0: all.
 * @returns the k best volumes by a ranking.
 */
export async function nearestVolumes(
  stage: Stage,
  ranking: Ranking,
  candidates: number,
  k: number,
): Promise<Hit[]> {
  const { slices, quantized, query, isAllowed, clock } = stage;

  if (ranking === 'late-interaction') {
    const index = new FlatIndex(slices);
    const volumes =
      candidates === 0
        ? [...slices.volumes.keys()].filter(isAllowed)
        : await candidateVolumes(slices, index, query.embeddings, candidates, isAllowed);
    clock.stop('search');
    const matches =
      quantized === undefined
        ? (await matchVolumes(slices, query.embeddings, volumes)).sort(byScore).slice(0, k)
        : await bestVolumes(slices, quantized, query.embeddings, k, volumes);
    clock.stop('rerank');
    return volumeHits(stage, matches, matches);
  }
  const neighbours = await new FlatIndex(slices).search(query.embeddings, 1, isAllowed);
  const ranked = hitTable(slices, neighbours)
    .sort(compareHits(ranking))
    .slice(0, k)
    .map((hits) => ({ volume: hits.volume, score: hits[ranking] }));
  clock.stop('search');
  const volumes = ranked.map(({ volume }) => volume);
  return volumeHits(stage, ranked, await matchVolumes(slices, query.embeddings, volumes));
}

/** @returns the k slices nearest to the one slice of the query, each as a hit of its own. */
export async function nearestSlices(stage: Stage, k: number): Promise<Hit[]> {
  const { archive, slices, query, isAllowed, recordOf, clock } = stage;
  const neighbours = await new FlatIndex(slices).search(query.embeddings, k, isAllowed);
  clock.stop('search');
  const owner = volumeOfRow(slices);
  const found = [...neighbours.rows].filter((row) => row >= 0);
  const imagesOf = dicomImages(archive);
  const hits: Hit[] = [];
  for (const [place, row] of found.entries()) {
    const volume = recordOf(owner(row));
    const similarity = neighbours.similarities[place]!;
    const slice = slices.sliceIndex[row]!;
    const positionMm = slices.positionMm[row]!;
    const dicomImage = (await imagesOf(volume))(slice);
    hits.push({
      rank: place + 1,
      volume,
      score: similarity,
      meanSimilarity: similarity,
      range: { from: slice, to: slice, fromMm: positionMm, toMm: positionMm, similarity },
      matches: [{ querySlice: query.slices[0]!.index, slice, positionMm, similarity, dicomImage }],
    });
  }
  clock.stop('explain');
  return hits;
}

async function volumeHits(
  { archive, slices, query, recordOf, clock }: Stage,
  ranked: readonly RankedVolume[],
  matches: readonly VolumeMatch[],
): Promise<Hit[]> {
  const { plane } = archive.manifest.slicing;
  const imagesOf = dicomImages(archive);
  const hits: Hit[] = [];
  for (const [place, { volume, score }] of ranked.entries()) {
    const match = matches[place]!;
    const imageAt = await imagesOf(recordOf(volume));
    hits.push({
      rank: place + 1,
      volume: recordOf(volume),
      score,
      meanSimilarity: match.score / query.slices.length,
      range: await localize(slices, volume, query.embeddings, query.extentMm, plane),
      matches: query.slices.map((slice, i) => ({
        querySlice: slice.index,
        slice: slices.sliceIndex[match.rows[i]!]!,
        positionMm: slices.positionMm[match.rows[i]!]!,
        similarity: match.similarities[i]!,
        dicomImage: imageAt(slices.sliceIndex[match.rows[i]!]!),
      })),
    });
  }
  clock.stop('explain');
  return hits;
}

/** The DICOM images of volumes, read once for each. */
function dicomImages(archive: Archive): (volume: VolumeRecord) => ReturnType<typeof storedDicomImages> {
  const known = new Map<string, ReturnType<typeof storedDicomImages>>();
  return (volume) => {
    const images = known.get(volume.revision) ?? storedDicomImages(archive, volume);
    known.set(volume.revision, images);
    return images;
  };
}
