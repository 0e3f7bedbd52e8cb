import { describe, expect, it } from 'vitest';
import { linkSlices } from './slice-link.js';

const pair = (queryMm: number, hitMm: number, similarity = 0.9) => ({ queryMm, hitMm, similarity });

describe('linkSlices', () => {
  const link = linkSlices([pair(20, 140), pair(0, 100), pair(10, 110)]);

  it('leads from a matched slice to its match and back', () => {
    expect([0, 10, 20].map(link.toHit)).toEqual([100, 110, 140]);
    expect([100, 110, 140].map(link.toQuery)).toEqual([0, 10, 20]);
  });

  it('interpolates in millimetres between matches', () => {
    expect(link.toHit(5)).toBeCloseTo(105);
    expect(link.toHit(15)).toBeCloseTo(125);
    expect(link.toQuery(125)).toBeCloseTo(15);
  });

  it('goes on millimetre by millimetre beyond the matches', () => {
    expect(link.toHit(-7)).toBe(93);
    expect(link.toHit(26)).toBe(146);
    expect(link.toQuery(150)).toBe(30);
  });

  it('leads back to the most similar of several query slices with one match', () => {
    const crowded = linkSlices([pair(0, 50, 0.7), pair(4, 50, 0.95), pair(8, 50, 0.8), pair(12, 60)]);
    expect(crowded.toQuery(50)).toBe(4);
    expect(crowded.toHit(8)).toBe(50);
  });

  it('follows matches that run against the direction of the query', () => {
    const reversed = linkSlices([pair(0, 40), pair(10, 20)]);
    expect(reversed.toHit(5)).toBeCloseTo(30);
    expect(reversed.toQuery(30)).toBeCloseTo(5);
  });

  it('has nothing to go along without matches', () => {
    expect(() => linkSlices([])).toThrow(RangeError);
  });
});
