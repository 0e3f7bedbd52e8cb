import { describe, expect, it } from 'vitest';
import { likelyPooling, type Pooling, pooledDimension, poolSample } from './pooling.js';

const counting = (length: number) => Float32Array.from({ length }, (_, index) => index);

describe('pooledDimension', () => {
  it.each<[number[], Pooling, number | undefined]>([
    [[2, 384], 'none', 384],
    [[2, 384, 1, 1], 'none', 384],
    [[2, 1, 384], 'none', 384],
    [[2, 1], 'none', 1],
    [[2], 'none', undefined],
    [[2, 5, 384], 'none', undefined],
    [[2, 5, 384], 'cls', 384],
    [[2, 5, 384], 'mean', 384],
    [[2, 5, 384], 'patch-mean', 384],
    [[2, 1, 384], 'patch-mean', undefined],
    [[2, 384], 'mean', undefined],
    [[2, 384], 'cls', undefined],
    [[2, 512, 7, 7], 'mean', 512],
    [[2, 512, 7, 7], 'cls', undefined],
    [[2, 512, 7, 7], 'none', undefined],
  ])('%j with %s gives %s', (shape, pooling, dimension) => {
    expect(pooledDimension(shape, pooling)).toBe(dimension);
  });
});

describe('likelyPooling', () => {
  it.each<[number[], Pooling | undefined]>([
    [[2, 384], 'none'],
    [[2, 384, 1, 1], 'none'],
    [[2, 197, 384], 'cls'],
    [[2, 512, 7, 7], 'mean'],
    [[2, 3, 4, 5, 6], undefined],
  ])('%j: %s', (shape, pooling) => {
    expect(likelyPooling(shape)).toBe(pooling);
  });
});

describe('poolSample', () => {
  it('takes the row of the sample', () => {
    expect([...poolSample(counting(6), [2, 3], 'none', 1)]).toEqual([3, 4, 5]);
  });

  it('takes the first token', () => {
    // Sample 1 of [2, 3 tokens, 2] starts at 6.
    expect([...poolSample(counting(12), [2, 3, 2], 'cls', 1)]).toEqual([6, 7]);
  });

  it('takes the mean over tokens, with and without the first', () => {
    expect([...poolSample(counting(12), [2, 3, 2], 'mean', 1)]).toEqual([8, 9]);
    expect([...poolSample(counting(12), [2, 3, 2], 'patch-mean', 1)]).toEqual([9, 10]);
  });

  it('takes the mean over the places of a feature map', () => {
    // Sample 1 of [2, 2 channels, 2, 2]: channels 8..11 and 12..15.
    expect([...poolSample(counting(16), [2, 2, 2, 2], 'mean', 1)]).toEqual([9.5, 13.5]);
  });
});
