import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Voxels of the CT that benchmarks read: 0.8 x 0.8 x 1 mm, int16. */
export const size = [512, 512, 300] as const;

/** A body of soft tissue with a spine and two lungs, all with noise: it compresses about as a real CT does. */
function sliceOf(k: number, seed: number): Int16Array {
  const [ni, nj] = size;
  const slice = new Int16Array(ni * nj);
  let random = k + 1 + 1000003 * seed;
  for (let j = 0; j < nj; j++) {
    for (let i = 0; i < ni; i++) {
      const x = (i - ni / 2) / 200;
      const y = (j - nj / 2) / 140;
      let value = -1000;
      if (x * x + y * y < 1) {
        value = 40;
        if (((Math.abs(x) - 0.45) / 0.35) ** 2 + ((y + 0.1) / 0.6) ** 2 < 1) value = -850;
        else if ((x / 0.15) ** 2 + ((y - 0.7) / 0.2) ** 2 < 1) value = 400;
      }
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      slice[i + ni * j] = value + ((random >>> 24) % 32) - 16;
    }
  }
  return slice;
}

/**
 * Writes the CT as .nii.gz and returns the sum of its voxels.
 *
 * @param slices how many; default those of {@link size}.
 * @param seed of the noise: another one gives another scan.
 */
export async function writeCt(path: string, slices: number = size[2], seed = 0): Promise<number> {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [3, size[0], size[1], slices, 1, 1, 1, 1].forEach((n, index) => {
    header.writeInt16LE(n, 40 + 2 * index);
  });
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  [1, 0.8, 0.8, 1].forEach((value, index) => {
    header.writeFloatLE(value, 76 + 4 * index);
  });
  header.writeFloatLE(352, 108);
  header.writeFloatLE(1, 112);
  header.writeInt16LE(1, 254);
  [-0.8, 0, 0, 200, 0, -0.8, 0, 200, 0, 0, 1, 0].forEach((value, index) => {
    header.writeFloatLE(value, 280 + 4 * index);
  });
  header.write('n+1\0', 344, 'latin1');

  const gzip = createGzip();
  const file = gzip.pipe(createWriteStream(path));
  gzip.write(header);
  let sum = 0;
  for (let k = 0; k < slices; k++) {
    const slice = sliceOf(k, seed);
    for (const value of slice) sum += value;
    if (!gzip.write(Buffer.from(slice.buffer))) await once(gzip, 'drain');
  }
  gzip.end();
  await finished(file);
  return sum;
}
