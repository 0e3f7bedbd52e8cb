import { describe, expect, it } from 'vitest';
import { guessModality, intensityContext, isAir } from './intensity.js';
import type { SliceImage, VoxelArray } from './volume.js';

function volumeOf(data: VoxelArray) {
  const size = [data.length, 1, 1] as const;
  return {
    data,
    size,
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    spacing: [1, 1, 1] as const,
  };
}

describe('intensityContext', () => {
  it('is not blurred by one voxel far beyond all others', () => {
    const data = Float32Array.from({ length: 10_000 }, (_, i) => i % 1000);
    data[17] = 1e30;
    const [low, high] = intensityContext(volumeOf(data), 'MR', 'scan').percentiles;
    expect(Math.abs(low - 5)).toBeLessThan(1.1);
    expect(Math.abs(high - 995)).toBeLessThan(1.1);
  });

  it('gives the 0.5th and 99.5th percentile', () => {
    // Each of 0..9999 once: 50 voxels are <= 49, 9950 are <= 9949. Shuffled by a step that 10000 does not share.
    const shuffled = Int16Array.from({ length: 10000 }, (_, index) => (index * 7919) % 10000);
    const { percentiles, modality } = intensityContext(volumeOf(shuffled), 'CT', 'scan');
    expect(modality).toBe('CT');
    expect(Math.abs(percentiles[0] - 49)).toBeLessThan(10000 / 65536);
    expect(Math.abs(percentiles[1] - 9949)).toBeLessThan(10000 / 65536);
  });

  it('takes fractions and negative numbers', () => {
    const data = Float32Array.from({ length: 1000 }, (_, index) => -1 + index / 1000);
    const [low, high] = intensityContext(volumeOf(data), 'MR', 'scan').percentiles;
    // The 5th and the 995th smallest.
    expect(low).toBeCloseTo(-0.996, 4);
    expect(high).toBeCloseTo(-0.006, 4);
  });

  it('gives one number twice for a volume of one value', () => {
    expect(intensityContext(volumeOf(new Int16Array(50).fill(-1000)), 'CT', 'scan').percentiles).toEqual([
      -1000, -1000,
    ]);
  });

  it.each([
    ['NaN', [Number.NaN], '1 of 100 voxels are NaN or infinite'],
    [
      'infinities',
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      '2 of 100 voxels are NaN or infinite',
    ],
    ['nothing but NaN', new Array<number>(100).fill(Number.NaN), '100 of 100 voxels are NaN or infinite'],
  ])('refuses %s', (_, strange, reason) => {
    const data = new Float32Array(100);
    data.set(strange, 0);
    expect(() => intensityContext(volumeOf(data), 'MR', 'a/scan.nii')).toThrow(
      expect.objectContaining({ code: 'VOLUME_NOT_FINITE', subject: 'a/scan.nii', reason }),
    );
  });
});

describe('guessModality', () => {
  it.each([
    ['CT with air around the body', -1000, 1200, 'CT'],
    ['CT with padding', -3024, 900, 'CT'],
    ['CT of the inside of a body', -120, 400, 'CT'],
    ['MR', 0, 1500, 'MR'],
    ['MR with z-scores', -2.1, 3.5, 'MR'],
    ['CT that was shifted to begin at 0', 0, 3000, 'MR'],
  ] as const)('%s (%d to %d)', (_, low, high, modality) => {
    expect(guessModality({ percentiles: [low, high] })).toBe(modality);
  });
});

describe('isAir', () => {
  function sliceWith(background: number, bright: number, count: number): SliceImage {
    const pixels = new Float32Array(10000).fill(background);
    for (let i = 0; i < count; i++) pixels[i * 37] = bright;
    return { pixels, width: 100, height: 100, pixelSpacing: [1, 1] };
  }
  const ct = { modality: 'CT', percentiles: [-1000, 500] } as const;
  const mr = { modality: 'MR', percentiles: [100, 1100] } as const;

  it.each([
    ['CT, nothing but air', sliceWith(-1000, 0, 0), ct, true],
    ['CT, 9 pixels of 10000 of water', sliceWith(-1000, 0, 9), ct, true],
    ['CT, 10 pixels of 10000 of water', sliceWith(-1000, 0, 10), ct, false],
    ['CT, lung alone', sliceWith(-1000, -600, 5000), ct, true],
    ['CT, fat', sliceWith(-1000, -100, 5000), ct, false],
    // 8 % of the way from 100 to 1100 is 180.
    ['MR, noise', sliceWith(0, 180, 5000), mr, true],
    ['MR, dim tissue', sliceWith(0, 181, 5000), mr, false],
    ['MR, a volume of one value', sliceWith(7, 7, 0), { modality: 'MR', percentiles: [7, 7] } as const, true],
  ])('%s', (_, slice, context, expected) => {
    expect(isAir(slice, context)).toBe(expected);
  });

  it('keeps a tiny slice with one pixel of tissue', () => {
    const slice = {
      pixels: Float32Array.from([-1000, 40]),
      width: 2,
      height: 1,
      pixelSpacing: [1, 1] as const,
    };
    expect(isAir(slice, ct)).toBe(false);
  });
});
