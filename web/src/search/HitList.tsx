import { useEffect, useRef } from 'react';
import type { ApiHit, SearchAnswer } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { Icon } from '../controls/Icon.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import { formatMm } from '../viewer/format-mm.js';
import { examination } from './examination.js';
import styles from './HitList.module.css';
import { middleMatch } from './middle-match.js';

interface HitListProps {
  readonly answer: SearchAnswer | null;
  readonly searching: boolean;
  readonly error: Error | null;
  readonly onRetry: () => void;
  readonly chosen: string | null;
  readonly onChoose: (volume: string) => void;
  /** Milliseconds from the request to the answer, as this browser saw it. */
  readonly elapsedMs: number | null;
  /** Whether anything was asked for. */
  readonly asked: boolean;
}

/** Right side of the search page: what was found, the best first. */
export function HitList(props: HitListProps) {
  const { answer, searching, error, onRetry, chosen, onChoose, elapsedMs, asked } = props;
  const least = Math.min(...(answer?.hits.map(({ meanSimilarity }) => meanSimilarity) ?? [0]));
  return (
    <aside className={styles.panel} aria-label="Hits" data-query={answer?.query.volume}>
      <header className={styles.header}>
        <h2>Hits</h2>
        <span
          className={styles.status}
          aria-live="polite"
          data-testid="search-status"
          title={stagesOf(answer)}
        >
          {searching ? 'searching' : statusOf(answer, elapsedMs)}
        </span>
      </header>
      {answer?.warnings.map((warning) => (
        <p key={warning} className={styles.warning} role="status">
          <Icon name="warning" /> {warning}
        </p>
      ))}
      <div className={styles.list} aria-busy={searching}>
        {error === null ? null : (
          <div className={styles.error}>
            <Notice error={error} onRetry={onRetry} compact />
          </div>
        )}
        {answer === null && searching ? <WaitingRows /> : null}
        {answer === null && !searching && error === null ? (
          <Placeholder title="No search yet">
            {asked ? 'Choose a part of the query.' : 'Hits appear here as soon as a query is chosen.'}
          </Placeholder>
        ) : null}
        {answer !== null && answer.hits.length === 0 ? (
          <Placeholder title="Nothing was found">
            No other volume passes the conditions. Relax them, or allow the same patient.
          </Placeholder>
        ) : null}
        {answer === null ? null : (
          <ol className={searching ? styles.stale : undefined}>
            {answer.hits.map((hit) => (
              <HitRow
                key={hit.volume}
                hit={hit}
                least={least}
                chosen={hit.volume === chosen}
                onChoose={onChoose}
              />
            ))}
          </ol>
        )}
      </div>
    </aside>
  );
}

function statusOf(answer: SearchAnswer | null, elapsedMs: number | null): string {
  if (answer === null) return '';
  const count = answer.hits.length;
  const time = elapsedMs ?? answer.timings.total;
  if (time === undefined) return String(count);
  return `${count} in ${time < 950 ? `${time.toFixed(0)} ms` : `${(time / 1000).toFixed(1)} s`}`;
}

/** Milliseconds of each stage, as the server measured them. */
function stagesOf(answer: SearchAnswer | null): string | undefined {
  if (answer === null) return undefined;
  const stages = Object.entries(answer.timings).filter(([, ms]) => ms >= 0.5);
  return `On the server: ${stages.map(([stage, ms]) => `${stage} ${ms.toFixed(0)} ms`).join(', ')}`;
}

interface HitRowProps {
  readonly hit: ApiHit;
  /** Smallest mean similarity of the list: what the bars begin at. */
  readonly least: number;
  readonly chosen: boolean;
  readonly onChoose: (volume: string) => void;
}

function HitRow({ hit, least, chosen, onChoose }: HitRowProps) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const { range } = hit;
  const floor = Math.min(least - 0.05, 0.95);
  const share = Math.max(0, Math.min(1, (hit.meanSimilarity - floor) / (1 - floor)));
  const low = Math.min(range.fromMm, range.toMm);
  const high = Math.max(range.fromMm, range.toMm);
  return (
    <li ref={row}>
      <button
        type="button"
        className={styles.hit}
        aria-current={chosen}
        data-testid="hit"
        data-volume={hit.volume}
        data-rank={hit.rank}
        onClick={() => onChoose(hit.volume)}
      >
        <span className={styles.thumbnail}>
          <Thumbnail path={thumbnailPath({ id: hit.volume }, 128, middleMatch(hit.matches)?.slice ?? null)} />
        </span>
        <span className={styles.text}>
          <span className={styles.title}>
            <span className={styles.rank}>{hit.rank}</span>
            <span className={styles.id}>
              <MiddleEllipsis text={hit.volume} />
            </span>
          </span>
          <span className={styles.facts}>{examination(hit)}</span>
          <span className={styles.similarity} title={`Score ${hit.score.toPrecision(5)}`}>
            <span className={styles.bar}>
              <span style={{ width: `${share * 100}%` }} />
            </span>
            <span className="visually-hidden">mean similarity</span>
            {hit.meanSimilarity.toFixed(3)}
          </span>
          <span className={styles.facts}>
            {formatMm(low)} to {formatMm(high)} mm
          </span>
        </span>
      </button>
    </li>
  );
}

function WaitingRows() {
  return (
    <ul className={styles.waiting} aria-hidden="true">
      {Array.from({ length: 6 }, (_, i) => i).map((i) => (
        <li key={i} />
      ))}
    </ul>
  );
}
