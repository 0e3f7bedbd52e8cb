import { expect, it } from 'vitest';
import { waitForTurn } from './thumbnail-turns.js';

it('lets two go at a time, in their order, and passes over those that are no longer wanted', () => {
  const started: number[] = [];
  const releases = [0, 1, 2, 3, 4].map((number) => waitForTurn(() => started.push(number)));
  expect(started).toEqual([0, 1]);
  releases[2]!();
  expect(started).toEqual([0, 1]);
  releases[1]!();
  releases[1]!();
  expect(started).toEqual([0, 1, 3]);
  releases[0]!();
  expect(started).toEqual([0, 1, 3, 4]);
});
