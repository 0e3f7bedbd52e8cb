import { constants } from 'node:fs';
import { access, copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Archive } from '../../archive/archive.js';
import { fromWriteError, VoxseekError } from '../../errors.js';
import { findVolumes } from '../../volume/collection.js';
import { volumeStem } from '../../volume/read.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { writeWhole } from '../../write-whole.js';
import type { StoredImage } from '../uploads/uploaded-images.js';

/** No job lasts so long. */
const orphanMs = 24 * 60 * 60_000;

/**
 * Where the files of uploads stay that were added to an archive: in the folder `<archive>.uploads` beside it,
 * for an archive takes no other files. They are named by their content, so nothing of a client's names is kept
 * and the same scan is there once.
 */
export class ArchivedUploads {
  readonly folder: string;
  readonly #archive: Archive;

  constructor(archive: Archive) {
    this.#archive = archive;
    this.folder = `${archive.folder}.uploads`;
  }

  /**
   * Copies an image, or links it where the file system can, so that the upload itself may go.
   *
   * @returns how it is read from there; masks of DICOM go with it.
   * @throws VoxseekError FILE_NOT_FOUND, STORAGE_FULL, STORAGE_NOT_WRITABLE
   */
  async put({ found, hash }: StoredImage): Promise<VolumeEntry> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      const { code } = fromWriteError(error, this.folder);
      throw new VoxseekError(
        code === 'STORAGE_FULL' ? code : 'STORAGE_NOT_WRITABLE',
        'the folder for the files of uploads cannot be made beside the archive',
        { cause: error },
      );
    });
    const path = this.pathOf({ found, hash });
    if (found.dicom === undefined) {
      await putOnce(path, (temporary) => linkOrCopy(found.image, temporary));
      return { id: found.id, image: path };
    }
    await putOnce(path, async (temporary) => {
      await mkdir(temporary, { mode: 0o700 });
      for (const [number, file] of filesOf(found).entries()) {
        await linkOrCopy(file, join(temporary, `${String(number + 1).padStart(5, '0')}.dcm`));
      }
    });
    const entries = await findVolumes(path);
    const same = entries.length === 1 ? entries[0] : entries.find(({ id }) => id === found.id);
    if (same !== undefined) return same;
    throw new VoxseekError('VOLUME_CORRUPT', 'its files do not make the same volume any more', {
      subject: found.id,
    });
  }

  /** Removes what {@link put} put there, unless a volume of the archive is read from it. */
  async removeUnused(image: StoredImage): Promise<void> {
    const inUse = await this.#archive.volumes(`image_hash = '${image.hash}'`);
    if (inUse.some(({ imagePath }) => imagePath.startsWith(this.folder))) return;
    await rm(this.pathOf(image), { recursive: true, force: true });
  }

  /**
   * Removes the scans that no volume of the archive is read from any more: those of volumes that were removed,
   * and of a server that was killed in the middle of a job. Younger ones may belong to the job of another server.
   *
   * @returns how many there were.
   */
  async removeOrphans(now = Date.now()): Promise<number> {
    const names = await readdir(this.folder).catch(() => []);
    const stored = names.filter((name) => /^[0-9a-f]{64}(\.|$)/.test(name));
    if (stored.length === 0) return 0;
    const inUse = new Set((await this.#archive.volumes()).map(({ imagePath }) => imagePath));
    let removed = 0;
    for (const path of stored.map((name) => join(this.folder, name))) {
      // Not the time of its content, which a link keeps, but that of the link.
      const since = inUse.has(path) ? undefined : (await stat(path).catch(() => undefined))?.ctimeMs;
      if (since === undefined || now - since < orphanMs) continue;
      await rm(path, { recursive: true, force: true });
      removed++;
    }
    return removed;
  }

  /** The file of an image, or the folder of its DICOM files, whether it is there or not. */
  pathOf({ hash, found }: Pick<StoredImage, 'hash' | 'found'>): string {
    return join(this.folder, found.dicom ? hash : `${hash}${endingOf(found.image)}`);
  }
}

/** ".nii.gz" of "scan.nii.gz". */
function endingOf(path: string): string {
  return path.slice(path.lastIndexOf(volumeStem(path)) + volumeStem(path).length) || extname(path);
}

/** The files of a DICOM volume and of the masks that were drawn on it. */
function filesOf({ dicom, maskObjects = [] }: VolumeEntry): string[] {
  const instances = [...(dicom?.frames ?? []).map(({ instance }) => instance), ...maskObjects];
  return [...new Set(instances.map(({ bytes }) => bytes.name))];
}

async function putOnce(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const isThere = await access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeWhole(path, write);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw error;
    return copyFile(from, to, constants.COPYFILE_FICLONE);
  });
}
