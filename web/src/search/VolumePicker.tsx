import { useQueries } from '@tanstack/react-query';
import { type RefObject, useDeferredValue, useEffect, useRef, useState } from 'react';
import type { VolumePage, VolumeSummary } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { volumePageQuery, volumesPerPage } from '../api/queries.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import { Segmented } from '../controls/Segmented.js';
import { useStageSize } from '../viewer/stage-size.js';
import { examination } from './examination.js';
import styles from './VolumePicker.module.css';
import { visibleRange } from './visible-range.js';

interface VolumePickerProps {
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  /** The field that the key / leads to. */
  readonly filterField: RefObject<HTMLInputElement | null>;
}

const rowHeight = 48;
const modalities = ['all', 'CT', 'MR'] as const;

/** The volumes of the archive, filtered; however many there are, only what is on screen is asked for and drawn. */
export function VolumePicker({ chosen, onChoose, filterField }: VolumePickerProps) {
  const [text, setText] = useState('');
  const [modality, setModality] = useState<'CT' | 'MR' | null>(null);
  const filter = { text: useDeferredValue(text.trim()), modality };
  const list = useRef<HTMLDivElement>(null);
  const { height } = useStageSize(list);
  const [scrolled, setScrolled] = useState(0);
  const [known, setKnown] = useState<number | null>(null);

  const { first, last } = visibleRange(scrolled, height, rowHeight, known ?? volumesPerPage);
  const firstPage = Math.floor(first / volumesPerPage);
  const lastPage = Math.max(firstPage, Math.floor(Math.max(first, last - 1) / volumesPerPage));
  const pageNumbers = Array.from({ length: lastPage - firstPage + 1 }, (_, i) => firstPage + i);
  const pages = useQueries({ queries: pageNumbers.map((page) => volumePageQuery(filter, page)) });
  const total = pages.find(({ data }) => data !== undefined)?.data?.total ?? null;
  const failed = pages.find(({ error }) => error !== null);
  if (total !== null && total !== known) setKnown(total);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter makes another list, which starts at its top.
  useEffect(() => {
    list.current?.scrollTo({ top: 0 });
  }, [filter.text, filter.modality]);

  const rows = Array.from({ length: last - first }, (_, i) => {
    const index = first + i;
    const page: VolumePage | undefined = pages[Math.floor(index / volumesPerPage) - firstPage]?.data;
    return { index, volume: page?.volumes[index % volumesPerPage] };
  });

  return (
    <section className={styles.picker} aria-label="Volumes of the archive">
      <div className={styles.filter}>
        <input
          ref={filterField}
          type="search"
          placeholder="Filter volumes"
          aria-label="Filter volumes by id, patient, region or label"
          value={text}
          data-testid="volume-filter"
          onChange={(event) => setText(event.target.value)}
        />
        <Segmented
          label="Modality"
          choices={modalities.map((value) => ({ value, content: value === 'all' ? 'All' : value }))}
          chosen={modality ?? 'all'}
          onChoose={(value) => setModality(value === 'all' ? null : value)}
        />
      </div>
      <div
        ref={list}
        className={styles.list}
        data-testid="volume-list"
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
      >
        {failed === undefined ? null : (
          <Notice error={failed.error} onRetry={() => void failed.refetch()} compact />
        )}
        {known === 0 && failed === undefined ? (
          filter.text === '' && modality === null ? (
            <Placeholder title="The archive is empty">Drop files above, or run voxseek ingest.</Placeholder>
          ) : (
            <Placeholder title="No volume matches">
              Filters look at id, patient, region, split and labels.
            </Placeholder>
          )
        ) : (
          <ul style={{ height: (known ?? 0) * rowHeight }}>
            {rows.map(({ index, volume }) => (
              <li key={volume?.id ?? index} style={{ top: index * rowHeight, height: rowHeight }}>
                {volume === undefined ? (
                  <span className={styles.waiting} />
                ) : (
                  <VolumeRow volume={volume} chosen={volume.id === chosen} onChoose={onChoose} />
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
      <p className={styles.total} aria-live="polite">
        {known === null ? ' ' : `${known.toLocaleString('en')} ${known === 1 ? 'volume' : 'volumes'}`}
      </p>
    </section>
  );
}

function VolumeRow({
  volume,
  chosen,
  onChoose,
}: {
  readonly volume: VolumeSummary;
  readonly chosen: boolean;
  readonly onChoose: (id: string) => void;
}) {
  return (
    <button
      type="button"
      className={styles.row}
      aria-current={chosen}
      data-testid="volume-item"
      data-volume={volume.id}
      onClick={() => onChoose(volume.id)}
    >
      <span className={styles.thumbnail}>
        <Thumbnail path={thumbnailPath(volume, 96)} />
      </span>
      <span className={styles.text}>
        <MiddleEllipsis text={volume.id} />
        <span className={styles.facts}>
          {examination(volume)}, {volume.sliceCount} slices
        </span>
      </span>
    </button>
  );
}
