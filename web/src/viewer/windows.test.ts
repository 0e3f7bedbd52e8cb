import { describe, expect, it } from 'vitest';
import type { ViewedImage } from '../api/images.js';
import { nextPreset, parseWindow, resolveWindow, windowOf } from './windows.js';

const image = (modality: 'CT' | 'MR', percentiles: readonly [number, number]): ViewedImage => ({
  key: 'volume/a/1',
  path: 'volumes/a',
  title: 'a',
  modality,
  size: [1, 1, 1],
  spacing: [1, 1, 1],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  percentiles,
  sliceAxis: 2,
  hasMask: false,
  revision: null,
  detail: null,
});

describe('resolveWindow', () => {
  it('shows CT between the ends of a preset, level minus and plus half the width', () => {
    const ct = image('CT', [-1024, 1500]);
    expect(resolveWindow('lung', ct)).toEqual({ low: -600 - 750, high: -600 + 750 });
    expect(resolveWindow('brain', ct)).toEqual({ low: 40 - 40, high: 40 + 40 });
    expect(resolveWindow('auto', ct)).toEqual({ low: -1024, high: 1500 });
  });

  it('shows MR between its percentiles whatever the preset', () => {
    expect(resolveWindow('lung', image('MR', [3, 812]))).toEqual({ low: 3, high: 812 });
  });

  it('shows what was set by hand', () => {
    expect(resolveWindow('-12.5:40', image('MR', [3, 812]))).toEqual({ low: -12.5, high: 40 });
  });

  it('is never empty', () => {
    expect(resolveWindow('auto', image('MR', [7, 7]))).toEqual({ low: 7, high: 8 });
  });
});

describe('a window in an address', () => {
  it('is a preset or an interval, else none', () => {
    expect(parseWindow('bone')).toBe('bone');
    expect(parseWindow('-160:240')).toBe('-160:240');
    expect(['', 'liver!', '240:-160', '1:1', '1e3:2e3', ':'].map(parseWindow)).toEqual(Array(6).fill(null));
  });

  it('is rounded to what can be seen', () => {
    expect(windowOf({ low: -160.4, high: 239.6 })).toBe('-160:240');
    expect(windowOf({ low: 0.12345, high: 1 })).toBe('0.123:1');
  });
});

describe('nextPreset', () => {
  it('goes round', () => {
    expect(nextPreset('brain')).toBe('auto');
    expect(nextPreset('-10:10')).toBe('auto');
    expect(nextPreset('auto')).toBe('soft-tissue');
  });
});
