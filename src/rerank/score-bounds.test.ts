import { describe, expect, it } from 'vitest';
import { sliceLikeVectors } from '../../benchmarks/slice-like.js';
import { randomNumbers } from '../../tests/random.js';
import { largestQueryCode } from '../index/quantized-kernel.js';
import { quantizeSlices } from '../index/quantized-slices.js';
import type { SliceVectors } from '../index/slice-index.js';
import { matchVolumes } from './late-interaction.js';
import { quantizeQueries } from './quantized-queries.js';
import { ScoreBounder, type ScoreBounds } from './score-bounds.js';

async function boundsOf(slices: SliceVectors, queries: Float32Array): Promise<ScoreBounds[]> {
  const quantized = await quantizeSlices(slices);
  const codes = quantizeQueries(queries, slices.dimension, await largestQueryCode())!;
  return new ScoreBounder(quantized, codes).bound(0, slices.volumes.length);
}

/** By volume, the score and, by query, the largest similarity, in float64. */
function exactly({ dimension, embeddings, volumes }: SliceVectors, queries: Float32Array) {
  return volumes.map(({ firstRow, rowCount }) => {
    const best = Array.from({ length: queries.length / dimension }, (_, q) => {
      let largest = Number.NEGATIVE_INFINITY;
      for (let row = firstRow; row < firstRow + rowCount; row++) {
        let sum = 0;
        for (let i = 0; i < dimension; i++) {
          sum += queries[q * dimension + i]! * embeddings[row * dimension + i]!;
        }
        largest = Math.max(largest, sum);
      }
      return largest;
    });
    return { best, score: best.reduce((sum, value) => sum + value, 0) };
  });
}

describe('ScoreBounder', () => {
  it('encloses the scores, closely', async () => {
    const slices = sliceLikeVectors(1300, 96, 130, 1);
    const { embeddings: queries } = sliceLikeVectors(40, 96, 40, 2);
    const bounds = await boundsOf(slices, queries);
    const exact = exactly(slices, queries);
    const matches = await matchVolumes(slices, queries, [...slices.volumes.keys()]);
    for (const [place, { volume, lower, upper, lowers }] of bounds.entries()) {
      expect(volume).toBe(place);
      for (const score of [exact[place]!.score, matches[place]!.score]) {
        expect(lower).toBeLessThanOrEqual(score);
        expect(upper).toBeGreaterThanOrEqual(score);
      }
      exact[place]!.best.forEach((similarity, q) => {
        expect(lowers[q]).toBeLessThanOrEqual(similarity);
      });
      // 8 bits of rows near their center: a hundredth of a similarity on either side.
      expect((upper - lower) / 40).toBeLessThan(0.03);
    }
  });

  it.each(['documents', 'queries'])(
    'encloses scores where all that is cut off of %s adds up',
    async (cut) => {
      // All numbers but one are a little less than half a step of the codes, so that nothing is left of them.
      const dimension = 64;
      const cutOff = new Float32Array(dimension).fill(0.4999 / 127);
      const kept = new Float32Array(dimension).fill(1);
      cutOff[0] = 1;
      kept[0] = 0;
      const [row, queries] = cut === 'documents' ? [cutOff, kept] : [kept, cutOff];
      // With its opposite, so that the center is 0.
      const embeddings = Float32Array.of(...row, ...row.map((value) => -value));
      const slices = { dimension, embeddings, volumes: [{ firstRow: 0, rowCount: 2 }] };
      const [bounds] = await boundsOf(slices, queries);
      const [exact] = exactly(slices, queries);
      expect(exact!.score).toBeCloseTo((63 * 0.4999) / 127, 5);
      expect(bounds!.upper).toBeGreaterThanOrEqual(exact!.score);
      expect(bounds!.upper).toBeLessThan(exact!.score * 1.1);
      // The codes say 0, and the error may have the other sign as well.
      expect(bounds!.lower).toBeLessThan(0);
    },
  );

  it.each([1e-42, 1e-30, 1e-12, 1, 1e12, 1e17])('encloses scores of vectors of the size %d', async (size) => {
    const random = randomNumbers(8);
    const dimension = 50;
    const numbers = (rows: number) =>
      Float32Array.from({ length: rows * dimension }, () => (random() - 0.3) * size * 10 ** (3 * random()));
    const slices = {
      dimension,
      embeddings: numbers(200),
      volumes: [
        { firstRow: 0, rowCount: 90 },
        { firstRow: 90, rowCount: 110 },
      ],
    };
    const queries = numbers(20);
    const bounds = await boundsOf(slices, queries);
    const exact = exactly(slices, queries);
    const matches = await matchVolumes(slices, queries, [0, 1]);
    for (const volume of [0, 1]) {
      const { lower, upper } = bounds[volume]!;
      for (const score of [exact[volume]!.score, matches[volume]!.score]) {
        expect(lower).toBeLessThanOrEqual(score);
        expect(upper).toBeGreaterThanOrEqual(score);
      }
      if (size > 1e-15 && size < 1e15) expect(upper - lower).toBeLessThan(0.1 * exact[volume]!.score);
    }
  });

  it('says nothing about rows that are not finite or too large for float32', async () => {
    const slices = sliceLikeVectors(300, 16, 100, 3);
    slices.embeddings[120 * 16] = Number.NaN;
    slices.embeddings.fill(3e37, 200 * 16, 201 * 16);
    const { embeddings: queries } = sliceLikeVectors(4, 16, 4, 2);
    const [sound, withNaN, withHuge] = await boundsOf(slices, queries);
    expect(sound!.upper - sound!.lower).toBeLessThan(0.4);
    for (const bounds of [withNaN!, withHuge!]) {
      expect([bounds.lower, bounds.upper]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    }
  });
});

describe('quantizeQueries', () => {
  it('has no codes for what is not finite', () => {
    expect(quantizeQueries(Float32Array.of(1, Number.NaN), 2, 127)).toBeUndefined();
    expect(quantizeQueries(Float32Array.of(1, Number.POSITIVE_INFINITY), 2, 127)).toBeUndefined();
  });
});
