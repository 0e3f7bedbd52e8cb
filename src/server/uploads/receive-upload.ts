import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflateRaw } from 'node:zlib';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { VoxseekError } from '../../errors.js';
import { isVolumeFile } from '../../volume/read.js';
import { deflatedDicomStart, startsWithGzip, startsWithZip } from './file-magic.js';
import type { ReceivedFile, ReceivedFiles } from './received-files.js';
import { unzip } from './unzip.js';
import { counted, type UploadBudget, type UploadLimits } from './upload-limits.js';

/** Fields that are no files are passed over; a few of them, and small. */
const maximalFields = 16;
const maximalFieldBytes = 1024;

/**
 * Stores the files of a multipart request as they come, unpacks zip files, and makes sure that no file becomes
 * too large when it is decompressed. Which kind a file is, its first bytes say, not its name.
 *
 * @param signal of a client that may go away.
 * @throws VoxseekError UPLOAD_INVALID, UPLOAD_TOO_LARGE, STORAGE_FULL; whatever was stored stays for the caller
 *   to remove
 */
export async function receiveUpload(
  request: FastifyRequest,
  files: ReceivedFiles,
  budget: UploadBudget,
  limits: UploadLimits,
  signal: AbortSignal,
): Promise<void> {
  if (!request.isMultipart()) {
    throw new VoxseekError('UPLOAD_INVALID', 'the request is not multipart/form-data', {
      subject: 'upload',
      advice: 'Send the files as the parts of a form.',
    });
  }
  const stored = await receiveFiles(request, files, budget, limits, signal);
  for (const file of stored) {
    if (await startsWithZip(file.path)) {
      const unpacked = await unzip(file, files, budget, signal);
      await rm(file.path);
      files.forget(file);
      for (const part of unpacked) await countDecompressed(part, budget, signal);
    } else {
      await countDecompressed(file, budget, signal);
    }
  }
}

async function receiveFiles(
  request: FastifyRequest,
  files: ReceivedFiles,
  budget: UploadBudget,
  limits: UploadLimits,
  signal: AbortSignal,
): Promise<ReceivedFile[]> {
  const stored: ReceivedFile[] = [];
  const parts = request.parts({
    limits: {
      files: limits.files + 1,
      fileSize: limits.bytes + 1,
      fields: maximalFields,
      fieldSize: maximalFieldBytes,
      parts: limits.files + maximalFields + 1,
    },
  });
  // The parser would wait for ever for the end of a request that has ended before it began to listen.
  if (signal.aborted || request.raw.destroyed) {
    throw new VoxseekError('INTERRUPTED', 'the client went away', { subject: 'upload' });
  }
  // A client that sends nothing more would keep its place for ever; Node closes its connection then.
  request.raw.socket.setTimeout(limits.idleMs);
  // Between two files the parser waits for the client alone.
  const breakOff = () => request.raw.destroy();
  signal.addEventListener('abort', breakOff, { once: true });
  try {
    for await (const part of parts) {
      if (part.type !== 'file') continue;
      budget.takeFiles(1);
      stored.push(await store(part, files, budget, signal));
    }
  } catch (error) {
    throw asUploadError(error);
  } finally {
    signal.removeEventListener('abort', breakOff);
    request.raw.socket.setTimeout(0);
  }
  return stored;
}

async function store(
  part: MultipartFile,
  files: ReceivedFiles,
  budget: UploadBudget,
  signal: AbortSignal,
): Promise<ReceivedFile> {
  const file = await files.place(part.filename || 'unnamed');
  const target = createWriteStream(file.path, { flags: 'wx', mode: 0o600 });
  await pipeline(
    part.file,
    counted((bytes) => budget.takeBytes(bytes)),
    target,
    { signal },
  );
  return file;
}

/** Decompresses a file to nowhere, and counts: readers will decompress it too, and to the end. */
async function countDecompressed(
  { path }: ReceivedFile,
  budget: UploadBudget,
  signal: AbortSignal,
): Promise<void> {
  const deflatedStart = await deflatedDicomStart(path);
  if (deflatedStart === undefined && !(isVolumeFile(path) && (await startsWithGzip(path)))) return;
  const chunkSize = 1 << 18;
  try {
    await pipeline(
      createReadStream(path, { start: deflatedStart ?? 0, highWaterMark: 1 << 20 }),
      deflatedStart === undefined ? createGunzip({ chunkSize }) : createInflateRaw({ chunkSize }),
      counted((bytes) => budget.takeDecompressed(bytes)),
      new Writable({ write: (_chunk, _encoding, done) => done() }),
      { signal },
    );
  } catch (error) {
    // A damaged file is for its reader to report.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return;
    throw error;
  }
}

/** The errors of the multipart parser, which have codes of their own or none. */
function asUploadError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof VoxseekError || 'syscall' in error) return error;
  const isLimit = 'statusCode' in error && error.statusCode === 413;
  return new VoxseekError(
    isLimit ? 'UPLOAD_TOO_LARGE' : 'UPLOAD_INVALID',
    isLimit ? 'has too many parts' : `the form is broken or incomplete: ${error.message}`,
    { subject: 'upload', cause: error },
  );
}
