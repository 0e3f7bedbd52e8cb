import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Affine, Volume } from '../../volume/volume.js';
import { drawOverview, placeInStack } from './overview.js';

const ras: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const lpi: Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1];

describe('placeInStack', () => {
  it('counts axial slices from the head down, whichever way the file does', () => {
    expect(placeInStack({ size: [4, 5, 10], affine: ras }, 'axial', 0)).toEqual([0.9, 1]);
    expect(placeInStack({ size: [4, 5, 10], affine: ras }, 'axial', 7)).toEqual([0.2, 0.3]);
    expect(placeInStack({ size: [4, 5, 10], affine: lpi }, 'axial', 0)).toEqual([0, 0.1]);
  });

  it("counts sagittal slices from the patient's right, as the overview shows it on the left", () => {
    expect(placeInStack({ size: [4, 5, 10], affine: ras }, 'sagittal', 3)).toEqual([0, 0.25]);
    expect(placeInStack({ size: [4, 5, 10], affine: lpi }, 'sagittal', 3)).toEqual([0.75, 1]);
  });

  it('counts coronal slices from the front', () => {
    expect(placeInStack({ size: [4, 5, 10], affine: ras }, 'coronal', 4)).toEqual([0, 0.2]);
  });
});

describe('drawOverview', () => {
  /** 20 x 20 x 40 mm: water in air, and a block of bone at i 2..5 (left), k 14..16 (high). */
  const size = [20, 20, 20] as const;
  const data = new Int16Array(8000).map((_, place) => {
    const [i, j, k] = [place % 20, Math.floor(place / 20) % 20, Math.floor(place / 400)];
    if (i >= 2 && i <= 5 && k >= 14 && k <= 16) return 1000;
    return i >= 1 && i <= 18 && j >= 1 && j <= 18 ? 0 : -1000;
  });
  const volume: Volume = {
    data,
    size,
    spacing: [1, 1, 2],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  };

  it('looks through the body from the front: left on the right, head up, in true proportions', () => {
    const overview = drawOverview(volume, 'axial', 'CT', 80);
    const { data: grey, width, height } = decode(overview.png);
    expect(height).toBe(80);
    expect(Math.abs(width - 40)).toBeLessThanOrEqual(4);
    // k 14..16 of 20 is at 3.5 to 5.5 twentieths from the top; x grows to the right of the patient.
    const row = Math.round((80 * 4.5) / 20) * width;
    const at = (i: number) => grey[row + Math.round(((19.5 - i) / 20) * width)]!;
    expect(at(3.5)).toBeGreaterThan(240);
    expect(at(12)).toBeLessThan(200);
    expect(grey[Math.round((80 * 15) / 20) * width + Math.round(0.8 * width)]).toBeLessThan(200);
  });

  it('is black, not broken, for a volume of one value', () => {
    const flat = { ...volume, data: new Int16Array(8000) };
    const { data: grey } = decode(drawOverview(flat, 'coronal', 'MR', 40).png);
    expect(Math.max(...grey)).toBe(0);
  });
});
