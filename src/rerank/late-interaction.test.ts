import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { dot, randomUnitVectors, storedSlicesFixture } from '../../tests/stored-slices-fixture.js';
import { byScore, matchVolumes } from './late-interaction.js';

describe('matchVolumes', () => {
  it('equals brute force in float64 to 1e-5, with duplicates, tiny and opposite vectors among them', async () => {
    const random = randomNumbers(11);
    const dimension = 96;
    const volumes = Object.fromEntries(
      Array.from({ length: 25 }, (_, v) => [
        `v${v}`,
        randomUnitVectors(1 + ((v * 7) % 60), dimension, random),
      ]),
    );
    const copied = volumes.v3!;
    volumes.twin = copied;
    volumes.opposite = copied.map((vector) => vector.map((value) => -value));
    volumes.axis = [Array.from({ length: dimension }, (_, d) => (d === 5 ? 1 : 0))];
    const slices = storedSlicesFixture(volumes);
    const queries = [...randomUnitVectors(30, dimension, random), ...copied.slice(0, 5)];
    const positions = [...slices.volumes.keys()];
    const matches = await matchVolumes(slices, Float32Array.from(queries.flat()), positions);

    for (const match of matches) {
      const { volume, firstRow } = slices.volumes[match.volume]!;
      const vectors = volumes[volume.id]!;
      let sum = 0;
      queries.forEach((query, q) => {
        const similarities = vectors.map((vector) => dot(query, vector));
        const best = Math.max(...similarities);
        sum += best;
        expect(Math.abs(match.similarities[q]! - best)).toBeLessThan(1e-5);
        expect(similarities[match.rows[q]! - firstRow]!).toBeGreaterThan(best - 1e-6);
      });
      expect(Math.abs(match.score - sum)).toBeLessThan(1e-5 * queries.length);
    }
  });

  it('takes the first of equal slices, and ranks equal volumes by id', async () => {
    const slices = storedSlicesFixture({
      b: [
        [0, 1],
        [1, 0],
        [1, 0],
      ],
      a: [
        [1, 0],
        [1, 0],
      ],
    });
    const matches = await matchVolumes(slices, Float32Array.of(1, 0), [1, 0]);
    expect(matches.map((match) => [...match.rows])).toEqual([[3], [0]]);
    const ranked = [...matches].sort(byScore).map(({ volume }) => slices.volumes[volume]!.volume.id);
    expect(ranked).toEqual(['a', 'b']);
  });

  it('gives exactly the same score to volumes with the same slices, wherever they lie', async () => {
    const random = randomNumbers(3);
    const vectors = randomUnitVectors(37, 200, random);
    const others = randomUnitVectors(13, 200, random);
    const slices = storedSlicesFixture({ a: vectors, b: others, c: vectors, d: others, e: vectors });
    const queries = Float32Array.from(randomUnitVectors(11, 200, random).flat());
    const [a, b, c, d, e] = await matchVolumes(slices, queries, [0, 1, 2, 3, 4]);
    expect([c!.score, e!.score]).toEqual([a!.score, a!.score]);
    expect(d!.score).toBe(b!.score);
  });
});
