import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import type { VolumeRecord } from '../../archive/records.js';
import { VoxseekError } from '../../errors.js';
import { sliceCount } from '../../volume/slice.js';
import type { Plane, Volume } from '../../volume/volume.js';
import { writeNifti } from '../../volume/write-nifti.js';
import { writeWhole } from '../../write-whole.js';
import type { ImageFileQuery } from '../schemas.js';
import type { FileCache } from './file-cache.js';
import { imagePart } from './image-part.js';
import { openMaskOf, readLabelVolume } from './label-volume.js';
import { assertSlice, parseWindow, slicePicture, thumbnail } from './picture.js';
import { reduceVolume } from './reduce-volume.js';
import type { ViewableImage } from './viewable-image.js';
import type { Urgency, VolumeCache } from './volume-cache.js';

/** Changes when the same volume would be drawn otherwise, so that no old picture is shown. */
const drawingVersion = 1;
/** Speed counts here, not size: the file goes to the same machine or over a local network. */
const gzipLevel = 1;

/** A file that answers a request, made when it is asked for. */
export interface DerivedFile {
  /** Names the content (RFC 9110 8.8.3, with its quotes). */
  readonly etag: string;
  readonly type: 'image/png' | 'application/gzip';
  /** @returns its path. */
  readonly make: () => Promise<string>;
}

/**
 * Pictures and files of volumes, made once and kept on disk.
 *
 * The methods check what is asked for at once, and read a volume only when the file is asked for and not there.
 */
export class Pictures {
  readonly #plane: Plane;
  readonly #volumes: VolumeCache;
  readonly #files: FileCache;

  /** @param plane of the archive's slices. */
  constructor(plane: Plane, volumes: VolumeCache, files: FileCache) {
    this.#plane = plane;
    this.#volumes = volumes;
    this.#files = files;
  }

  /** @throws VoxseekError USAGE */
  slice(image: ViewableImage, index: number, windowName: string, size: number | undefined): DerivedFile {
    assertSlice(image, this.#plane, index);
    const window = parseWindow(windowName);
    const key = ['slice', image.imageHash, ...intensityKey(image), index, window, size];
    return this.#png(key, async () =>
      slicePicture(await this.#read(image, 'now'), image, this.#plane, index, window, size),
    );
  }

  /**
   * @param slice undefined: the middle one.
   * @param urgency of the reading of the volume, where it has to be read.
   * @throws VoxseekError USAGE
   */
  thumbnail(
    image: ViewableImage,
    slice: number | undefined,
    size: number,
    urgency: Urgency = 'later',
  ): DerivedFile {
    const index = slice ?? Math.floor(sliceCount(image, this.#plane) / 2);
    assertSlice(image, this.#plane, index);
    const key = ['thumbnail', image.imageHash, ...intensityKey(image), index, size];
    return this.#png(key, async () =>
      thumbnail(await this.#read(image, urgency), image, this.#plane, index, size),
    );
  }

  /**
   * The volume or a part of it as .nii.gz: the very file where all of one is asked for.
   *
   * @throws VoxseekError USAGE
   */
  imageFile(image: ViewableImage, query: ImageFileQuery): DerivedFile {
    const { block, factors, isWhole } = imagePart(image, this.#plane, query);
    const key = ['image', image.imageHash, image.affine, block, factors];
    const { location } = image.source;
    return {
      etag: etagOf(key),
      type: 'application/gzip',
      make: async () =>
        isWhole && (await isGzippedNifti(location))
          ? location
          : this.#nifti(key, async () =>
              reduceVolume(await this.#read(image, 'now'), block, factors, 'mean'),
            ),
    };
  }

  /**
   * The mask of an archived volume, as {@link imageFile} cuts and reduces its image.
   *
   * @throws VoxseekError USAGE
   */
  maskFile(record: VolumeRecord, query: ImageFileQuery): DerivedFile {
    const { block, factors, isWhole } = imagePart(record, this.#plane, query);
    const key = ['mask', record.contentHash, record.affine, block, factors];
    return {
      etag: etagOf(key),
      type: 'application/gzip',
      make: () =>
        this.#nifti(key, async () => {
          const read = async () => readLabelVolume(await openMaskOf(record), record);
          // A mask of many files takes long; images are not to wait for it.
          const mask = await this.#volumes.volume(`mask ${record.contentHash}`, { read }, 'later');
          return isWhole ? mask : reduceVolume(mask, block, factors, 'nearest');
        }),
    };
  }

  #png(key: readonly unknown[], draw: () => Promise<Uint8Array>): DerivedFile {
    const fullKey = [drawingVersion, this.#plane, ...key];
    return {
      etag: etagOf(fullKey),
      type: 'image/png',
      make: () =>
        this.#files.file(fullKey, '.png', async (path) => {
          const png = await draw();
          await writeWhole(path, (temporary) => writeFile(temporary, png, { mode: 0o600 }));
        }),
    };
  }

  #nifti(key: readonly unknown[], volume: () => Promise<Volume>): Promise<string> {
    return this.#files.file(key, '.nii.gz', async (path) => {
      await writeNifti(path, await volume(), { gzipLevel });
    });
  }

  async #read(image: ViewableImage, urgency: Urgency): Promise<Volume> {
    const volume = await this.#volumes.volume(image.imageHash, image.source, urgency);
    if (volume.size.every((n, axis) => n === image.size[axis])) return volume;
    throw new VoxseekError(
      'VOLUME_CORRUPT',
      `the file has changed: its size is ${volume.size.join(' x ')} now`,
      {
        subject: image.id,
        advice: 'Ingest it again.',
      },
    );
  }
}

function etagOf(key: readonly unknown[]): string {
  return `"${createHash('sha256').update(JSON.stringify(key)).digest('base64url').slice(0, 27)}"`;
}

function intensityKey({ modality, percentiles }: ViewableImage): readonly unknown[] {
  return modality === 'MR' ? [modality, percentiles] : [modality];
}

/** Where it cannot be read, reading it the usual way says why. */
async function isGzippedNifti(location: string): Promise<boolean> {
  if (!location.endsWith('.nii.gz')) return false;
  return access(location, constants.R_OK).then(
    () => true,
    () => false,
  );
}
