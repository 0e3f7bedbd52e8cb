import { describe, expect, it } from 'vitest';
import { formatDuration, formatTime } from './format-time.js';

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [3.6, '4 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [4320, '1 h 12 min'],
    [-1, '0 s'],
  ])('%f s: %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('formatTime', () => {
  it('is in the time of the reader', () => {
    const local = new Date(2026, 10, 23, 8, 5);
    expect(formatTime(local.toISOString())).toBe('23 Nov 2026, 08:05');
  });

  it('leaves what is no time as it is', () => {
    expect(formatTime('yesterday')).toBe('yesterday');
  });
});
