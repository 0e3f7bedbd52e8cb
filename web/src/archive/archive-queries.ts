import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { ArchiveMap, VolumePage, VolumeSummary } from '../../../src/server/schemas.js';
import { requestJson } from '../api/client.js';

/** What the server sends at once. */
const mostPerRequest = 1000;

/**
 * Every volume, in the order of their ids: the page counts, filters and colours them together with the map.
 *
 * @param revision of the archive; null: not known yet.
 */
export const allVolumesQuery = (revision: string | null) =>
  queryOptions({
    queryKey: ['all-volumes', revision],
    enabled: revision !== null,
    queryFn: async ({ signal }) => {
      const volumes: VolumeSummary[] = [];
      for (;;) {
        const parameters = new URLSearchParams({
          offset: String(volumes.length),
          limit: String(mostPerRequest),
        });
        const page = await requestJson<VolumePage>(`volumes?${parameters}`, { signal });
        volumes.push(...page.volumes);
        if (volumes.length >= page.total || page.volumes.length === 0) return volumes;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

export const mapQuery = (revision: string | null) =>
  queryOptions({
    queryKey: ['map', revision],
    enabled: revision !== null,
    queryFn: ({ signal }) => requestJson<ArchiveMap>('map', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
