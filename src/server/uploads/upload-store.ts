import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import type { Archive } from '../../archive/archive.js';
import { fromWriteError, VoxseekError } from '../../errors.js';
import { imageOf } from '../../volume/image-source.js';
import type { ViewableImage } from '../pictures/viewable-image.js';
import type { Upload } from '../schemas.js';
import { receiveUpload } from './receive-upload.js';
import { ReceivedFiles } from './received-files.js';
import { UploadFolder } from './upload-folder.js';
import { defaultUploadLimits, UploadBudget, type UploadLimits } from './upload-limits.js';
import { findUploadedImages, type ReadVolume, type StoredImage } from './uploaded-images.js';

/** Nobody has looked at it for so long: it makes room for another one before its time. */
const unusedMs = 5 * 60_000;
const sweepMs = 30_000;

interface StoredUpload {
  readonly upload: Upload;
  readonly images: ReadonlyMap<string, StoredImage>;
  readonly folder: string;
  readonly expires: number;
  lastUse: number;
  /** Jobs that need its files. */
  holds: number;
  /** No longer to be found; its files go with the last hold. */
  isRemoved: boolean;
}

export interface UploadStoreOptions {
  /** Shared by all servers of a user; it is made where it is not there, and only the user may look into it. */
  readonly folder: string;
  readonly limits?: Partial<UploadLimits>;
  /** Default: every image is read from its file. */
  readonly read?: ReadVolume;
}

/**
 * The uploads of a server: files of clients, in a private folder, for a limited time. All of it is removed when
 * the server stops, and by the next one where it was killed.
 */
export class UploadStore {
  readonly limits: UploadLimits;
  readonly #archive: Archive;
  readonly #folder: UploadFolder;
  readonly #read: ReadVolume;
  readonly #uploads = new Map<string, StoredUpload>();
  readonly #sweeping: NodeJS.Timeout;
  /** Uploads that are being received. */
  readonly #coming = new Set<Promise<Upload>>();
  readonly #closing = new AbortController();

  private constructor(archive: Archive, folder: UploadFolder, options: UploadStoreOptions) {
    this.#archive = archive;
    this.#folder = folder;
    this.limits = { ...defaultUploadLimits, ...options.limits };
    this.#read = options.read ?? ((_hash, source) => source.read());
    this.#sweeping = setInterval(
      () => void this.#removeExpired(),
      Math.min(sweepMs, this.limits.keptMs),
    ).unref();
  }

  /** @throws VoxseekError STORAGE_NOT_WRITABLE, STORAGE_FULL */
  static async open(archive: Archive, options: UploadStoreOptions): Promise<UploadStore> {
    return new UploadStore(archive, await UploadFolder.open(options.folder), options);
  }

  /**
   * Takes the files of a multipart request. Where anything is wrong, or the client goes away, nothing of it stays.
   *
   * @throws VoxseekError SERVER_BUSY, UPLOAD_INVALID, UPLOAD_TOO_LARGE, STORAGE_FULL, INTERRUPTED
   */
  async receive(request: FastifyRequest, signal: AbortSignal): Promise<Upload> {
    const coming = this.#receive(request, AbortSignal.any([signal, this.#closing.signal]));
    this.#coming.add(coming);
    try {
      return await coming;
    } finally {
      this.#coming.delete(coming);
    }
  }

  async #receive(request: FastifyRequest, signal: AbortSignal): Promise<Upload> {
    const budget = new UploadBudget(this.limits);
    budget.assertAnnounced(Number(request.headers['content-length'] ?? 0));
    let folder: string | undefined;
    try {
      await this.#makeRoom();
      folder = await this.#folder.make();
      const files = new ReceivedFiles(folder);
      await receiveUpload(request, files, budget, this.limits, signal);
      const found = await findUploadedImages(this.#archive, files, budget, this.#read, signal);
      signal.throwIfAborted();
      return this.#keep(folder, found.images, found.leftOut);
    } catch (error) {
      if (folder !== undefined) await removeFolder(folder);
      if (signal.aborted) throw new VoxseekError('INTERRUPTED', 'it was broken off', { subject: 'upload' });
      throw storageError(error) ?? error;
    }
  }

  /** @throws VoxseekError UPLOAD_UNKNOWN */
  upload(id: string): Upload {
    return this.#stored(id).upload;
  }

  /** @throws VoxseekError UPLOAD_UNKNOWN */
  image(upload: string, image: string): StoredImage {
    const found = this.#stored(upload).images.get(image);
    if (found !== undefined) return found;
    throw new VoxseekError('UPLOAD_UNKNOWN', 'the upload has no such image', { subject: image });
  }

  /** @throws VoxseekError UPLOAD_UNKNOWN */
  viewable(upload: string, image: string): ViewableImage {
    const { facts, entry, hash } = this.image(upload, image);
    const { name, modality, size, spacing, affine, percentiles } = facts;
    return {
      id: name,
      modality,
      size,
      spacing,
      affine,
      percentiles,
      imageHash: hash,
      source: imageOf(entry),
    };
  }

  /**
   * Keeps the files of an upload until they are released, whatever becomes of it.
   *
   * @returns what releases them.
   * @throws VoxseekError UPLOAD_UNKNOWN
   */
  hold(id: string): () => Promise<void> {
    const stored = this.#stored(id);
    stored.holds++;
    return async () => {
      stored.holds--;
      stored.lastUse = Date.now();
      if (stored.isRemoved && stored.holds === 0) await removeFolder(stored.folder);
    };
  }

  /** @throws VoxseekError UPLOAD_UNKNOWN */
  async remove(id: string): Promise<void> {
    const stored = this.#stored(id);
    this.#uploads.delete(id);
    stored.isRemoved = true;
    if (stored.holds === 0) await removeFolder(stored.folder);
  }

  /** Breaks off what is being received: it would be removed at once. */
  async stopReceiving(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#coming);
  }

  /** Removes all uploads. */
  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.stopReceiving();
    this.#uploads.clear();
    await this.#folder.close();
  }

  #keep(folder: string, images: readonly StoredImage[], leftOut: Upload['leftOut']): Upload {
    const now = Date.now();
    const expires = now + this.limits.keptMs;
    const upload: Upload = {
      id: randomUUID(),
      images: images.map(({ facts }) => facts),
      leftOut,
      expiresAt: new Date(expires).toISOString(),
    };
    this.#uploads.set(upload.id, {
      upload,
      images: new Map(images.map((image) => [image.facts.id, image])),
      folder,
      expires,
      lastUse: now,
      holds: 0,
      isRemoved: false,
    });
    return upload;
  }

  #stored(id: string): StoredUpload {
    const stored = this.#uploads.get(id);
    if (stored === undefined || stored.expires <= Date.now()) {
      throw new VoxseekError('UPLOAD_UNKNOWN', 'there is no such upload', { subject: id });
    }
    stored.lastUse = Date.now();
    return stored;
  }

  /**
   * For an upload that is counted as coming already.
   *
   * @throws VoxseekError SERVER_BUSY
   */
  async #makeRoom(): Promise<void> {
    await this.#removeExpired();
    if (this.#uploads.size + this.#coming.size <= this.limits.uploads) return;
    const [unused] = [...this.#uploads.values()]
      .filter(({ holds, lastUse }) => holds === 0 && lastUse < Date.now() - unusedMs)
      .sort((a, b) => a.lastUse - b.lastUse);
    if (unused === undefined) {
      throw new VoxseekError('SERVER_BUSY', `${this.limits.uploads} uploads are in use already`, {
        advice: 'Delete one that is not needed any more, or try again in some minutes.',
      });
    }
    await this.remove(unused.upload.id);
  }

  async #removeExpired(): Promise<void> {
    const now = Date.now();
    for (const [id, stored] of this.#uploads) {
      if (stored.expires > now) continue;
      this.#uploads.delete(id);
      stored.isRemoved = true;
      if (stored.holds === 0) await removeFolder(stored.folder);
    }
  }
}

/** @returns undefined for anything but a disk that is full or must not be written. */
function storageError(error: unknown): VoxseekError | undefined {
  const known = fromWriteError(error, 'upload');
  return /^STORAGE_/.test(known.code) ? known : undefined;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
