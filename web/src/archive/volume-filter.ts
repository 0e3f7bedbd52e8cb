import type { VolumeSummary } from '../../../src/server/schemas.js';

/** What volumes can be told apart by on the archive page. */
export const facetNames = ['modality', 'region', 'split', 'label'] as const;
export type FacetName = (typeof facetNames)[number];

/** One value for each facet, null: any. The empty text stands for "not stated". */
export type VolumeFilter = Readonly<Record<FacetName, string | null>> & { readonly text: string };

export const noFilter: VolumeFilter = { text: '', modality: null, region: null, split: null, label: null };

export interface FacetValue {
  /** Empty where it is not stated. */
  readonly value: string;
  readonly count: number;
}

/** Digits inside a name count as numbers: rib 9 before rib 10. */
const names = new Intl.Collator('en', { numeric: true });

/** @returns the values that a volume has; several only for labels. */
export function valuesOf(volume: VolumeSummary, facet: FacetName): readonly string[] {
  return facet === 'label' ? volume.labels : [volume[facet] ?? ''];
}

/** @param except a facet that does not count. */
export function passes(volume: VolumeSummary, filter: VolumeFilter, except?: FacetName): boolean {
  for (const facet of facetNames) {
    const wanted = filter[facet];
    if (facet !== except && wanted !== null && !valuesOf(volume, facet).includes(wanted)) return false;
  }
  const text = filter.text.trim().toLowerCase();
  if (text === '') return true;
  const { id, patient, region, split, labels } = volume;
  return [id, patient, region, split, ...labels].some((value) => value?.toLowerCase().includes(text));
}

/**
 * How many volumes there are of each value among those that pass the other facets: what a click would leave.
 * Values that no volume has under them stay, with 0, so that nothing jumps away.
 *
 * @returns the most frequent of the whole archive first, equal ones by name; "not stated" last. Empty where no
 *   volume states anything.
 */
export function facetValues(
  volumes: readonly VolumeSummary[],
  filter: VolumeFilter,
  facet: FacetName,
): FacetValue[] {
  const total = new Map<string, number>();
  const left = new Map<string, number>();
  for (const volume of volumes) {
    const passed = passes(volume, filter, facet);
    for (const value of valuesOf(volume, facet)) {
      total.set(value, (total.get(value) ?? 0) + 1);
      if (passed) left.set(value, (left.get(value) ?? 0) + 1);
    }
  }
  if ([...total.keys()].every((value) => value === '')) return [];
  return [...total]
    .sort(
      ([a, countA], [b, countB]) =>
        Number(a === '') - Number(b === '') || countB - countA || names.compare(a, b),
    )
    .map(([value]) => ({ value, count: left.get(value) ?? 0 }));
}

/** @returns a value as it is shown. */
export function shownValue(value: string, facet: FacetName): string {
  if (value === '') return 'not stated';
  return facet === 'label' ? value.replaceAll('_', ' ') : value;
}
