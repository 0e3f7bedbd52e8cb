import { Transform } from 'node:stream';
import { VoxseekError } from '../../errors.js';

export interface UploadLimits {
  /** Bytes of all files of one upload, as they are sent. */
  readonly bytes: number;
  /** Bytes that come out of its zip and gzip files, together. */
  readonly decompressedBytes: number;
  /** Files of one upload, those in zip files counted one by one. */
  readonly files: number;
  /** Voxels of one image. */
  readonly voxels: number;
  /** Uploads that are kept at the same time. */
  readonly uploads: number;
  /** Milliseconds that an upload is kept. */
  readonly keptMs: number;
  /** Milliseconds without a byte after which a client that sends counts as gone. */
  readonly idleMs: number;
}

const gibibyte = 2 ** 30;
/** What the headers and borders of one part of a form take, at most. */
const partBytes = 1024;

export const defaultUploadLimits: UploadLimits = {
  bytes: 2 * gibibyte,
  decompressedBytes: 4 * gibibyte,
  files: 4096,
  voxels: gibibyte,
  uploads: 8,
  keptMs: 60 * 60_000,
  idleMs: 60_000,
};

/**
 * What one upload may still take. Counts what really comes, whatever headers say; every method throws
 * VoxseekError UPLOAD_TOO_LARGE when it is used up.
 */
export class UploadBudget {
  readonly #limits: UploadLimits;
  #bytes = 0;
  #decompressedBytes = 0;
  #files = 0;

  constructor(limits: UploadLimits) {
    this.#limits = limits;
  }

  /** @param bytes of the whole request as its header says, before any of it is read; the form's own included. */
  assertAnnounced(bytes: number): void {
    const { files, bytes: limit } = this.#limits;
    if (bytes > limit + partBytes * (files + 1)) throw tooLarge(`has more than ${limit} bytes`);
  }

  takeFiles(count: number): void {
    this.#files += count;
    if (this.#files > this.#limits.files) throw tooLarge(`has more than ${this.#limits.files} files`);
  }

  takeBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#limits.bytes) throw tooLarge(`has more than ${this.#limits.bytes} bytes`);
  }

  takeDecompressed(count: number): void {
    this.#decompressedBytes += count;
    if (this.#decompressedBytes > this.#limits.decompressedBytes) {
      throw tooLarge(`has more than ${this.#limits.decompressedBytes} bytes when it is decompressed`);
    }
  }

  /** @throws VoxseekError UPLOAD_TOO_LARGE for one image that is too large by itself */
  assertVoxels(voxels: number): void {
    if (voxels <= this.#limits.voxels) return;
    throw tooLarge(`${voxels} voxels are more than ${this.#limits.voxels}`);
  }
}

/** Hands bytes on and tells how many; what `take` throws ends the stream. */
export function counted(take: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        take(chunk.length);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

function tooLarge(reason: string): VoxseekError {
  return new VoxseekError('UPLOAD_TOO_LARGE', reason, { subject: 'upload' });
}
