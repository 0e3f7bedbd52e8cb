import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useLocation, useSearch } from 'wouter';
import { formatSearch, parseSearch, type SearchState } from './search-state.js';

/** A change that the button Back undoes, or one that only keeps the address true. */
type Trace = 'push' | 'replace';

interface SearchStateInAddress {
  readonly state: SearchState;
  readonly update: (change: Partial<SearchState>, trace: Trace) => void;
}

/** The state of the search page, kept in its address. */
export function useSearchState(): SearchStateInAddress {
  const text = useSearch();
  const [, navigate] = useLocation();
  const state = useMemo(() => parseSearch(text), [text]);
  // Several changes may come before the next drawing: each builds on the one before.
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  }, [state]);
  const update = useCallback(
    (change: Partial<SearchState>, trace: Trace) => {
      latest.current = { ...latest.current, ...change };
      const next = formatSearch(latest.current);
      navigate(next === '' ? '/' : `/?${next}`, { replace: trace === 'replace' });
    },
    [navigate],
  );
  return { state, update };
}
