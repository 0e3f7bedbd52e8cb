import { describe, expect, it } from 'vitest';
import { linearAxis, logarithmicAxis } from './axis.js';
import { dotPlot } from './dot-plot.js';
import { scatter } from './scatter.js';
import { slope } from './slope.js';

const along = { title: 'x', from: 100, to: 500 };

/** Where the marks with these words stand. */
function markAt(content: string, tip: string): [number, number] {
  const match = new RegExp(`translate\\(([\\d.]+) ([\\d.]+)\\)"><title>${tip}<`).exec(content)!;
  return [Number(match[1]), Number(match[2])];
}

describe('a linear axis', () => {
  it('goes from 0 to 1 in fifths', () => {
    const axis = linearAxis(0, 1, along);
    expect(axis.ticks.map(({ label }) => label)).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
    expect(axis.position(0)).toBe(100);
    expect(axis.position(0.25)).toBe(200);
    expect(axis.position(1)).toBe(500);
  });

  it('ends at multiples of its step around the values', () => {
    expect(linearAxis(0.612, 0.938, along).ticks.map(({ label }) => label)).toEqual([
      '0.6',
      '0.7',
      '0.8',
      '0.9',
      '1.0',
    ]);
    expect(linearAxis(0.91, 0.93, along).ticks[0]!.value).toBe(0.91);
  });

  it('has a length for a single value', () => {
    for (const value of [0, 1, 0.7]) {
      const axis = linearAxis(value, value, along);
      expect(axis.position(value)).toBeGreaterThanOrEqual(100);
      expect(axis.position(value)).toBeLessThanOrEqual(500);
    }
  });
});

describe('a logarithmic axis', () => {
  it('goes from power to power of ten, with equal steps for equal ratios', () => {
    const axis = logarithmicAxis(0.5, 4000, along);
    expect(axis.ticks.map(({ label }) => label)).toEqual(['0.1', '1', '10', '100', '1,000', '10,000']);
    expect(axis.position(0.1)).toBeCloseTo(100);
    expect(axis.position(1)).toBeCloseTo(180);
    expect(axis.position(10_000)).toBeCloseTo(500);
  });

  it('has a length for a single power of ten', () => {
    expect(logarithmicAxis(100, 100, along).ticks.map(({ value }) => value)).toEqual([100, 200, 500, 1000]);
  });

  it('has ticks between few powers of ten, where they belong', () => {
    expect(logarithmicAxis(0.2, 3, along).ticks.map(({ label }) => label)).toEqual([
      '0.1',
      '0.2',
      '0.5',
      '1',
      '2',
      '5',
      '10',
    ]);
    expect(logarithmicAxis(1, 10, along).position(2)).toBeCloseTo(100 + 400 * Math.log10(2));
  });
});

describe('drawings', () => {
  it('put the points of a dot plot in their rows and at their values', () => {
    const point = (series: number, value: number, tip: string) => ({ series, value, interval: null, tip });
    const { content, width } = dotPlot(
      'Recall',
      ['a', 'b'],
      [
        { label: 'upper', points: [point(0, 0, 'zero'), point(1, 0.5, 'half')] },
        { label: 'lower', points: [point(0, 1, 'one')] },
      ],
    );
    const [zero, zeroRow] = markAt(content, 'zero');
    const [half, halfRow] = markAt(content, 'half');
    const [one, oneRow] = markAt(content, 'one');
    expect(half).toBeCloseTo((zero + one) / 2, 0);
    expect(one).toBeLessThan(width);
    expect(zeroRow).toBeLessThan(halfRow);
    expect(halfRow).toBeLessThan(oneRow);
  });

  it('draw an interval from its low to its high end', () => {
    const { content } = dotPlot(
      'Recall',
      ['a'],
      [{ label: 'row', points: [{ series: 0, value: 0.5, interval: [0, 1], tip: 'half' }] }],
    );
    const [, low, high] = /class="interval c1" d="M([\d.]+) [\d.]+H([\d.]+)"/.exec(content)!;
    expect(markAt(content, 'half')[0]).toBeCloseTo((Number(low) + Number(high)) / 2, 0);
  });

  it('shorten a label that does not fit beside the plot', () => {
    const { content } = dotPlot('Recall', ['a'], [{ label: 'x'.repeat(60), points: [] }]);
    expect(content).toContain(`>${'x'.repeat(35)}…<`);
  });

  it('fall back to a linear axis where a time is 0', () => {
    const { content } = scatter(
      { xTitle: 's', yTitle: 'recall' },
      ['a'],
      [
        { series: 0, x: 0, y: 0.5, tip: 'start' },
        { series: 0, x: 10, y: 1, tip: 'end' },
      ],
    );
    expect(markAt(content, 'start')[0]).toBeLessThan(markAt(content, 'end')[0]);
    expect(markAt(content, 'start')[1]).toBeGreaterThan(markAt(content, 'end')[1]);
  });

  it('leave out a station without a value', () => {
    const { content } = slope(
      'mean',
      ['a'],
      ['one', 'two', 'three'],
      [{ title: 'panel', lines: [{ series: 0, values: [0.5, null, 0.9], tips: ['first', 'none', 'last'] }] }],
    );
    expect(content).not.toContain('none');
    expect(content.match(/class="line c1" d="M[^L]+L[^L]+"/)).not.toBeNull();
    expect(markAt(content, 'first')[1]).toBeGreaterThan(markAt(content, 'last')[1]);
  });

  it('escape what they write', () => {
    const { content } = slope(
      'a & b',
      ['<i>'],
      ['x'],
      [{ title: '<b>', lines: [{ series: 0, values: [1], tips: ['"q"'] }] }],
    );
    expect(content).not.toMatch(/<i>|<b>/);
    expect(content).toContain('a &amp; b');
  });
});
