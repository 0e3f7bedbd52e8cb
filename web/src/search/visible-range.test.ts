import { expect, it } from 'vitest';
import { visibleRange } from './visible-range.js';

it('draws what is on screen and a little around it, however long the list', () => {
  expect(visibleRange(0, 480, 48, 100_000)).toEqual({ first: 0, last: 16 });
  expect(visibleRange(48_000, 480, 48, 100_000)).toEqual({ first: 994, last: 1016 });
});

it('ends where the list ends, also when it has become shorter', () => {
  expect(visibleRange(0, 480, 48, 3)).toEqual({ first: 0, last: 3 });
  expect(visibleRange(48_000, 480, 48, 3)).toEqual({ first: 3, last: 3 });
  expect(visibleRange(0, 480, 48, 0)).toEqual({ first: 0, last: 0 });
});
