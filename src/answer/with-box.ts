import type { Archive } from '../archive/archive.js';
import { openArchivedImage } from '../archive/archived-image.js';
import { VoxseekError } from '../errors.js';
import type { QueryRequest } from '../retrieval/request.js';
import type { Answer } from './answer.js';
import { boxInHit, hasBox } from './box-in-hit.js';

/**
 * An answer with the matching box of its first hit ({@link boxInHit}), where the query is a box or a structure. As
 * images are read for it, it is a step of its own and for one hit. Where an image or mask cannot be read any more
 * there is no box, and a warning.
 *
 * @param request the one that was answered.
 */
export async function withBox(archive: Archive, request: QueryRequest, answer: Answer): Promise<Answer> {
  const [first, ...others] = answer.hits;
  if (first === undefined || !hasBox(request)) return answer;
  try {
    const box = await boxInHit(archive, request, answer.query, first, openArchivedImage);
    return { ...answer, hits: [{ ...first, box }, ...others] };
  } catch (error) {
    if (!(error instanceof VoxseekError)) throw error;
    const warning = `The box in ${first.volume.id} is not known: ${error.reason}.`;
    return { ...answer, warnings: [...answer.warnings, warning] };
  }
}
