import { readFile, writeFile } from 'node:fs/promises';
import type { SearchEngine } from '../../answer/search-engine.js';
import type { Archive } from '../../archive/archive.js';
import { writeWhole } from '../../write-whole.js';
import type { FileCache } from '../pictures/file-cache.js';
import { type ArchiveMap, archiveMap } from '../schemas.js';
import { archiveRevision } from '../volumes/archive-facts.js';
import { makeArchiveMap } from './archive-map.js';

/** Changes when the same volumes would be placed otherwise. */
const mapVersion = 2;

/** Makes the map of the archive once for every revision of it, and keeps it on disk for the next server. */
export class MapKeeper {
  readonly #archive: Archive;
  readonly #engine: SearchEngine;
  readonly #files: FileCache;
  #made: ArchiveMap | undefined;

  constructor(archive: Archive, engine: SearchEngine, files: FileCache) {
    this.#archive = archive;
    this.#engine = engine;
    this.#files = files;
  }

  /** @throws VoxseekError ARCHIVE_BUSY, ARCHIVE_CORRUPT, STORAGE_FULL, STORAGE_NOT_WRITABLE */
  async map(): Promise<ArchiveMap> {
    const volumes = await this.#archive.volumes();
    const revision = archiveRevision(volumes);
    if (this.#made?.revision === revision) return this.#made;
    const { weightsHash } = this.#archive.manifest.encoder;
    // The revisions of volumes are names that no other archive has.
    const path = await this.#files.file(
      ['map', mapVersion, weightsHash, revision],
      '.json',
      async (target) => {
        const ids = new Set(volumes.map(({ id }) => id));
        const map = await makeArchiveMap(await this.#engine.slices(), ids, revision);
        await writeWhole(target, (temporary) => writeFile(temporary, JSON.stringify(map), { mode: 0o600 }));
      },
    );
    this.#made = archiveMap.parse(JSON.parse(await readFile(path, 'utf8')));
    return this.#made;
  }
}
