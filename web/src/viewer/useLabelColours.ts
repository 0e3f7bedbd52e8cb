import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { archiveQuery } from '../api/queries.js';
import { type Colour, labelColours } from './label-colours.js';

/** The colours of all labels of the archive; none until they are known. */
export function useLabelColours(): ReadonlyMap<string, Colour> {
  const { data } = useQuery(archiveQuery);
  return useMemo(() => labelColours(Object.keys(data?.labels ?? {})), [data]);
}
