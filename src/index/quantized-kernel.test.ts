import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { groupMaxima, largestQueryCode, queryCodes } from './quantized-kernel.js';

describe('groupMaxima', () => {
  it.each([
    { dimension: 768, groups: 5, groupRows: 16, queries: 33 },
    { dimension: 45, groups: 7, groupRows: 4, queries: 1 },
    { dimension: 7, groups: 1, groupRows: 1, queries: 3 },
  ])(
    'is exact, $dimension numbers, groups of $groupRows',
    async ({ dimension, groups, groupRows, queries }) => {
      const random = randomNumbers(dimension);
      const limit = await largestQueryCode();
      const extreme = (low: number, high: number) => {
        const kind = random();
        return kind < 0.3 ? low : kind < 0.6 ? high : Math.round(low + random() * (high - low));
      };
      const codes = Uint8Array.from({ length: groups * groupRows * dimension }, () => extreme(0, 255));
      const ofQueries = Int8Array.from({ length: dimension * queries }, () => extreme(-limit, limit));
      codes.fill(255, 0, dimension);
      for (let i = 0; i < dimension; i++) ofQueries[i * queries] = limit;
      const expected = Array.from({ length: groups * queries }, (_, place) => {
        const [group, query] = [Math.floor(place / queries), place % queries];
        const products = Array.from({ length: groupRows }, (__, row) => {
          let sum = 0;
          for (let i = 0; i < dimension; i++) {
            sum += codes[(group * groupRows + row) * dimension + i]! * ofQueries[i * queries + query]!;
          }
          return sum;
        });
        return Math.max(...products);
      });
      expect(expected[0]).toBe(255 * limit * dimension);
      const maxima = new Int32Array(groups * queries);
      await groupMaxima(codes, groupRows, queryCodes(ofQueries, dimension), maxima);
      expect([...maxima]).toEqual(expected);
    },
  );
});
