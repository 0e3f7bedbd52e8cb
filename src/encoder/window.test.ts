import { describe, expect, it } from 'vitest';
import { VoxseekError } from '../errors.js';
import { parseWindows, scaleToUnit, windowTable } from './window.js';

describe('windowTable', () => {
  it.each([
    ['wide', 0, 2000],
    ['lung', -600, 1500],
    ['mediastinum', 50, 350],
    ['soft-tissue', 40, 400],
    ['liver', 30, 150],
    ['bone', 400, 1800],
    ['brain', 40, 80],
  ] as const)('%s has level %d and width %d', (name, level, width) => {
    const { low, high } = windowTable[name];
    expect((low + high) / 2).toBe(level);
    expect(high - low).toBe(width);
  });
});

describe('parseWindows', () => {
  it('reads a name', () => {
    expect(parseWindows('wide')).toEqual([{ low: -1000, high: 1000 }]);
  });

  it('reads an interval with negative and fractional ends', () => {
    expect(parseWindows('-160:240')).toEqual([{ low: -160, high: 240 }]);
    expect(parseWindows('-.5:+1.5')).toEqual([{ low: -0.5, high: 1.5 }]);
  });

  it('reads three windows, mixed, with spaces after the commas', () => {
    expect(parseWindows('lung, 0:80,bone')).toEqual([
      { low: -1350, high: 150 },
      { low: 0, high: 80 },
      { low: -500, high: 1300 },
    ]);
  });

  it.each([
    ['', 'neither'],
    ['liver2', 'neither'],
    ['toString', 'neither'],
    ['10', 'neither'],
    ['10:', 'neither'],
    ['1:2:3', 'neither'],
    ['0x10:99', 'neither'],
    ['NaN:1', 'neither'],
    ['240:-160', 'not below'],
    ['5:5', 'not below'],
    ['lung,bone', '2 windows'],
    ['lung,bone,wide,brain', '4 windows'],
    ['lung,bone,', 'neither'],
  ])('refuses "%s"', (spec, reason) => {
    const attempt = (): unknown => parseWindows(spec);
    expect(attempt).toThrow(VoxseekError);
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'USAGE', reason: expect.stringContaining(reason) }),
    );
  });
});

describe('scaleToUnit', () => {
  it('clips and scales', () => {
    const scaled = scaleToUnit(Float32Array.of(-3000, -160, -60, 40, 240, 3000), -160, 240);
    expect([...scaled]).toEqual([0, 0, 0.25, 0.5, 1, 1]);
  });

  it('makes a range without width 0', () => {
    expect([...scaleToUnit(Float32Array.of(4, 5, 6), 5, 5)]).toEqual([0, 0, 0]);
  });
});
