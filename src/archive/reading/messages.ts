import { type ErrorCode, VoxseekError } from '../../errors.js';
import type { CuttingPlan, CuttingSource, CutVolume, PreparedGroup } from './volume-cutter.js';

/** An image with the files that belong to it. */
export interface HashedFiles {
  readonly image: string;
  readonly companions: readonly string[];
}

export interface Hashes {
  /** SHA-256 (hex) of the bytes of the image. */
  readonly imageHash: string;
  /** Of the image and all that belongs to it. */
  readonly contentHash: string;
}

/** To a reader thread; `task` tells tasks apart. */
export type Request =
  | { readonly kind: 'hash'; readonly task: number; readonly files: HashedFiles }
  | {
      readonly kind: 'cut';
      readonly task: number;
      readonly source: CuttingSource;
      readonly plan: CuttingPlan;
      /** Bytes of groups that may wait to be taken. */
      readonly aheadBytes: number;
    }
  /** A group was taken: there is room for another one, in the same memory. */
  | { readonly kind: 'taken'; readonly task: number; readonly values: Float32Array }
  /** Nobody waits for the rest. */
  | { readonly kind: 'stop'; readonly task: number };

/** From a reader thread. */
export type Answer =
  | { readonly kind: 'hashed'; readonly task: number; readonly hashes: Hashes }
  | { readonly kind: 'opened'; readonly task: number; readonly cut: CutVolume }
  | {
      readonly kind: 'group';
      readonly task: number;
      readonly group: PreparedGroup;
      /** The volume is no longer in memory. */
      readonly isLast: boolean;
    }
  | { readonly kind: 'stopped'; readonly task: number }
  | { readonly kind: 'failed'; readonly task: number; readonly error: PlainError };

/** An error as it crosses from thread to thread. */
export interface PlainError {
  /** undefined: no {@link VoxseekError}. */
  readonly code: ErrorCode | undefined;
  readonly reason: string;
  readonly subject: string | undefined;
  readonly advice: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof VoxseekError) {
    const { code, reason, subject, advice } = error;
    return { code, reason, subject, advice };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: undefined, reason, subject: undefined, advice: undefined };
}

export function fromPlainError({ code, reason, subject, advice }: PlainError): Error {
  if (code === undefined) return new Error(reason);
  return new VoxseekError(code, reason, {
    ...(subject !== undefined && { subject }),
    ...(advice !== undefined && { advice }),
  });
}
