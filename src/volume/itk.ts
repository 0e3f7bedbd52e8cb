import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { VoxseekError } from '../errors.js';
import { spacingOf } from './geometry.js';
import { to32Bit } from './to-32-bit.js';
import type { Affine, Volume, VoxelArray } from './volume.js';

/** What itk-wasm's image has and crosses the border of a worker. */
interface ItkImage {
  readonly imageType: { readonly dimension: number; readonly components: number };
  readonly size: readonly number[];
  readonly spacing: readonly number[];
  readonly origin: readonly number[];
  /** Row-major [dimension, dimension]; column j is the direction of axis j in LPS. */
  readonly direction: Float64Array;
  readonly data: VoxelArray | BigInt64Array | BigUint64Array;
}

interface WorkerFailure {
  /** The message of the error; empty where ITK threw a number. */
  readonly failure: string | undefined;
  readonly printed: readonly string[];
}
type WorkerMessage = { readonly image: ItkImage } | WorkerFailure;

// The reader blocks its thread, prints to stdout on a broken file, and keeps its memory: a worker of its own
// for each file solves all three. As source text, because a worker file would need a path that holds both in
// the built package and where the TypeScript sources are run.
const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const printed = [];
console.log = console.warn = console.error = (...words) => printed.push(words.join(' '));
import(workerData.module)
  .then(({ readImageNode }) => readImageNode(workerData.path))
  .then(
    ({ imageType, size, spacing, origin, direction, data }) =>
      parentPort.postMessage({ image: { imageType, size, spacing, origin, direction, data } }, [data.buffer]),
    (error) => parentPort.postMessage({ failure: typeof error === 'object' ? error?.message : '', printed }),
  );
`;

/**
 * Reads NRRD (.nrrd, .nhdr) and MetaImage (.mha, .mhd) with ITK.
 *
 * @throws VoxseekError VOLUME_CORRUPT, VOLUME_NOT_3D, VOLUME_EMPTY, VOLUME_FORMAT_UNKNOWN
 */
export async function readWithItk(path: string): Promise<Volume> {
  const image = await readInWorker(path);
  const { dimension, components } = image.imageType;
  const shape = image.size.join(' x ');
  if (image.size.some((n) => n === 0)) {
    throw new VoxseekError('VOLUME_EMPTY', `the size is ${shape}: there is no slice`, { subject: path });
  }
  if (dimension < 3 || image.size.slice(3).some((n) => n > 1) || components !== 1) {
    const channels = components === 1 ? '' : ` with ${components} components a voxel`;
    throw new VoxseekError('VOLUME_NOT_3D', `the size is ${shape}${channels}, not one volume`, {
      subject: path,
    });
  }
  const data =
    image.data instanceof BigInt64Array || image.data instanceof BigUint64Array
      ? to32Bit(image.data, path)
      : image.data;
  const affine = affineOf(image, dimension);
  return { data, size: [image.size[0]!, image.size[1]!, image.size[2]!], affine, spacing: spacingOf(affine) };
}

/** ITK's origin, spacing and direction are LPS; the first two rows change sign for RAS+. */
function affineOf({ origin, spacing, direction }: ItkImage, dimension: number): Affine {
  const rows = [-1, -1, 1].flatMap((sign, row) => [
    ...[0, 1, 2].map((column) => sign * direction[row * dimension + column]! * spacing[column]!),
    sign * origin[row]!,
  ]);
  return [...rows, 0, 0, 0, 1].map((value) => value + 0);
}

async function readInWorker(path: string): Promise<ItkImage> {
  const module = createRequire(import.meta.url).resolve('@itk-wasm/image-io');
  const worker = new Worker(workerSource, {
    eval: true,
    stdout: true,
    stderr: true,
    workerData: { module: pathToFileURL(module).href, path: resolve(path) },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  try {
    return await new Promise((accept, reject) => {
      const refuse = (reason: string) =>
        reject(new VoxseekError('VOLUME_CORRUPT', reason, { subject: path }));
      worker.once('message', (message: WorkerMessage) => {
        if ('image' in message) accept(message.image);
        else refuse(`ITK cannot read it: ${describeFailure(message)}`);
      });
      worker.once('error', (error) => refuse(`ITK stopped: ${error.message}`));
      worker.once('exit', () => refuse('ITK stopped without an answer'));
    });
  } finally {
    await worker.terminate();
  }
}

/**
 * ITK throws numbers (addresses of C++ exceptions) and prints what it has to say, if anything, before the line
 * that announces the exception.
 */
function describeFailure({ failure, printed }: WorkerFailure): string {
  const end = printed.findIndex((line) => line.startsWith('Exception while running'));
  const said = printed.slice(0, end < 0 ? printed.length : end).map((line) => line.trim());
  if (said.length > 0) return said.join(' ');
  if (failure?.startsWith('Could not read')) return 'it does not begin as a file of this format does';
  return failure || 'its header or its voxels are broken or incomplete';
}
