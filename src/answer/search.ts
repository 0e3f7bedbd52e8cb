import type { Archive } from '../archive/archive.js';
import type { Answer } from './answer.js';
import { SearchEngine, type SearchRequest } from './search-engine.js';

/**
 * Answers one search. For several over the same archive a {@link SearchEngine} is faster: it keeps the encoder
 * and the embeddings in memory.
 *
 * @throws VoxseekError as {@link SearchEngine.search}
 */
export async function search(archive: Archive, request: SearchRequest): Promise<Answer> {
  const engine = new SearchEngine(archive);
  try {
    return await engine.search(request);
  } finally {
    await engine.close();
  }
}
