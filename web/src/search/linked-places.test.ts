import { describe, expect, it } from 'vitest';
import type { ViewedImage } from '../api/images.js';
import { linkSlices } from '../geometry/slice-link.js';
import { hitMoved, jumped, nowhere, queryMoved, type Scene, settled } from './linked-places.js';

/** 11 x 11 x `slices` voxels; axial slices `spacing` mm apart from `from` mm on, upwards. */
function volume(title: string, slices: number, spacing: number, from: number): ViewedImage {
  return {
    key: `volume/${title}/1`,
    path: `volumes/${title}`,
    title,
    modality: 'CT',
    size: [11, 11, slices],
    spacing: [1, 1, Math.abs(spacing)],
    affine: [1, 0, 0, -5, 0, 1, 0, -5, 0, 0, spacing, from, 0, 0, 0, 1],
    percentiles: [0, 1],
    sliceAxis: 2,
    hasMask: false,
    revision: '1',
    detail: null,
  };
}

/** Query slices at 0, 3 ... 57 mm; the file of the hit runs from head to feet, -100 to -190 mm. */
const query = volume('query', 20, 3, 0);
const hit = volume('hit', 19, -5, -100);
const link = linkSlices([
  { queryMm: 0, hitMm: -190, similarity: 0.9 },
  { queryMm: 30, hitMm: -130, similarity: 0.9 },
]);
const scene: Scene = {
  query,
  hit,
  link,
  linked: true,
  firstSlice: 10,
  position: null,
  hitPosition: null,
};

describe('where viewers open', () => {
  it('is the first slice, and in the hit the slice that matches', () => {
    const places = settled(nowhere, scene);
    expect(places.query?.at).toEqual([0, 0, 30]);
    expect(places.hit?.at).toEqual([0, 0, -130]);
  });

  it('is where the address says, matching or not', () => {
    const places = settled(nowhere, { ...scene, position: [1, 2, 15], hitPosition: [3, 4, -110] });
    expect(places.query?.at).toEqual([1, 2, 15]);
    expect(places.hit?.at).toEqual([3, 4, -110]);
  });

  it('waits for the hit and its matches', () => {
    const before = settled(nowhere, { ...scene, hit: null, link: null });
    expect(before.hit).toBeNull();
    expect(settled(before, scene).hit?.at[2]).toBe(-130);
  });

  it('changes nothing that is settled', () => {
    const places = settled(nowhere, scene);
    expect(settled(places, scene)).toBe(places);
  });
});

describe('scrolling', () => {
  const places = settled(nowhere, scene);

  it('takes the hit along to the nearest slice of the interpolated match', () => {
    // 9 mm lies at 3/10 of the way from 0 to 30: -190 + 0.3 * 60 = -172, and slices lie at -170 and -175.
    const moved = queryMoved(places, scene, [2, -1, 9]);
    expect(moved.query?.at).toEqual([2, -1, 9]);
    expect(moved.hit?.at).toEqual([0, 0, -170]);
  });

  it('takes the query along, and keeps where its crosshair is in the plane', () => {
    const aside = queryMoved(places, scene, [4, -3, 30]);
    // -160 lies half way: 15 mm, which is a slice of the query.
    expect(hitMoved(aside, scene, [1, 1, -160]).query?.at).toEqual([4, -3, 15]);
  });

  it('leaves the other alone when unlinked', () => {
    const free = { ...scene, linked: false };
    expect(queryMoved(places, free, [0, 0, 0]).hit).toBe(places.hit);
    expect(hitMoved(places, free, [0, 0, -190]).query).toBe(places.query);
  });

  it('aligns again when linked again', () => {
    const free = { ...scene, linked: false };
    const apart = hitMoved(places, free, [5, 5, -190]);
    expect(settled(apart, free)).toBe(apart);
    expect(settled(apart, scene).hit?.at).toEqual([5, 5, -130]);
  });

  it('follows the matches of another search', () => {
    const other = linkSlices([{ queryMm: 30, hitMm: -110, similarity: 1 }]);
    expect(settled(places, { ...scene, link: other }).hit?.at[2]).toBe(-110);
    expect(settled(places, { ...scene, link: other, linked: false })).toBe(places);
  });
});

it('jumps to a pair of slices that do not match, and stays there', () => {
  const pair = jumped(settled(nowhere, scene), scene, 2, 3);
  expect(pair.query?.at[2]).toBe(6);
  expect(pair.hit?.at[2]).toBe(-115);
  expect(settled(pair, scene)).toBe(pair);
});
