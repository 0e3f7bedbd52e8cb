import { VoxseekError } from '../errors.js';

/** LanceDB tells the cause only in its message: which words stand for which error. First match wins. */
const causes: readonly (readonly [
  pattern: RegExp,
  code: 'STORAGE_FULL' | 'STORAGE_NOT_WRITABLE' | 'ARCHIVE_BUSY',
  reason: string,
])[] = [
  [/os error 28|os error 122|no space left|quota exceeded/i, 'STORAGE_FULL', 'no space left on the device'],
  [
    /os error 13|os error 30|permission denied|read-only file system/i,
    'STORAGE_NOT_WRITABLE',
    'the archive cannot be written',
  ],
  [
    /commit conflict|concurrent|too many.*(attempts|retries)/i,
    'ARCHIVE_BUSY',
    'other writers kept changing it',
  ],
];

/** Another writer committed in between; nothing was written, and the same call may go through. */
export function isConflict(error: unknown): boolean {
  return fromStorageError(error, '').code === 'ARCHIVE_BUSY';
}

/** What LanceDB threw, as the {@link VoxseekError} that fits: full disk, no permission, conflict, or damage. */
export function fromStorageError(error: unknown, folder: string): VoxseekError {
  if (error instanceof VoxseekError) return error;
  const message = error instanceof Error ? error.message : String(error);
  for (const [pattern, code, reason] of causes) {
    if (pattern.test(message)) return new VoxseekError(code, reason, { subject: folder, cause: error });
  }
  return new VoxseekError('ARCHIVE_CORRUPT', firstLine(message), { subject: folder, cause: error });
}

/** Without the list of places in LanceDB's sources that follows the first sentence. */
export function firstLine(message: string): string {
  return message.split(/\n|, \/[^ ]*\.rs:/)[0]!.slice(0, 300);
}
