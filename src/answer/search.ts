import type { Archive } from '../archive/archive.js';
import type { EncoderUse } from '../archive/archive-encoder.js';
import type { Answer } from './answer.js';
import { SearchEngine, type SearchRequest } from './search-engine.js';

/**
 * Answers one search. For several over the same archive a {@link SearchEngine} is faster: it keeps the encoder
 * and the embeddings in memory.
 *
 * @param encoderUse where the encoder runs, if the query has to be encoded.
 * @throws VoxseekError as {@link SearchEngine.search}
 */
export async function search(
  archive: Archive,
  request: SearchRequest,
  encoderUse: EncoderUse = {},
): Promise<Answer> {
  const engine = new SearchEngine(archive, undefined, encoderUse);
  try {
    return await engine.search(request);
  } finally {
    await engine.close();
  }
}
