import type { Upload } from '../../../src/server/schemas.js';

/**
 * What uploads hold, remembered for this tab so that its address can be loaded again: the server tells it only
 * when the files arrive.
 */
const storageKey = (id: string) => `voxseek.upload.${id}`;

export function keepUpload(upload: Upload): void {
  sessionStorage.setItem(storageKey(upload.id), JSON.stringify(upload));
}

/** @returns null where it was never sent from this tab, or has expired. */
export function keptUpload(id: string, now = Date.now()): Upload | null {
  const text = sessionStorage.getItem(storageKey(id));
  if (text === null) return null;
  const upload = JSON.parse(text) as Upload;
  return Date.parse(upload.expiresAt) > now ? upload : null;
}
