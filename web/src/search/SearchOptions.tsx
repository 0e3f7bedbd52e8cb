import { useState } from 'react';
import styles from './SearchOptions.module.css';
import { largestK, type Ranking, rankings, type SearchState } from './search-state.js';

interface SearchOptionsProps {
  readonly state: SearchState;
  readonly onChange: (change: Partial<SearchState>) => void;
}

const rankingNames: Readonly<Record<Ranking, string>> = {
  'late-interaction': 'Late interaction',
  count: 'Slice count',
  sum: 'Sum of similarities',
  max: 'Best slice',
};

/** How the archive is searched. Every change searches again. */
export function SearchOptions({ state, onChange }: SearchOptionsProps) {
  const [filter, setFilter] = useState<string | null>(null);
  const takeFilter = () => {
    if (filter !== null && filter !== state.filter) onChange({ filter });
    setFilter(null);
  };
  return (
    <div className={styles.options}>
      <select
        aria-label="Ranking"
        data-testid="ranking"
        value={state.ranking}
        onChange={(event) => onChange({ ranking: event.target.value as Ranking })}
      >
        {rankings.map((ranking) => (
          <option key={ranking} value={ranking}>
            {rankingNames[ranking]}
          </option>
        ))}
      </select>
      <select
        aria-label="Number of hits"
        data-testid="hit-count"
        value={state.k}
        onChange={(event) => onChange({ k: Number(event.target.value) })}
      >
        {[...new Set([5, 10, 20, 50, largestK, state.k])]
          .sort((a, b) => a - b)
          .map((k) => (
            <option key={k} value={k}>
              {k} hits
            </option>
          ))}
      </select>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={state.excludeSamePatient}
          disabled={state.source?.kind !== 'volume'}
          data-testid="exclude-patient"
          onChange={(event) => onChange({ excludeSamePatient: event.target.checked })}
        />
        Without the same patient
      </label>
      <input
        type="text"
        className={styles.condition}
        placeholder="Only where, e.g. modality = 'CT'"
        aria-label="Condition on the fields of the archive"
        data-testid="condition"
        spellCheck={false}
        value={filter ?? state.filter}
        onChange={(event) => setFilter(event.target.value)}
        onBlur={takeFilter}
        onKeyDown={(event) => {
          if (event.key === 'Enter') takeFilter();
        }}
      />
    </div>
  );
}
