import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/error-of.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { heldPatientKey, openPatientKey, patientPseudonym } from './patient-key.js';

const folder = temporaryFolder();
let folders = 0;

function emptyFolder(): string {
  const path = join(folder, `archive-${folders++}`);
  mkdirSync(path);
  return path;
}

function keyFile(content: string): string {
  const path = join(folder, `key-${folders++}`);
  writeFileSync(path, content);
  return path;
}

describe('the key of an archive', () => {
  it('is made once, for its owner alone, and is another one in every archive', async () => {
    const archive = emptyFolder();
    const key = await openPatientKey(archive);
    expect(key).toHaveLength(32);
    expect(await openPatientKey(archive)).toEqual(key);
    expect(await heldPatientKey(archive)).toEqual(key);
    expect(statSync(join(archive, 'patient.key')).mode & 0o777).toBe(0o600);
    expect(await openPatientKey(emptyFolder())).not.toEqual(key);
  });

  it('is one where many make it at the same time, and leaves no unfinished file', async () => {
    const archive = emptyFolder();
    const keys = await Promise.all(Array.from({ length: 20 }, () => openPatientKey(archive)));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(readdirSync(archive)).toEqual(['patient.key']);
  });

  it('that is damaged is an error, not made anew', async () => {
    const archive = emptyFolder();
    writeFileSync(join(archive, 'patient.key'), 'abc');
    const error = await errorOf(openPatientKey(archive));
    expect(error).toMatchObject({ code: 'ARCHIVE_CORRUPT', subject: join(archive, 'patient.key') });
    expect(readFileSync(join(archive, 'patient.key'), 'utf8')).toBe('abc');
    expect(await heldPatientKey(archive)).toBe('elsewhere');
  });

  it('is not made by looking for it', async () => {
    const archive = emptyFolder();
    expect(await heldPatientKey(archive)).toBe('none');
    expect(readdirSync(archive)).toEqual([]);
  });
});

describe('a key that archives share', () => {
  const shared = keyFile(`${'0f'.repeat(32)}\n`);

  it('is not kept in the archive', async () => {
    const archive = emptyFolder();
    expect(await openPatientKey(archive, shared)).toEqual(Buffer.alloc(32, 0x0f));
    expect(readFileSync(join(archive, 'patient.key'), 'utf8')).not.toContain('0f0f0f');
    expect(await openPatientKey(archive, shared)).toEqual(Buffer.alloc(32, 0x0f));
    expect(await heldPatientKey(archive)).toBe('elsewhere');
  });

  it('has to be given every time, and no other', async () => {
    const archive = emptyFolder();
    await openPatientKey(archive, shared);
    expect(await errorOf(openPatientKey(archive))).toMatchObject({ code: 'USAGE', subject: archive });
    const other = keyFile('1e'.repeat(32));
    expect(await errorOf(openPatientKey(archive, other))).toMatchObject({ code: 'USAGE', subject: other });
  });

  it('does not take the place of the key that an archive has made', async () => {
    const archive = emptyFolder();
    const key = await openPatientKey(archive);
    const error = await errorOf(openPatientKey(archive, shared));
    expect(error).toMatchObject({ code: 'USAGE', subject: shared });
    expect(error.message).not.toContain(key.toString('hex'));
    expect(await openPatientKey(archive)).toEqual(key);
    // The archive's own key may be given as a file: it is the same.
    expect(await openPatientKey(archive, join(archive, 'patient.key'))).toEqual(key);
  });

  it.each([
    ['empty', ''],
    ['too short', 'ab'.repeat(31)],
    ['no hexadecimal digits', 'xy'.repeat(32)],
  ])('whose file is %s is refused', async (_, content) => {
    const archive = emptyFolder();
    const path = keyFile(content);
    expect(await errorOf(openPatientKey(archive, path))).toMatchObject({ code: 'USAGE', subject: path });
    expect(readdirSync(archive)).toEqual([]);
  });

  it('whose file is missing is refused', async () => {
    const path = join(folder, 'nowhere');
    expect(await errorOf(openPatientKey(emptyFolder(), path))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      subject: path,
    });
  });
});

describe('the name of a patient', () => {
  const key = Buffer.alloc(32, 7);

  it('is HMAC-SHA-256, shortened, as OpenSSL has it', () => {
    // printf 'PAT-1\0' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07 (32 bytes)
    const expected = 'c342a69d527badcea5c95fb64763ced30636ae95b1b596168292d80b46da6c95';
    expect(patientPseudonym(key, 'PAT-1')).toBe(expected.slice(0, 16));
  });

  it('differs by key, patient and issuer', () => {
    const names = [
      patientPseudonym(key, '12'),
      patientPseudonym(key, '1', '2'),
      patientPseudonym(key, '12', '3'),
      patientPseudonym(key, '123'),
      patientPseudonym(Buffer.alloc(32, 8), '12'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
