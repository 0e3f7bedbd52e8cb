import type { VolumeSummary } from '../../../src/server/schemas.js';

export const sortKeys = ['id', 'examination', 'split', 'slices', 'added'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface VolumeOrder {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Digits inside a name count as numbers: s9 before s10. */
const names = new Intl.Collator('en', { numeric: true });

/** @returns negative where a comes first; what is not stated comes last, whichever way round. */
function compare(a: VolumeSummary, b: VolumeSummary, { key, descending }: VolumeOrder): number {
  const sign = descending ? -1 : 1;
  const text = (one: string | null, other: string | null) => {
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return sign * names.compare(one, other);
  };
  switch (key) {
    case 'id':
      return sign * names.compare(a.id, b.id);
    case 'examination':
      return sign * names.compare(a.modality, b.modality) || text(a.region, b.region);
    case 'split':
      return text(a.split, b.split);
    case 'slices':
      return sign * (a.sliceCount - b.sliceCount);
    case 'added':
      return sign * names.compare(a.ingestedAt, b.ingestedAt);
  }
}

/** @returns a sorted copy; equal ones by id. */
export function sortedVolumes(volumes: readonly VolumeSummary[], order: VolumeOrder): VolumeSummary[] {
  return [...volumes].sort((a, b) => compare(a, b, order) || names.compare(a.id, b.id));
}

/** What a click on the head of a column makes of the order: the other way round, or this column, numbers and times the largest first. */
export function orderAfterClick(order: VolumeOrder, key: SortKey): VolumeOrder {
  if (order.key === key) return { key, descending: !order.descending };
  return { key, descending: key === 'slices' || key === 'added' };
}
