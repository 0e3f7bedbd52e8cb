import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { fromSystemError } from '../errors.js';

const chunkBytes = 1 << 20;

/**
 * @returns SHA-256 (hex) of the bytes of a file.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) hash.update(chunk);
  } catch (error) {
    throw fromSystemError(error, path);
  }
  return hash.digest('hex');
}

/** What belongs to an image: a file, by its path, or something that has no file. */
export type Companion = string | { readonly name: string; readonly hash: () => Promise<string> };

/**
 * One hash for an image together with what belongs to it (mask, table of labels). Of the image only the bytes
 * count, so that a scan which was renamed is still the same scan; of the others the names count too, since
 * they may name structures.
 *
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function hashWithCompanions(
  imageHash: string,
  companions: readonly Companion[],
): Promise<string> {
  const hash = createHash('sha256').update(imageHash);
  for (const companion of companions) {
    const [name, content] =
      typeof companion === 'string'
        ? [basename(companion), await hashFile(companion)]
        : [companion.name, await companion.hash()];
    hash.update(`\0${name}\0${content}`);
  }
  return hash.digest('hex');
}
