import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { type ArchiveState, formatArchive, parseArchive } from './archive-state.js';

interface ArchiveStateInAddress {
  readonly state: ArchiveState;
  /** @param trace whether Back undoes it. */
  readonly update: (change: Partial<ArchiveState>, trace: 'push' | 'replace') => void;
}

/** The state of the archive page, kept in its address. */
export function useArchiveState(): ArchiveStateInAddress {
  const text = useSearch();
  const [, navigate] = useLocation();
  const state = useMemo(() => parseArchive(text), [text]);
  const update = useCallback(
    (change: Partial<ArchiveState>, trace: 'push' | 'replace') => {
      const next = formatArchive({ ...state, ...change });
      navigate(next === '' ? '/archive' : `/archive?${next}`, { replace: trace === 'replace' });
    },
    [navigate, state],
  );
  return { state, update };
}
