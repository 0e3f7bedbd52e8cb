import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import type { Encoder } from '../../encoder/encoder.js';
import { VoxseekError } from '../../errors.js';
import type { Volume } from '../../volume/volume.js';
import { compareEncoders } from './compare-encoders.js';
import { compareRetrieval } from './compare-retrieval.js';
import type { VolumeToCompare } from './sample-slices.js';

/** Vectors of length 1 in the plane, by their angles in degrees. */
const directions = (...degrees: number[]) =>
  Float32Array.from(
    degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
  );

describe('compareRetrieval', () => {
  it('finds nothing changed where all vectors are turned together', async () => {
    const change = await compareRetrieval(
      directions(0, 10, 22, 40, 75, 130),
      directions(5, 15, 27, 45, 80, 135),
      [2, 2, 1, 1],
      2,
    );
    expect(change).toEqual({
      sliceQueries: 6,
      sameNearestSlice: 1,
      sameNearestVolume: 1,
      volumeQueries: 4,
      sameTop1: 1,
      sameTop10: 1,
    });
  });

  it('counts the slices and volumes that get another answer', async () => {
    // Volumes A (0, 10), B (24, 40), C (90). Nearest in other volumes: 0 and 10 -> 24; 24 -> 10; 40 -> 10; 90 -> 40.
    const before = directions(0, 10, 24, 40, 90);
    // 40 becomes 60: now 60 -> 90, the others as before.
    const after = directions(0, 10, 24, 60, 90);
    const change = await compareRetrieval(before, after, [2, 2, 1], 2);
    expect(change.sameNearestSlice).toBeCloseTo(4 / 5, 12);
    expect(change.sameNearestVolume).toBeCloseTo(4 / 5, 12);
    // Best other volumes: of A is B; of C is B. Of B before: A (cos 14 + cos 30 = 1.84; C: cos 66 + cos 50 = 1.05);
    // after: A (cos 14 + cos 50 = 1.61; C: cos 66 + cos 30 = 1.27).
    expect(change.sameTop1).toBe(1);
    expect(change.sameTop10).toBe(1);
  });

  it('sees another best volume', async () => {
    // Single slices: 0 is nearest to 30 before (60 after it moved), 100 to 30, and so on.
    const change = await compareRetrieval(directions(0, 30, 100), directions(0, 80, 100), [1, 1, 1], 2);
    // 0 -> 30 and 0 -> 80: the same slice. 30 -> 0, but 80 -> 100. 100 -> 30 and 100 -> 80: the same.
    expect(change.sameNearestSlice).toBeCloseTo(2 / 3, 12);
    expect(change.sameTop1).toBeCloseTo(2 / 3, 12);
  });
});

/** A volume of 2 x 2 x 8 voxels, each slice of one value. */
function volumeOf(id: string, value: number): VolumeToCompare {
  const data = Int16Array.from({ length: 32 }, (_, i) => value + 10 * Math.floor(i / 4));
  const volume: Volume = {
    data,
    size: [2, 2, 8],
    spacing: [1, 1, 1],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  };
  return { id, modality: 'CT', read: async () => volume };
}

/** Angle: a tenth of the value of a slice, and something more. */
function angleEncoder(more: number, seen: number[] = []): Encoder {
  return {
    identity: { name: 'angle', weightsHash: '', dimension: 2, preprocessing: {} },
    embed: async (slices) => {
      seen.push(slices.length);
      return directions(...slices.map(({ pixels }) => pixels[0]! / 10 + more));
    },
    close: async () => {},
  };
}

const volumes = [volumeOf('a', 0), volumeOf('b', 200), volumeOf('c', 500)];

describe('compareEncoders', () => {
  it('gives the cosine of the two, and that of different volumes', async () => {
    const comparison = await compareEncoders(angleEncoder(0), angleEncoder(2), volumes, {
      plane: 'axial',
      slices: 24,
    });
    expect(comparison).toMatchObject({ volumes: 3, slices: 24 });
    const cosine = Math.cos((2 * Math.PI) / 180);
    expect(comparison.cosine.mean).toBeCloseTo(cosine, 6);
    expect(comparison.cosine.worst).toBeCloseTo(cosine, 6);
    // All pairs of different volumes, one by one.
    const angles = [0, 20, 50].map((first) =>
      Array.from({ length: 8 }, (_, k) => ((first + k) * Math.PI) / 180),
    );
    const pairs = angles.flatMap((a, i) =>
      angles.flatMap((b, j) => (i === j ? [] : a.flatMap((x) => b.map((y) => Math.cos(x - y))))),
    );
    expect(comparison.cosineBetweenVolumes).toBeCloseTo(
      pairs.reduce((sum, c) => sum + c, 0) / pairs.length,
      6,
    );
    expect(comparison.retrieval).toMatchObject({ sliceQueries: 24, sameNearestSlice: 1, sameTop1: 1 });
  });

  it('takes about as many slices as asked for, from all volumes', async () => {
    const seen: number[] = [];
    const { slices } = await compareEncoders(angleEncoder(0, seen), angleEncoder(0), volumes, {
      plane: 'axial',
      slices: 6,
    });
    expect(slices).toBe(6);
    // The first volume twice: the first run is not measured.
    expect(seen).toEqual([3, 3, 3]);
  });

  it('leaves out volumes that cannot be read, and says so', async () => {
    const broken: VolumeToCompare = {
      id: 'broken',
      modality: undefined,
      read: async () => {
        throw new VoxseekError('VOLUME_CORRUPT', 'it ends too early', { subject: 'broken.nii' });
      },
    };
    const said: string[] = [];
    const options = {
      plane: 'axial',
      slices: 40,
      onWarning: (message: string) => said.push(message),
    } as const;
    const comparison = await compareEncoders(angleEncoder(0), angleEncoder(0), [broken, ...volumes], options);
    expect(comparison.volumes).toBe(3);
    expect(said).toEqual([expect.stringContaining('broken is left out')]);
    expect((await errorOf(compareEncoders(angleEncoder(0), angleEncoder(0), [broken], options))).code).toBe(
      'INPUT_EMPTY',
    );
  });

  it('stops when it is told to', async () => {
    const work = compareEncoders(angleEncoder(0), angleEncoder(0), volumes, {
      plane: 'axial',
      slices: 8,
      signal: AbortSignal.abort(),
    });
    expect((await errorOf(work)).code).toBe('INTERRUPTED');
  });
});
