import { describe, expect, it } from 'vitest';
import { storedSlicesFixture } from '../../tests/stored-slices-fixture.js';
import { FlatIndex } from '../index/flat.js';
import { candidateVolumes } from './candidates.js';
import { type Aggregation, compareHits, hitTable, volumeOfRow } from './hit-table.js';

// In the plane, by angle in degrees: similarities are cosines of differences of angles.
const at = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
const slices = storedSlicesFixture({
  chest: [at(0), at(10)],
  abdomen: [at(40), at(50)],
  pelvis: [at(90)],
});
// Nearest: 1 -> chest (1 degree off), 8 -> chest (2), 43 -> abdomen (3), 89 -> pelvis (1), 95 -> pelvis (5).
const queries = Float32Array.from([1, 8, 43, 89, 95].flatMap(at));
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

async function ranking(aggregation: Aggregation): Promise<string[]> {
  const hits = hitTable(slices, await new FlatIndex(slices).search(queries, 1));
  return hits.sort(compareHits(aggregation)).map(({ volume }) => slices.volumes[volume]!.volume.id);
}

describe('hitTable', () => {
  it('counts for each volume how many nearest slices it owns, with their largest and summed similarity', async () => {
    const hits = hitTable(slices, await new FlatIndex(slices).search(queries, 2));
    const table = Object.fromEntries(hits.map((h) => [slices.volumes[h.volume]!.volume.id, h]));
    expect([table.chest!.count, table.abdomen!.count, table.pelvis!.count]).toEqual([2, 1, 2]);
    expect(table.chest!.max).toBeCloseTo(cosine(1), 6);
    expect(table.chest!.sum).toBeCloseTo(cosine(1) + cosine(2), 6);
    expect(table.pelvis!.sum).toBeCloseTo(cosine(1) + cosine(5), 6);
    expect(table.abdomen!.sum).toBeCloseTo(cosine(3), 6);
  });

  it('ranks by count, ties by the larger sum of similarities', async () => {
    expect(await ranking('count')).toEqual(['chest', 'pelvis', 'abdomen']);
  });

  it('ranks by the largest similarity, and by the sum', async () => {
    // chest and pelvis both own a slice one degree off: their sums decide.
    expect(await ranking('max')).toEqual(['chest', 'pelvis', 'abdomen']);
    expect(await ranking('sum')).toEqual(['chest', 'pelvis', 'abdomen']);
  });

  it('ranks equal volumes by id', async () => {
    const twins = storedSlicesFixture({ z: [at(0)], m: [at(20)], a: [at(0)] });
    const hits = hitTable(twins, {
      k: 1,
      rows: Int32Array.of(2, 0, 1),
      similarities: Float32Array.of(0.5, 0.5, 0.5),
    });
    const ids = hits.sort(compareHits('count')).map(({ volume }) => twins.volumes[volume]!.volume.id);
    expect(ids).toEqual(['a', 'm', 'z']);
  });

  it('leaves out query slices that found nothing', () => {
    const none = { k: 1, rows: Int32Array.of(-1), similarities: Float32Array.of(Number.NEGATIVE_INFINITY) };
    expect(hitTable(slices, none)).toEqual([]);
  });
});

describe('volumeOfRow', () => {
  it('finds the owner of first, middle and last rows', () => {
    const owner = volumeOfRow(slices);
    // By id: abdomen 0-1, chest 2-3, pelvis 4.
    expect([0, 1, 2, 3, 4].map(owner)).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('candidateVolumes', () => {
  const ids = (positions: readonly number[]) => positions.map((p) => slices.volumes[p]!.volume.id);
  const index = new FlatIndex(slices);

  it('takes the volumes of the hit table first', async () => {
    expect(ids(await candidateVolumes(slices, index, queries, 2))).toEqual(['chest', 'pelvis']);
  });

  it('goes on with owners of the next nearest slices where the hit table has too few', async () => {
    const one = Float32Array.from(at(2));
    expect(ids(await candidateVolumes(slices, index, one, 2))).toEqual(['chest', 'abdomen']);
    expect(ids(await candidateVolumes(slices, index, one, 9))).toEqual(['chest', 'abdomen', 'pelvis']);
  });

  it('keeps to the volumes that are allowed', async () => {
    const allowed = (volume: number) => slices.volumes[volume]!.volume.id !== 'chest';
    expect(ids(await candidateVolumes(slices, index, queries, 9, allowed))).toEqual(['abdomen', 'pelvis']);
  });
});
