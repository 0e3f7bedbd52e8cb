import { useMemo, useState } from 'react';
import type { VolumeSummary } from '../../../src/server/schemas.js';
import styles from './Facets.module.css';
import { type FacetName, facetNames, facetValues, shownValue, type VolumeFilter } from './volume-filter.js';

interface FacetsProps {
  readonly volumes: readonly VolumeSummary[];
  readonly filter: VolumeFilter;
  readonly onFilter: (filter: VolumeFilter) => void;
}

const titles: Readonly<Record<FacetName, string>> = {
  modality: 'Modality',
  region: 'Region',
  split: 'Split',
  label: 'Labels',
};

/** More values than this are shown only when asked for. */
const shownAtFirst = 8;

/** What is in the archive, counted; each value filters the page. */
export function Facets({ volumes, filter, onFilter }: FacetsProps) {
  return facetNames.map((facet) => (
    <Facet key={facet} facet={facet} volumes={volumes} filter={filter} onFilter={onFilter} />
  ));
}

function Facet({ facet, volumes, filter, onFilter }: FacetsProps & { readonly facet: FacetName }) {
  const [allShown, setAllShown] = useState(false);
  // The page is drawn anew with every point that the mouse passes.
  const values = useMemo(() => facetValues(volumes, filter, facet), [volumes, filter, facet]);
  if (values.length === 0) return null;
  const chosen = filter[facet];
  const most = Math.max(1, ...values.map(({ count }) => count));
  const few = values.length <= shownAtFirst + 1;
  const shown = values.filter(
    ({ value }, place) => allShown || few || place < shownAtFirst || value === chosen,
  );
  return (
    <section className={styles.facet} aria-label={titles[facet]}>
      <h3>
        {titles[facet]} <span>{values.filter(({ value }) => value !== '').length}</span>
      </h3>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              className={count === 0 ? styles.none : styles.value}
              aria-pressed={value === chosen}
              data-testid="facet-value"
              data-facet={facet}
              data-value={value}
              onClick={() => onFilter({ ...filter, [facet]: value === chosen ? null : value })}
            >
              <span className={styles.bar} style={{ width: `${(100 * count) / most}%` }} />
              <span className={styles.name} title={shownValue(value, facet)}>
                {shownValue(value, facet)}
              </span>
              <span className={styles.count}>{count.toLocaleString('en')}</span>
            </button>
          </li>
        ))}
      </ul>
      {few ? null : (
        <button type="button" className={styles.more} onClick={() => setAllShown((now) => !now)}>
          {allShown ? 'Show fewer' : `Show all ${values.length}`}
        </button>
      )}
    </section>
  );
}
