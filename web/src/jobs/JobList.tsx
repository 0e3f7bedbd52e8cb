import type { Job } from '../../../src/server/schemas.js';
import { Placeholder } from '../controls/Placeholder.js';
import { JobCard } from './JobCard.js';
import styles from './JobList.module.css';

/** What the server adds to the archive, or has added, the newest first. */
export function JobList({ jobs }: { readonly jobs: readonly Job[] }) {
  return (
    <section className={styles.panel} aria-label="Jobs">
      <h2>
        Jobs <span>since the server was started</span>
      </h2>
      <div className={styles.list}>
        {jobs.length === 0 ? (
          <Placeholder title="No jobs yet">Scans that are added to the archive appear here.</Placeholder>
        ) : (
          <ol>
            {jobs.map((job) => (
              <li key={job.id}>
                <JobCard job={job} />
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}
