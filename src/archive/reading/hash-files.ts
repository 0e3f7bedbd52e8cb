import { hashFile, hashWithCompanions } from '../../volume/content-hash.js';
import type { HashedFiles, Hashes } from './messages.js';

/** @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE */
export async function hashFiles({ image, companions }: HashedFiles): Promise<Hashes> {
  const imageHash = await hashFile(image);
  return { imageHash, contentHash: await hashWithCompanions(imageHash, companions) };
}
