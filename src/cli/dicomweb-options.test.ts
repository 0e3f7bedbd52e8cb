import { describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/error-of.js';
import { createProgram } from './program.js';

/** What the command would end with, before it has done anything. */
const errorOfCommand = (...args: readonly string[]) =>
  errorOf(createProgram().parseAsync(args, { from: 'user' }));

const server = ['--dicomweb', 'http://host.invalid/dicom-web'];

describe('options for a server', () => {
  it.each([
    [['--dicomweb', 'http://me:secret@host.invalid/'], /user or password in it/],
    [['--dicomweb', 'host.invalid'], /no address/],
    [[...server, 'scans'], /cannot be combined/],
    [['--query', 'StudyDate=2024', 'scans'], /--query: this is for a DICOMweb server/],
    [['--watch', '5', 'scans'], /--watch: this is for a DICOMweb server/],
    [['--dicomweb-password-file', 'secret', 'scans'], /--dicomweb-password-file: this is for/],
    [[...server, '--dicomweb-user', 'me'], /no password/],
    [[], /nothing to ingest is named/],
  ])('that do not fit together are refused: ingest %j', async (options, reason) => {
    const error = await errorOfCommand('ingest', 'archive', ...options);
    expect(error.code).toBe('USAGE');
    expect(error.message).toMatch(reason);
    expect(error.message).not.toContain('secret');
  });

  it.each([
    [[], /nothing to search with/],
    [server, /nothing to search with/],
    [['scan.nii', '--store-sr'], /no report, or no server/],
    [['scan.nii', '--store-sr', ...server], /no report, or no server/],
    [['scan.nii', '--dicomweb-timeout', '5'], /--dicomweb-timeout: this is for a DICOMweb server/],
  ])('that do not fit together are refused: search %j', async (options, reason) => {
    const error = await errorOfCommand('search', 'archive', ...options);
    expect(error.code).toBe('USAGE');
    expect(error.message).toMatch(reason);
  });
});
