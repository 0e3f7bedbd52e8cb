import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { archiveQuery } from '../api/queries.js';
import { ArchiveMapPanel } from '../archive/ArchiveMapPanel.js';
import { ArchiveTotals } from '../archive/ArchiveTotals.js';
import { allVolumesQuery, mapQuery } from '../archive/archive-queries.js';
import { Facets } from '../archive/Facets.js';
import { LookAlikes } from '../archive/LookAlikes.js';
import { searchAddress } from '../archive/search-address.js';
import { sortedVolumes } from '../archive/sort-volumes.js';
import { useArchiveState } from '../archive/useArchiveState.js';
import { VolumeTable } from '../archive/VolumeTable.js';
import { noFilter, passes, type VolumeFilter } from '../archive/volume-filter.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import { useKeys } from '../shell/shortcuts.js';
import styles from './ArchivePage.module.css';

/** What is in the archive: counts that filter, a table, a map, duplicates and outliers. */
export function ArchivePage() {
  const { state, update } = useArchiveState();
  const { filter, order, page, colouring } = state;
  const [, navigate] = useLocation();
  const [pointed, setPointed] = useState<string | null>(null);
  const filterField = useRef<HTMLInputElement>(null);
  const archive = useQuery(archiveQuery);
  const revision = archive.data?.revision ?? null;
  const list = useQuery(allVolumesQuery(revision));
  const map = useQuery(mapQuery(revision));
  const volumes = list.data;
  const shown = useMemo(
    () =>
      sortedVolumes(
        (volumes ?? []).filter((volume) => passes(volume, filter)),
        order,
      ),
    [volumes, filter, order],
  );
  useKeys((key) => {
    if (key === '/') filterField.current?.focus();
    return key === '/';
  });

  const error = archive.error ?? list.error;
  if (error !== null) {
    const retry = () => void (archive.error === null ? list.refetch() : archive.refetch());
    return (
      <main className={styles.message}>
        <Notice error={error} onRetry={retry} />
      </main>
    );
  }
  if (archive.data === undefined || volumes === undefined) {
    return <main className={styles.message} aria-busy="true" />;
  }
  if (archive.data.volumes === 0) {
    return (
      <main className={styles.message}>
        <Placeholder title="The archive is empty">
          Add scans on the page <Link href="/jobs">Jobs</Link>, or with voxseek ingest.
        </Placeholder>
      </main>
    );
  }

  const setFilter = (next: VolumeFilter) => update({ filter: next, page: 0 }, 'push');
  const isFiltered = JSON.stringify({ ...filter, text: filter.text.trim() }) !== JSON.stringify(noFilter);
  return (
    <main className={styles.page}>
      <aside className={styles.facets} aria-label="What is in the archive">
        <ArchiveTotals archive={archive.data} />
        <Facets volumes={volumes} filter={filter} onFilter={setFilter} />
      </aside>
      <section className={styles.middle} aria-label="Volumes">
        <div className={styles.toolbar}>
          <input
            ref={filterField}
            type="search"
            placeholder="Filter by id, patient, region, split or label"
            aria-label="Filter volumes by id, patient, region, split or label"
            value={filter.text}
            data-testid="archive-filter"
            onChange={(event) =>
              update({ filter: { ...filter, text: event.target.value }, page: 0 }, 'replace')
            }
          />
          <button type="button" className="button" disabled={!isFiltered} onClick={() => setFilter(noFilter)}>
            Clear filters
          </button>
        </div>
        <VolumeTable
          volumes={shown}
          order={order}
          onOrder={(next) => update({ order: next, page: 0 }, 'replace')}
          page={page}
          onPage={(next) => update({ page: next }, 'push')}
          pointed={pointed}
          onPoint={setPointed}
        />
      </section>
      <div className={styles.similar}>
        <ArchiveMapPanel
          map={map.data}
          error={map.error}
          onRetry={() => void map.refetch()}
          volumes={volumes}
          filter={filter}
          onFilter={setFilter}
          colouring={colouring}
          onColouring={(next) => update({ colouring: next }, 'replace')}
          pointed={pointed}
          onPoint={setPointed}
          onOpen={(volume) => navigate(searchAddress(volume))}
        />
        <LookAlikes map={map.data} volumes={volumes} onPoint={setPointed} />
      </div>
    </main>
  );
}
