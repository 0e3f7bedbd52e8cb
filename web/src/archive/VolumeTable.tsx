import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { VolumeSummary } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { Icon } from '../controls/Icon.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { Placeholder } from '../controls/Placeholder.js';
import { examination } from '../search/examination.js';
import { searchAddress } from './search-address.js';
import { orderAfterClick, type SortKey, type VolumeOrder } from './sort-volumes.js';
import styles from './VolumeTable.module.css';

interface VolumeTableProps {
  /** All that pass the filter, in order. */
  readonly volumes: readonly VolumeSummary[];
  readonly order: VolumeOrder;
  readonly onOrder: (order: VolumeOrder) => void;
  readonly page: number;
  readonly onPage: (page: number) => void;
  /** Pointed at, here or on the map. */
  readonly pointed: string | null;
  readonly onPoint: (volume: string | null) => void;
}

const rowsPerPage = 50;

const columns: readonly { readonly key: SortKey; readonly title: string; readonly numeric?: boolean }[] = [
  { key: 'id', title: 'Volume' },
  { key: 'examination', title: 'Examination' },
  { key: 'split', title: 'Split' },
  { key: 'slices', title: 'Slices', numeric: true },
  { key: 'added', title: 'Added', numeric: true },
];

/** The volumes page by page; a click opens one as the query of a search. */
export function VolumeTable(props: VolumeTableProps) {
  const { volumes, order, onOrder, onPage, pointed, onPoint } = props;
  const pages = Math.max(1, Math.ceil(volumes.length / rowsPerPage));
  const page = Math.min(props.page, pages - 1);
  const shown = volumes.slice(page * rowsPerPage, (page + 1) * rowsPerPage);
  const scroller = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins at its top.
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [page, order]);

  return (
    <>
      <div ref={scroller} className={styles.scroller}>
        {volumes.length === 0 ? (
          <Placeholder title="No volume matches">Take back one of the filters.</Placeholder>
        ) : (
          <table className={styles.table} data-testid="volume-table">
            <caption className="visually-hidden">Volumes of the archive</caption>
            <thead>
              <tr>
                {columns.map(({ key, title, numeric }) => (
                  <th
                    key={key}
                    scope="col"
                    className={numeric === true ? styles.numeric : undefined}
                    aria-sort={order.key !== key ? undefined : order.descending ? 'descending' : 'ascending'}
                  >
                    <button type="button" onClick={() => onOrder(orderAfterClick(order, key))}>
                      {title}
                      <span className={styles.arrow} aria-hidden="true">
                        {order.key !== key ? '' : order.descending ? '↓' : '↑'}
                      </span>
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((volume) => (
                <tr
                  key={volume.id}
                  data-testid="archive-volume"
                  data-volume={volume.id}
                  data-pointed={volume.id === pointed}
                  onPointerEnter={() => onPoint(volume.id)}
                  onPointerLeave={() => onPoint(null)}
                  onFocus={() => onPoint(volume.id)}
                  onBlur={() => onPoint(null)}
                >
                  <th scope="row">
                    <span className={styles.volume}>
                      <span className={styles.thumbnail}>
                        <Thumbnail path={thumbnailPath(volume, 96)} />
                      </span>
                      <Link href={searchAddress(volume.id)} title={`Search with ${volume.id}`}>
                        <MiddleEllipsis text={volume.id} />
                      </Link>
                    </span>
                  </th>
                  <td title={examination(volume)}>{examination(volume)}</td>
                  <td title={volume.split ?? undefined}>{volume.split ?? ''}</td>
                  <td className={styles.numeric}>{volume.sliceCount.toLocaleString('en')}</td>
                  <td className={styles.numeric}>{volume.ingestedAt.slice(0, 10)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <footer className={styles.footer}>
        <span aria-live="polite" data-testid="volume-total">
          {shown.length === 0
            ? 'No volumes'
            : `${(page * rowsPerPage + 1).toLocaleString('en')} to ${(page * rowsPerPage + shown.length).toLocaleString('en')} of ${volumes.length.toLocaleString('en')}`}
        </span>
        {pages === 1 ? null : (
          <nav aria-label="Pages of the table">
            <button
              type="button"
              className="icon-button"
              aria-label="Previous page"
              disabled={page === 0}
              onClick={() => onPage(page - 1)}
            >
              <span className={styles.back}>
                <Icon name="chevron" />
              </span>
            </button>
            <span>
              {page + 1} / {pages}
            </span>
            <button
              type="button"
              className="icon-button"
              aria-label="Next page"
              disabled={page === pages - 1}
              onClick={() => onPage(page + 1)}
            >
              <Icon name="chevron" />
            </button>
          </nav>
        )}
      </footer>
    </>
  );
}
