import { createHash } from 'node:crypto';
import type { ImageSource } from '../image-source.js';
import { inParallel } from './in-parallel.js';
import type { DicomInstance } from './instance.js';
import { readStack, type StackVolume } from './read-stack.js';
import type { DicomStack, IrregularGeometry } from './stack.js';

/** A stack of DICOM instances as the image of a volume. */
export interface StackSource extends ImageSource {
  readonly stack: DicomStack;
  /** @throws VoxseekError what {@link readStack} throws */
  read(): Promise<StackVolume>;
}

/** Instances hashed at once; each is wholly in memory. */
const concurrency = 4;

/**
 * @param location absolute path of the folder of the instances, or the URL of their series.
 * @param irregular what becomes of gaps and tilt when it is read.
 */
export function stackSource(stack: DicomStack, location: string, irregular: IrregularGeometry): StackSource {
  return { stack, location, hash: () => hashStack(stack), read: () => readStack(stack, irregular) };
}

/**
 * SHA-256 over the SHA-256 of the instances in the order of the stack, with the frames that belong to it where
 * an instance has several. Names and places of the files do not count.
 */
async function hashStack({ frames }: DicomStack): Promise<string> {
  const instances = [...new Set(frames.map(({ instance }) => instance))];
  const digests = new Map<DicomInstance, string>();
  await inParallel(instances, concurrency, async (instance) => {
    digests.set(
      instance,
      createHash('sha256')
        .update(await instance.bytes.read())
        .digest('hex'),
    );
  });
  const hash = createHash('sha256');
  for (const { instance, index } of frames) {
    hash.update(
      instance.frames.length === 1 ? `${digests.get(instance)}\n` : `${digests.get(instance)} ${index}\n`,
    );
  }
  return hash.digest('hex');
}
