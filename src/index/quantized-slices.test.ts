import { describe, expect, it } from 'vitest';
import { sliceLikeVectors } from '../../benchmarks/slice-like.js';
import { randomNumbers } from '../../tests/random.js';
import { centersOf, type QuantizedSlices, quantizeSlices } from './quantized-slices.js';
import type { SliceVectors } from './slice-index.js';

/** Volumes with these numbers of slices, all numbers random. */
function randomSlices(rowCounts: readonly number[], dimension: number, seed: number): SliceVectors {
  const random = randomNumbers(seed);
  let firstRow = 0;
  const volumes = rowCounts.map((rowCount) => {
    firstRow += rowCount;
    return { firstRow: firstRow - rowCount, rowCount };
  });
  const embeddings = Float32Array.from({ length: firstRow * dimension }, () => random() - 0.4);
  return { dimension, embeddings, volumes };
}

/** What stands for a row of a volume, and what was said about its segment. */
function approximationOf(quantized: QuantizedSlices, volume: number, row: number) {
  const { codes, dimension, groupRows, groupsPerSegment, segments, volumes } = quantized;
  const { firstGroup, firstSegment } = volumes[volume]!;
  const segment = firstSegment + Math.floor(row / (groupRows * groupsPerSegment));
  const from = (firstGroup * groupRows + row) * dimension;
  const center = [...centersOf(quantized, segment, segment + 1)];
  const values = center.map((value, i) => value + segments.scales[segment]! * (codes[from + i]! - 128));
  return { segment, center, values };
}

const distance = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(...a.map((value, i) => value - b[i]!));

describe('quantizeSlices', () => {
  it.each([
    { rowCounts: [1, 2, 63, 64, 65, 130, 200, 15, 17], sharesCenter: false },
    { rowCounts: [1, 2, 63, 1, 1, 17, 3, 5], sharesCenter: true },
  ])(
    'says how far rows are from their approximations, and those from the center: $rowCounts',
    async ({ rowCounts, sharesCenter }) => {
      const slices = randomSlices(rowCounts, 24, 1);
      const quantized = await quantizeSlices(slices);
      expect(quantized.sharesCenter).toBe(sharesCenter);
      const found = { residuals: 0, spreads: 0, norms: 0 };
      for (const [volume, { firstRow, rowCount }] of slices.volumes.entries()) {
        for (let row = 0; row < rowCount; row++) {
          const at = (firstRow + row) * 24;
          const vector = [...slices.embeddings.subarray(at, at + 24)];
          const { segment, center, values } = approximationOf(quantized, volume, row);
          const { residuals, spreads, norms, scales } = quantized.segments;
          const zero = center.map(() => 0);
          expect(distance(vector, values)).toBeLessThanOrEqual(residuals[segment]! + 1e-12);
          expect(distance(values, center)).toBeLessThanOrEqual(spreads[segment]! + 1e-12);
          expect(distance(vector, zero) + distance(center, zero)).toBeLessThanOrEqual(
            norms[segment]! + 1e-12,
          );
          // Nearest codes: no number is off by more than half a step.
          expect(Math.max(...vector.map((value, i) => Math.abs(value - values[i]!)))).toBeLessThanOrEqual(
            scales[segment]! * 0.5000001,
          );
          found.residuals += Number(Math.abs(distance(vector, values) - residuals[segment]!) < 1e-12);
          found.spreads += Number(Math.abs(distance(values, center) - spreads[segment]!) < 1e-12);
        }
      }
      // Each is that of a row, not merely an upper bound.
      const segmentCount = quantized.segments.scales.length;
      expect(segmentCount).toBe(rowCounts.reduce((sum, count) => sum + Math.ceil(count / 64), 0));
      expect(found.residuals).toBeGreaterThanOrEqual(segmentCount);
      expect(found.spreads).toBeGreaterThanOrEqual(segmentCount);
    },
  );

  it('fills groups up with rows of the same volume', async () => {
    const slices = randomSlices([250, 243, 259], 8, 2);
    const { groupRows, codes, volumes } = await quantizeSlices(slices);
    expect(groupRows).toBe(16);
    for (const { rowCount, firstGroup, groupCount } of volumes) {
      expect(groupCount).toBe(Math.ceil(rowCount / 16));
      const row = (place: number) => [
        ...codes.subarray((firstGroup * 16 + place) * 8, (firstGroup * 16 + place + 1) * 8),
      ];
      for (let place = rowCount; place < groupCount * 16; place++)
        expect(row(place)).toEqual(row(rowCount - 1));
    }
  });

  it.each([1, 2, 3, 20, 31, 33, 65, 250])(
    'takes at most .3 times the memory of volumes of %d slices',
    async (length) => {
      const slices = randomSlices(Array(Math.ceil(2000 / length)).fill(length), 64, length);
      const { codes, segments } = await quantizeSlices(slices);
      const bytes = codes.byteLength + segments.centers.byteLength;
      expect(bytes / slices.embeddings.byteLength).toBeLessThan(0.3);
    },
  );

  it('gives the same with codes that are there already, moved, and never looks at their vectors', async () => {
    const all = sliceLikeVectors(900, 32, 90, 4);
    const kept = [1, 2, 5, 9];
    const embeddings = new Float32Array(kept.length * 90 * 32);
    kept.forEach((volume, place) => {
      embeddings.set(all.embeddings.subarray(volume * 90 * 32, (volume + 1) * 90 * 32), place * 90 * 32);
    });
    const volumes = kept.map((_, place) => ({ firstRow: place * 90, rowCount: 90 }));
    const before = await quantizeSlices({ dimension: 32, embeddings, volumes });
    const anew = await quantizeSlices(all);

    const forgotten = { ...all, embeddings: all.embeddings.slice() };
    for (const volume of kept) forgotten.embeddings.fill(7, volume * 90 * 32, (volume + 1) * 90 * 32);
    const placeOf = (volume: number) => (kept.includes(volume) ? kept.indexOf(volume) : undefined);
    const grown = await quantizeSlices(forgotten, { quantized: before, placeOf });
    expect(grown).toEqual(anew);
  });

  it('promises nothing for rows that are not finite', async () => {
    for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const slices = randomSlices([70, 70], 8, 5);
      slices.embeddings[69 * 8 + 3] = strange;
      const { residuals } = (await quantizeSlices(slices)).segments;
      expect([...residuals].map(Number.isFinite)).toEqual([true, false, true, true]);
    }
  });
});
