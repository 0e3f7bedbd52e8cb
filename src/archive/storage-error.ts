import { type ErrorCode, VoxseekError } from '../errors.js';

/** LanceDB tells the cause only in its message: which words stand for which error. First match wins. */
const causes: readonly (readonly [
  pattern: RegExp,
  code: Readonly<Record<'read' | 'write', ErrorCode>>,
  reason: string,
])[] = [
  [
    /os error 28|os error 122|no space left|quota exceeded/i,
    { read: 'STORAGE_FULL', write: 'STORAGE_FULL' },
    'no space left on the device',
  ],
  [
    /os error 13|os error 1\b|permission denied|operation not permitted/i,
    { read: 'FILE_NOT_READABLE', write: 'STORAGE_NOT_WRITABLE' },
    'permission denied',
  ],
  [
    /os error 30|read-only file system/i,
    { read: 'STORAGE_NOT_WRITABLE', write: 'STORAGE_NOT_WRITABLE' },
    'the file system is read-only',
  ],
  [
    /commit conflict|concurrent/i,
    { read: 'ARCHIVE_BUSY', write: 'ARCHIVE_BUSY' },
    'other writers kept changing it',
  ],
];

/** Another writer committed in between; nothing was written, and the same call may go through. */
export function isConflict(error: unknown): boolean {
  return fromStorageError(error, '', 'write').code === 'ARCHIVE_BUSY';
}

/** A file that belongs to the version being read is gone. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof Error && /not found/i.test(error.message);
}

/**
 * What LanceDB threw, as the {@link VoxseekError} that fits: full disk, no permission, conflict, or damage.
 *
 * @param access what was tried; "permission denied" says something else for each.
 */
export function fromStorageError(error: unknown, folder: string, access: 'read' | 'write'): VoxseekError {
  if (error instanceof VoxseekError) return error;
  const message = error instanceof Error ? error.message : String(error);
  for (const [pattern, code, reason] of causes) {
    if (pattern.test(message))
      return new VoxseekError(code[access], reason, { subject: folder, cause: error });
  }
  return new VoxseekError('ARCHIVE_CORRUPT', withoutFolder(firstLine(message), folder), {
    subject: folder,
    cause: error,
  });
}

/** The subject says where it lies; those who ask a server for it are not to know. */
function withoutFolder(message: string, folder: string): string {
  if (folder === '') return message;
  // LanceDB leaves out the first slash.
  return message.replaceAll(`${folder}/`, '').replaceAll(`${folder.slice(1)}/`, '');
}

/** Without the list of places in LanceDB's sources that follows the first sentence. */
export function firstLine(message: string): string {
  return message.split(/\n|[,:] \/[^ ]*\.rs:/)[0]!.slice(0, 300);
}
