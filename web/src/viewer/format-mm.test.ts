import { expect, it } from 'vitest';
import { formatMm } from './format-mm.js';

it('writes a true minus and no negative zero', () => {
  expect(formatMm(-12.34, 1)).toBe('\u221212.3');
  expect(formatMm(-0.04, 1)).toBe('0.0');
  expect(formatMm(99.5)).toBe('100');
});
