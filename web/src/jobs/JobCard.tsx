import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Job } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { ApiProblem } from '../api/problem.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { searchAddress } from '../archive/search-address.js';
import { formatTime } from '../controls/format-time.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { Notice } from '../controls/Notice.js';
import styles from './JobCard.module.css';
import { hasEnded, jobFacts, shareDone } from './job-progress.js';
import { cancelJob, takeNews } from './job-queries.js';

const stateNames: Readonly<Record<Job['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** One job: how far it is, what it has added, and what went wrong. */
export function JobCard({ job }: { readonly job: Job }) {
  const queries = useQueryClient();
  const cancelling = useMutation({
    mutationFn: () => cancelJob(job.id),
    onSuccess: (news) => takeNews(queries, news),
  });
  const { id, state, createdAt, volumes, duplicates, failures, error } = job;
  const ended = hasEnded(job);
  // That images failed is what the list of them says, and why.
  const explained = error?.code === 'INGEST_INCOMPLETE' && failures.length > 0;
  // A job that runs stops a moment after it was told to.
  const stopping = !ended && (cancelling.isPending || cancelling.isSuccess);
  return (
    <article
      className={styles.job}
      data-testid="job"
      data-job={id}
      data-state={state}
      aria-label={`Job of ${formatTime(createdAt)}`}
    >
      <header className={styles.header}>
        <span className={styles.state} data-state={state}>
          {stopping ? 'Stopping' : stateNames[state]}
        </span>
        <span className={styles.facts}>{jobFacts(job)}</span>
        <time dateTime={createdAt}>{formatTime(createdAt)}</time>
        {ended ? null : (
          <button
            type="button"
            className="button"
            disabled={stopping}
            onClick={() => cancelling.mutate()}
            data-testid="cancel-job"
          >
            Cancel
          </button>
        )}
      </header>
      {ended ? null : <Progress share={shareDone(job)} />}
      {cancelling.error === null ? null : <Notice error={cancelling.error} compact />}
      {error === null || explained ? null : <Notice error={new ApiProblem(error)} compact />}
      {failures.length === 0 ? null : (
        <ul className={styles.failures} aria-label="Failures">
          {failures.map(({ id: image, code, message }) => (
            <li key={image}>
              <strong>{image}</strong> <code>{code}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {duplicates.length === 0 ? null : (
        <ul className={styles.failures} aria-label="In the archive already">
          {duplicates.map(({ id: image, of }) => (
            <li key={image}>
              {image} is there already as <Link href={searchAddress(of)}>{of}</Link>
            </li>
          ))}
        </ul>
      )}
      {volumes.length === 0 ? null : (
        <ul className={styles.volumes} aria-label="Added volumes">
          {volumes.map((volume) => (
            <li key={volume}>
              <Link
                href={searchAddress(volume)}
                title={`Search with ${volume}`}
                data-testid="added-volume"
                data-volume={volume}
              >
                <span className={styles.thumbnail}>
                  <Thumbnail path={thumbnailPath({ id: volume }, 96)} />
                </span>
                <MiddleEllipsis text={volume} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

function Progress({ share }: { readonly share: number }) {
  const percent = Math.round(100 * share);
  return (
    <div
      className={styles.progress}
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      data-testid="job-progress"
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}
