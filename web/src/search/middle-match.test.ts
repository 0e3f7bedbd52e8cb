import { expect, it } from 'vitest';
import { middleMatch } from './middle-match.js';

it('takes the match of the middle query slice, in whatever order they come', () => {
  const matches = [
    { querySlice: 30, slice: 7 },
    { querySlice: 10, slice: 9 },
    { querySlice: 20, slice: 8 },
  ];
  expect(middleMatch(matches)?.slice).toBe(8);
  expect(middleMatch([])).toBeNull();
});
