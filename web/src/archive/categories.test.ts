import { describe, expect, it } from 'vitest';
import type { VolumeSummary } from '../../../src/server/schemas.js';
import { categoriesOf } from './categories.js';

const volumes = (regions: readonly (string | null)[]) =>
  regions.map((region, i) => ({ id: `v${i}`, region, labels: [] }) as unknown as VolumeSummary);

describe('categoriesOf', () => {
  it('gives the frequent values colours of their own, in the order of their number', () => {
    expect(categoriesOf(volumes(['b', 'a', 'b', null, null, null]), 'region')).toEqual([
      { value: 'b', colour: '--category-0' },
      { value: 'a', colour: '--category-1' },
      { value: '', colour: '--category-other' },
    ]);
  });

  it('has one colour for all beyond the eighth', () => {
    const ten = Array.from({ length: 10 }, (_, i) => `r${i}`);
    const colours = categoriesOf(volumes(ten), 'region').map(({ colour }) => colour);
    expect(colours.slice(0, 8)).toEqual(Array.from({ length: 8 }, (_, i) => `--category-${i}`));
    expect(colours.slice(8)).toEqual(['--category-other', '--category-other']);
  });
});
