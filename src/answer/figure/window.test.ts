import { describe, expect, it } from 'vitest';
import { describeWithData, sharedData } from '../../../tests/shared.js';
import { readVolume } from '../../volume/read.js';
import { extractSlice } from '../../volume/slice.js';
import type { SliceImage } from '../../volume/volume.js';
import { ctWindow, lungShare, mrWindow } from './window.js';

function slice(size: number, mm: number, hu: (x: number, y: number) => number): SliceImage {
  const pixels = Float32Array.from({ length: size * size }, (_, i) => hu(i % size, Math.floor(i / size)));
  return { pixels, width: size, height: size, pixelSpacing: [mm, mm] };
}

const air = -1000;
const tissue = 40;
const lungTissue = -800;
/** A body of 60 x 60 pixels at 20..79, with two lungs of the given half height. */
const chest = (halfHeight: number) =>
  slice(100, 4, (x, y) => {
    if (x < 20 || x >= 80 || y < 20 || y >= 80) return air;
    const isLung = Math.abs(y - 50) < halfHeight && ((x >= 25 && x < 45) || (x >= 55 && x < 75));
    return isLung ? lungTissue : tissue;
  });

describe('lungShare', () => {
  it('counts the inside of lungs and the tissue', () => {
    // Two lungs of 20 x 39 pixels, 18 x 37 of them inside at 4 mm a pixel; 60 x 60 less the lungs is tissue.
    const inside = 2 * 18 * 37;
    const tissuePixels = 60 * 60 - 2 * 20 * 39;
    expect(lungShare(chest(20))).toBeCloseTo(inside / (inside + tissuePixels), 12);
  });

  it('is 0 without lung, and for air alone', () => {
    expect(lungShare(chest(0))).toBe(0);
    expect(lungShare(slice(10, 1, () => air))).toBe(0);
  });

  it('does not take a thin rim of mixed voxels for lung', () => {
    const rim = slice(60, 4, (x, y) => {
      const distance = Math.max(Math.abs(x - 30), Math.abs(y - 30));
      return distance > 11 ? air : distance > 10 ? -700 : tissue;
    });
    expect(lungShare(rim)).toBe(0);
  });
});

describe('ctWindow', () => {
  it('is the lung window for a slice through the lungs', () => {
    expect(ctWindow(chest(20))).toEqual({ name: 'lung', low: -1350, high: 150 });
  });

  it('is the soft tissue window elsewhere, and where there is only a little lung', () => {
    const softTissue = { name: 'soft tissue', low: -160, high: 240 };
    expect(ctWindow(chest(0))).toEqual(softTissue);
    expect(ctWindow(chest(5))).toEqual(softTissue);
    expect(ctWindow(slice(10, 1, () => air))).toEqual(softTissue);
  });
});

describe('mrWindow', () => {
  it("spans the volume's percentiles", () => {
    expect(mrWindow([12, 840])).toEqual({ name: 'MR', low: 12, high: 840 });
  });
});

describeWithData('ctWindow on real scans', () => {
  it.each([
    ['nsclcrg_R01-001_ct', 76, 'lung'],
    ['nsclcrg_R01-001_ct', 9, 'soft tissue'],
    ['crlm_1004_ct', 38, 'lung'],
    ['crlm_1004_ct', 10, 'soft tissue'],
    ['openkbp_train_001_ct', 60, 'soft tissue'],
    ['ibsi_STS_010_ct_ct', 30, 'soft tissue'],
    ['totalseg_example_ct', 60, 'soft tissue'],
  ])('%s, slice %i: %s', async (name, index, expected) => {
    const volume = await readVolume(`${sharedData}/${name}.nii.gz`);
    expect(ctWindow(extractSlice(volume, 'axial', index)).name).toBe(expected);
  });
});
