import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorTable, fromSystemError, VoxseekError } from './errors.js';

describe('the table of errors', () => {
  it('is the one in docs/errors.md, row by row', () => {
    const documented = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => /^\| `[A-Z_0-9]+` \|/.test(line));
    const expected = Object.entries(errorTable).map(
      ([code, { exitCode, httpStatus, meaning, advice }]) =>
        `| \`${code}\` | ${exitCode} | ${httpStatus} | ${meaning} | ${advice.replaceAll('|', '\\|')} |`,
    );
    expect(documented).toEqual(expected);
  });

  it('has exit codes that a shell can tell from success and from signals, except that of Ctrl-C', () => {
    for (const [code, { exitCode, httpStatus }] of Object.entries(errorTable)) {
      expect(exitCode, code).toBeGreaterThan(0);
      if (code !== 'INTERRUPTED') expect(exitCode, code).toBeLessThan(126);
      expect(httpStatus, code).toBeGreaterThanOrEqual(200);
    }
  });
});

describe('VoxseekError', () => {
  it('reads "subject: reason. Advice", and knows exit code and HTTP status of its code', () => {
    const error = new VoxseekError('VOLUME_CORRUPT', 'the file is truncated', { subject: 'a.nii.gz' });
    expect(error.message).toBe(
      'a.nii.gz: the file is truncated. Copy or export the file again; compare its size with the original.',
    );
    expect([error.exitCode, error.httpStatus]).toEqual([65, 422]);
  });
});

describe('fromSystemError', () => {
  it.each<[string, ErrorCode]>([
    ['ENOENT', 'FILE_NOT_FOUND'],
    ['ENOTDIR', 'FILE_NOT_FOUND'],
    ['EISDIR', 'FILE_NOT_FOUND'],
    ['EACCES', 'FILE_NOT_READABLE'],
    ['ENOSPC', 'STORAGE_FULL'],
    ['EDQUOT', 'STORAGE_FULL'],
    ['EROFS', 'STORAGE_NOT_WRITABLE'],
    ['EMFILE', 'INTERNAL'],
  ])('makes %s the error %s, naming the file', (systemCode, code) => {
    const error = fromSystemError(Object.assign(new Error('x'), { code: systemCode }), 'scan.nii');
    expect([error.code, error.subject]).toEqual([code, 'scan.nii']);
  });

  it('passes on what is a VoxseekError already', () => {
    const error = new VoxseekError('USAGE', 'x');
    expect(fromSystemError(error, 'other')).toBe(error);
  });
});
