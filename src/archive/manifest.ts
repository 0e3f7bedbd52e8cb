import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { EncoderIdentity } from '../encoder/encoder.js';
import { dtypes } from '../encoder/transformers-folder.js';
import { fromSystemError, fromWriteError, VoxseekError } from '../errors.js';
import { version } from '../version.js';
import type { Plane } from '../volume/volume.js';
import { writeWhole } from '../write-whole.js';
import { isDraftOf, writeOnce } from './write-once.js';

const fileName = 'voxseek.json';
const formatName = 'voxseek-archive';
const formatVersion = 2;
/** Format 1 lacks the columns for DICOM; it is searched as it is, and brought to format 2 by the first write. */
const knownVersions: ReadonlySet<unknown> = new Set([1, formatVersion]);

/** How volumes are cut into slices; the same for every volume of an archive, and for its queries. */
export interface Slicing {
  readonly plane: Plane;
  /** One slice for about every so many millimetres; null: every slice. */
  readonly everyMm: number | null;
}

/** What holds for a whole archive; written once, when it is made. */
export interface ArchiveManifest {
  readonly encoder: EncoderIdentity;
  /** How to open the encoder again: its name, or path and options. Not part of its identity. */
  readonly encoderSource: EncoderSource;
  readonly slicing: Slicing;
  readonly createdWith: string;
}

const windowSchema = z.object({ low: z.number(), high: z.number() });
const encoderSourceSchema = z.object({
  /** Name of a built-in encoder, or absolute path of a model. */
  name: z.string(),
  options: z.object({
    configFile: z.string().exactOptional(),
    windows: z.array(windowSchema).exactOptional(),
    dtype: z.enum(dtypes).exactOptional(),
  }),
  /** On what its network ran when the archive was made; for the record. */
  device: z.string().exactOptional(),
});
export type EncoderSource = Readonly<z.infer<typeof encoderSourceSchema>>;

const fileSchema = z.object({
  format: z.literal(formatName),
  formatVersion: z.number(),
  encoder: z.object({
    name: z.string(),
    weightsHash: z.string(),
    dimension: z.number().int().positive(),
    preprocessing: z.record(z.string(), z.unknown()),
  }),
  encoderSource: encoderSourceSchema,
  slicing: z.object({
    plane: z.enum(['axial', 'coronal', 'sagittal']),
    everyMm: z.number().positive().nullable(),
  }),
  createdWith: z.string(),
});

/**
 * @throws VoxseekError ARCHIVE_NOT_FOUND (no folder, or an empty one), ARCHIVE_FOREIGN, ARCHIVE_VERSION,
 *   ARCHIVE_CORRUPT, FILE_NOT_READABLE
 */
export async function readManifest(folder: string): Promise<ArchiveManifest> {
  const status = await stat(folder).catch(() => undefined);
  if (status === undefined) {
    throw new VoxseekError('ARCHIVE_NOT_FOUND', 'there is no such folder', { subject: folder });
  }
  if (!status.isDirectory()) {
    throw new VoxseekError('ARCHIVE_FOREIGN', 'this is a file; an archive is a folder', { subject: folder });
  }
  const listing = await readdir(folder).catch((error: unknown) => {
    throw fromSystemError(error, folder);
  });
  const names = listing.filter((name) => !isDraftOf(name, fileName));
  if (!names.includes(fileName)) {
    if (names.length === 0) {
      throw new VoxseekError('ARCHIVE_NOT_FOUND', 'the folder is empty', { subject: folder });
    }
    const some = names.sort().slice(0, 3).join(', ');
    throw new VoxseekError('ARCHIVE_FOREIGN', `the folder holds no ${fileName}, but ${some}`, {
      subject: folder,
    });
  }
  const text = await readFile(join(folder, fileName), 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, join(folder, fileName));
  });
  return parseManifest(text, join(folder, fileName));
}

function parseManifest(text: string, subject: string): ArchiveManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new VoxseekError('ARCHIVE_CORRUPT', 'not JSON', { subject });
  }
  const { data, error } = fileSchema.safeParse(json);
  const found = (json as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof found === 'number' && !knownVersions.has(found)) {
    throw new VoxseekError(
      'ARCHIVE_VERSION',
      `the archive has format ${found}, but voxseek ${version} knows formats 1 to ${formatVersion}`,
      { subject },
    );
  }
  if (error) {
    throw new VoxseekError('ARCHIVE_CORRUPT', z.prettifyError(error).replaceAll('\n', ' '), { subject });
  }
  const { encoder, encoderSource, slicing, createdWith } = data;
  return { encoder, encoderSource, slicing, createdWith };
}

/**
 * Makes the manifest of a new archive; where another process was faster, its manifest holds.
 *
 * @returns the manifest that is in the folder now.
 * @throws VoxseekError ARCHIVE_FOREIGN, STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function createManifest(folder: string, manifest: ArchiveManifest): Promise<ArchiveManifest> {
  const content = { format: formatName, formatVersion, ...manifest };
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fromWriteError(error, folder);
  });
  await writeOnce(folder, fileName, inJson(content));
  return readManifest(folder);
}

/**
 * Lets the manifest of an archive say that it has the current format, once all of it has.
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function raiseFormat(folder: string): Promise<void> {
  const path = join(folder, fileName);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const content = JSON.parse(text) as { formatVersion: number };
  if (content.formatVersion === formatVersion) return;
  await writeWhole(path, (temporary) =>
    writeFile(temporary, inJson({ ...content, formatVersion }), { flush: true }),
  );
}

function inJson(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Refuses an encoder or a slicing that would put vectors into the archive which cannot be compared with those
 * that are there.
 *
 * @throws VoxseekError ENCODER_MISMATCH, naming both
 */
export function assertSameEncoding(
  folder: string,
  archive: Pick<ArchiveManifest, 'encoder' | 'slicing'>,
  given: Pick<ArchiveManifest, 'encoder' | 'slicing'>,
): void {
  const differs = (what: string, there: unknown, here: unknown) =>
    new VoxseekError(
      'ENCODER_MISMATCH',
      `the archive was made with ${what} ${describe(there)}, but ${describe(here)} was given`,
      { subject: folder },
    );
  const [a, b] = [archive.encoder, given.encoder];
  if (a.name !== b.name || a.weightsHash !== b.weightsHash || a.dimension !== b.dimension) {
    const identity = (e: EncoderIdentity) =>
      `${e.name} (weights ${e.weightsHash.slice(0, 12)}, ${e.dimension}-d)`;
    throw differs('the encoder', identity(a), identity(b));
  }
  // JSON forgets what undefined and -0 were; compare what would be stored.
  const stored = JSON.parse(JSON.stringify(b.preprocessing)) as unknown;
  if (!isDeepStrictEqual(a.preprocessing, stored))
    throw differs('the preprocessing', a.preprocessing, stored);
  if (!isDeepStrictEqual(archive.slicing, given.slicing)) {
    throw differs('the slicing', archive.slicing, given.slicing);
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
