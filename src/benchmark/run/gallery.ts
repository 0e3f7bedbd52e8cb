import { renderFigure } from '../../answer/figure/figure.js';
import { SearchEngine } from '../../answer/search-engine.js';
import type { Archive } from '../../archive/archive.js';
import { isOneOf } from '../../archive/condition.js';
import { VoxseekError } from '../../errors.js';
import type { GalleryEntry } from '../report/input.js';
import type { GalleryChoice, GalleryQuery } from './gallery-queries.js';

export interface GalleryOptions {
  /** A query slice has the class with at least so many voxels. */
  readonly minVoxels: number;
  /** @param slices that the last picture shows. */
  readonly onProgress?: (done: number, total: number, slices: number) => void;
  readonly signal?: AbortSignal;
}

/** Query slices in a picture. */
const columns = 6;

/**
 * Pictures of chosen queries beside the volume that the benchmark returned for them, in the figure of
 * `voxseek search`: each query slice over its most similar slice there. An image that cannot be read is drawn
 * as frames with the reason.
 *
 * @param archive open; it has the query volumes and the database.
 * @throws VoxseekError INTERRUPTED, and what SearchEngine.search throws
 */
export async function drawGallery(
  archive: Archive,
  { best, worst }: GalleryChoice,
  { minVoxels, onProgress, signal }: GalleryOptions,
): Promise<GalleryEntry[]> {
  const chosen = [
    ...best.map((query) => ({ kind: 'best' as const, query })),
    ...worst.map((query) => ({ kind: 'worst' as const, query })),
  ];
  const engine = new SearchEngine(archive);
  try {
    const entries: GalleryEntry[] = [];
    for (const { kind, query } of chosen) {
      if (signal?.aborted) throw new VoxseekError('INTERRUPTED', 'stopped while drawing the gallery');
      const answer = await engine.search({
        query: query.query,
        label: query.class,
        minVoxels,
        k: 1,
        // The benchmark has chosen the volume among its database; the archive holds the queries as well.
        filter: isOneOf('id', [query.returned]),
      });
      const png = await renderFigure(answer, { queries: columns, hits: 1 });
      entries.push({
        kind,
        ...describe(query),
        picture: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
      });
      onProgress?.(entries.length, chosen.length, 2 * Math.min(columns, query.querySlices));
    }
    return entries;
  } finally {
    await engine.close();
  }
}

function describe(query: GalleryQuery): Pick<GalleryEntry, 'title' | 'caption' | 'alternative'> {
  const { class: name, query: asked, returned, returnedHasClass, querySlices, answers, containing } = query;
  const ratio = (answers === 0 ? 0 : containing / answers).toFixed(2);
  const slices = querySlices === 1 ? 'one slice' : `${querySlices} slices`;
  const found = `Of the ${answers} slices of ${returned} that answered, ${containing} contain it: localization ratio ${ratio}.`;
  const labelled = returnedHasClass
    ? `${returned} contains ${name}${containing === 0 ? ', but in other slices' : ''}.`
    : `${returned} has no label ${name}, which may also mean that it was not contoured there.`;
  const shown = Math.min(columns, querySlices);
  return {
    title: `${name} of ${asked}, answered by ${returned}`,
    caption: `Query: the ${slices} of ${asked} with ${name}. ${labelled} ${found}`,
    alternative: `${shown === 1 ? 'The slice' : `${shown} slices`} of ${asked} with ${name}, and below each the most similar slice of ${returned}.`,
  };
}
