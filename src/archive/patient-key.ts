import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError, VoxseekError } from '../errors.js';
import { writeOnce } from './write-once.js';

const fileName = 'patient.key';
const keyBytes = 32;
const keyPattern = /^[0-9a-f]{64}$/i;
/** What stands in an archive whose key is kept elsewhere: only a key with this SHA-256 fits. */
const elsewherePattern = /^sha256:([0-9a-f]{64})$/;

/**
 * The secret that patients of an archive are named by, made at the first use: 32 random bytes, kept as
 * hexadecimal digits in the archive's own folder, readable by its owner alone. Of several processes that make it
 * at the same time one does, and all get the same.
 *
 * @param keyFile where the key is kept instead, so that several archives name a patient alike. The archive then
 *   remembers its SHA-256 and takes no other.
 * @throws VoxseekError USAGE (another key than that of the volumes that are there, or no key at all in the file),
 *   ARCHIVE_CORRUPT, FILE_NOT_FOUND, FILE_NOT_READABLE, STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function openPatientKey(folder: string, keyFile?: string): Promise<Buffer> {
  const key = keyFile === undefined ? randomBytes(keyBytes) : await readKeyFile(keyFile);
  const content = keyFile === undefined ? key.toString('hex') : `sha256:${fingerprint(key)}`;
  await writeOnce(folder, fileName, `${content}\n`, 0o600);
  return fittingKey(folder, key, keyFile);
}

/**
 * The key of a file, for an archive that is only read: nothing is made. Any key fits an archive whose patients were
 * never named by one.
 *
 * @throws VoxseekError as {@link openPatientKey}, but those of writing
 */
export async function readPatientKey(folder: string, keyFile: string): Promise<Buffer> {
  const key = await readKeyFile(keyFile);
  return (await heldPatientKey(folder)) === 'none' ? key : fittingKey(folder, key, keyFile);
}

/** @param key of `keyFile`, or one that was made where that is undefined. */
async function fittingKey(folder: string, key: Buffer, keyFile: string | undefined): Promise<Buffer> {
  const path = join(folder, fileName);
  const held = await readText(path);
  if (keyPattern.test(held)) {
    const own = Buffer.from(held, 'hex');
    if (keyFile === undefined || own.equals(key)) return own;
    throw new VoxseekError('USAGE', 'the patients of this archive are named by a key of its own', {
      subject: keyFile,
      advice: `Leave out --patient-key, or ingest into a new archive. To share the key: it is in ${path}.`,
    });
  }
  const expected = elsewherePattern.exec(held)?.[1];
  if (expected === undefined) {
    throw new VoxseekError('ARCHIVE_CORRUPT', 'this is no key', {
      subject: path,
      advice: 'Restore it from a backup: without it the same patient gets another name from now on.',
    });
  }
  if (keyFile !== undefined && fingerprint(key) === expected) return key;
  throw new VoxseekError('USAGE', 'the patients of this archive are named by another key', {
    subject: keyFile ?? folder,
    advice: 'Give the file that was given at the first ingest with --patient-key.',
  });
}

/**
 * The key that is in an archive already; nothing is made.
 *
 * @returns `none` where nothing was ever named by a key, `elsewhere` where the key is kept in another place or
 *   cannot be read.
 */
export async function heldPatientKey(folder: string): Promise<Buffer | 'none' | 'elsewhere'> {
  const path = join(folder, fileName);
  const held = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error.code);
  if (held === 'ENOENT') return 'none';
  const text = held?.trim() ?? '';
  return keyPattern.test(text) ? Buffer.from(text, 'hex') : 'elsewhere';
}

/**
 * A name for a patient that tells nothing without the key: the first 16 hexadecimal digits of HMAC-SHA-256 over
 * PatientID and IssuerOfPatientID (the same number from two issuers is two patients).
 */
export function patientPseudonym(key: Buffer, patientId: string, issuer = ''): string {
  return createHmac('sha256', key).update(`${patientId}\0${issuer}`).digest('hex').slice(0, 16);
}

/** @throws VoxseekError USAGE, FILE_NOT_FOUND, FILE_NOT_READABLE */
async function readKeyFile(path: string): Promise<Buffer> {
  const text = await readText(path);
  if (keyPattern.test(text)) return Buffer.from(text, 'hex');
  throw new VoxseekError('USAGE', 'the file holds no key: 64 hexadecimal digits are expected', {
    subject: path,
    advice: 'Make one with: openssl rand -hex 32 > FILE',
  });
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  return text.trim();
}

function fingerprint(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex');
}
