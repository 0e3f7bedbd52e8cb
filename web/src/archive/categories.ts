import type { VolumeSummary } from '../../../src/server/schemas.js';
import { facetValues, noFilter } from './volume-filter.js';

export const colourings = ['modality', 'region', 'split'] as const;
export type Colouring = (typeof colourings)[number];

/** Colours that the style sheet of the map defines, besides the one for all others. */
export const categoryColours = 8;
export const otherCategory = 'other';

export interface Category {
  /** Empty where it is not stated. */
  readonly value: string;
  /** Name of the custom property with its colour. */
  readonly colour: string;
}

/**
 * The colours of the map. The most frequent values have their own; the rest, and what is not stated, share a grey
 * one. They do not depend on the filter, so that a colour keeps its meaning.
 */
export function categoriesOf(volumes: readonly VolumeSummary[], colouring: Colouring): readonly Category[] {
  let next = 0;
  return facetValues(volumes, noFilter, colouring).map(({ value }) => ({
    value,
    colour: value === '' || next === categoryColours ? `--category-${otherCategory}` : `--category-${next++}`,
  }));
}
