import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Bytes of one part of a path; file systems take 255. */
const maximalNameBytes = 120;
/** Folders below each other that are kept of the path in a zip. */
const maximalDepth = 8;
const maximalLabelLength = 200;

export interface ReceivedFile {
  /** Where it is stored. */
  readonly path: string;
  /** What the client calls it; for showing, never for opening. */
  readonly label: string;
}

/**
 * The files of one upload. A client's names decide nothing but the endings of files and which lie in one folder:
 * they are cleaned, and none of them leads out of the folder of the upload.
 */
export class ReceivedFiles {
  readonly folder: string;
  readonly #labels = new Map<string, string>();
  /** Paths relative to `folder`, in lower case: some file systems do not tell letters by case. */
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** @param folder that exists and is empty. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** What the client calls the files, by their paths. */
  get labels(): ReadonlyMap<string, string> {
    return this.#labels;
  }

  /** @returns a path for a new file; its folder is there, the file is not. */
  async place(clientPath: string): Promise<ReceivedFile> {
    const parts = clientPath
      .split(/[/\\]/)
      .map(safeName)
      .filter((part) => part !== '');
    const kept = parts.length === 0 ? ['unnamed'] : parts.slice(-maximalDepth);
    let relative = kept.join('/');
    // Files of one name from several folders, of which a browser tells only the name; a zip and what is in it.
    for (let n = 2; this.#isTaken(relative); n++) relative = `${n}/${kept.join('/')}`;
    this.#files.add(relative.toLowerCase());
    for (const folder of foldersOf(relative)) this.#folders.add(folder);
    const path = join(this.folder, relative);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const label = labelOf(clientPath);
    this.#labels.set(path, label);
    return { path, label };
  }

  #isTaken(relative: string): boolean {
    const path = relative.toLowerCase();
    return (
      this.#files.has(path) ||
      this.#folders.has(path) ||
      foldersOf(relative).some((folder) => this.#files.has(folder))
    );
  }

  /** Of a file that is not there any more, because its content took its place. */
  forget({ path }: ReceivedFile): void {
    this.#labels.delete(path);
  }
}

/** "a" and "a/b" of "A/B/c", in lower case. */
function foldersOf(relative: string): string[] {
  const parts = relative.toLowerCase().split('/').slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

/** Letters, digits, dots, dashes and underscores; no dot at the beginning, which would hide the file. */
function safeName(part: string): string {
  const clean = part
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]/gu, '_')
    .replace(/^\.+/, '');
  // The end is kept, for it names the format.
  let name = clean;
  while (Buffer.byteLength(name) > maximalNameBytes) name = [...name].slice(1).join('');
  return name.replace(/^\.+/, '');
}

/** Without what would disturb a page or a terminal: control characters, and those that turn the writing around. */
function labelOf(clientPath: string): string {
  return clientPath.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(-maximalLabelLength);
}
