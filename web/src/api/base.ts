/** Folder that the viewer was loaded from, "/" or "/prefix/": all pages lie directly in it, one level deep. */
export const basePath = new URL('.', document.baseURI).pathname;

/** Address of the API, whatever prefix the viewer is served under. */
export function apiAddress(path: string): string {
  return `${basePath}v1/${path}`;
}
