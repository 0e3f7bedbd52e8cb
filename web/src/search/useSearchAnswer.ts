import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { ApiSearchRequest, SearchAnswer } from '../../../src/server/schemas.js';
import { searchQuery } from '../api/queries.js';

interface SearchResult {
  readonly answer: SearchAnswer | null;
  readonly searching: boolean;
  readonly error: Error | null;
  readonly again: () => void;
  /** Milliseconds from the request to its answer; null where it was there already. */
  readonly elapsedMs: number | null;
}

const nothing: ApiSearchRequest = {};

/** The answer to a search; while another of the same query runs, the one before. */
export function useSearchAnswer(request: ApiSearchRequest | null): SearchResult {
  const source = JSON.stringify([request?.volume, request?.upload]);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    ...searchQuery(request ?? nothing),
    enabled: request !== null,
    placeholderData: (before: SearchAnswer | undefined, query) => {
      const asked = query?.queryKey[1] as ApiSearchRequest | undefined;
      return asked !== undefined && JSON.stringify([asked.volume, asked.upload]) === source
        ? before
        : undefined;
    },
  });
  const started = useRef<number | null>(null);
  const [elapsedMs, setElapsedMs] = useState<number | null>(null);
  useEffect(() => {
    if (isFetching) started.current = performance.now();
    else if (started.current !== null) {
      setElapsedMs(performance.now() - started.current);
      started.current = null;
    }
  }, [isFetching]);
  return {
    answer: request === null || data === undefined ? null : data,
    searching: isFetching,
    error: isPlaceholderData ? null : error,
    again: () => void refetch(),
    elapsedMs,
  };
}
