import { describe, expect, it } from 'vitest';
import { VoxseekError } from '../errors.js';
import { firstLine, fromStorageError, isConflict, isMissingFile } from './storage-error.js';

/** As LanceDB 0.37 (Lance 10) words them. */
const messages = {
  full: 'lance error: LanceError(IO): Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28), /usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/lance-table-10.0.0/src/io/commit.rs:1:1  Caused by: LanceError(IO): No space',
  fullMerge:
    'Failed to execute merge insert: GenericFailure, lance error: LanceError(IO): Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)',
  quota: 'lance error: LanceError(IO): Quota exceeded (os error 122)',
  denied:
    'lance error: LanceError(IO): Generic LocalFileSystem error: Unable to open file /a/slices.lance: Permission denied (os error 13)',
  readOnly: 'lance error: LanceError(IO): Read-only file system (os error 30)',
  conflict: 'lance error: Commit conflict for version 12',
  preempted:
    'lance error: Retryable commit conflict for version 8: This Delete transaction was preempted by concurrent transaction Rewrite at version 8. Please retry.',
  crowded: 'lance error: Too many concurrent writers. Attempted 20 times',
  missing:
    'lance error: Not found: a/volumes.lance/data/1011000101101111000111019ad1e04f84bdbac5b88c938983.lance, /usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/lance-io-10.0.0/src/local.rs:133:40',
};

describe('fromStorageError', () => {
  it.each([
    ['full', 'write', 'STORAGE_FULL'],
    ['full', 'read', 'STORAGE_FULL'],
    ['fullMerge', 'write', 'STORAGE_FULL'],
    ['quota', 'write', 'STORAGE_FULL'],
    ['denied', 'write', 'STORAGE_NOT_WRITABLE'],
    ['denied', 'read', 'FILE_NOT_READABLE'],
    ['readOnly', 'write', 'STORAGE_NOT_WRITABLE'],
    ['conflict', 'write', 'ARCHIVE_BUSY'],
    ['preempted', 'write', 'ARCHIVE_BUSY'],
    ['crowded', 'write', 'ARCHIVE_BUSY'],
    ['missing', 'read', 'ARCHIVE_CORRUPT'],
  ] as const)('%s while trying to %s: %s, with folder and cause', (message, access, code) => {
    const cause = new Error(messages[message]);
    const error = fromStorageError(cause, '/a', access);
    expect(error).toBeInstanceOf(VoxseekError);
    expect(error).toMatchObject({ code, subject: '/a', cause });
    expect(error.message).not.toContain('.rs:');
  });

  it("knows Node's own errors, and what is no error at all", () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(fromStorageError(full, '/a', 'write').code).toBe('STORAGE_FULL');
    const denied = Object.assign(new Error("EACCES: permission denied, mkdir '/a'"), { code: 'EACCES' });
    expect(fromStorageError(denied, '/a', 'write').code).toBe('STORAGE_NOT_WRITABLE');
    expect(fromStorageError('just text', '/a', 'read')).toMatchObject({
      code: 'ARCHIVE_CORRUPT',
      reason: 'just text',
    });
  });

  it('passes on what is named already', () => {
    const named = new VoxseekError('VOLUME_UNKNOWN', 'no such volume');
    expect(fromStorageError(named, '/a', 'read')).toBe(named);
  });
});

describe('the kinds of errors that are tried again', () => {
  it('are conflicts between commits', () => {
    expect(isConflict(new Error(messages.conflict))).toBe(true);
    expect(isConflict(new Error(messages.preempted))).toBe(true);
    expect(isConflict(new Error(messages.crowded))).toBe(true);
    expect(isConflict(new Error(messages.full))).toBe(false);
    expect(isConflict(new Error(messages.missing))).toBe(false);
  });

  it('are files of a version that a compaction removed', () => {
    expect(isMissingFile(new Error(messages.missing))).toBe(true);
    expect(isMissingFile(new Error(messages.denied))).toBe(false);
  });
});

describe('firstLine', () => {
  it("cuts off the place in LanceDB's sources, further lines, and what is too long", () => {
    expect(firstLine(messages.full)).toBe(
      'lance error: LanceError(IO): Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)',
    );
    expect(firstLine('one\ntwo')).toBe('one');
    expect(firstLine('x'.repeat(1000))).toHaveLength(300);
  });
});

it('leaves the folder of the archive to the subject, for a server passes on the reason alone', () => {
  const folder = '/home/doe-john/archive';
  for (const place of [folder, folder.slice(1)]) {
    const error = new Error(`lance error: Not found: ${place}/slices.lance/data/1.lance`);
    const { reason, subject } = fromStorageError(error, folder, 'read');
    expect([reason, subject]).toEqual(['lance error: Not found: slices.lance/data/1.lance', folder]);
  }
});
