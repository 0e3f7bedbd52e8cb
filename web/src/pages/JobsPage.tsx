import { useQuery } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import { Notice } from '../controls/Notice.js';
import { AddVolumes } from '../jobs/AddVolumes.js';
import { JobList } from '../jobs/JobList.js';
import { jobsQuery } from '../jobs/job-queries.js';
import { useJobNews } from '../jobs/useJobNews.js';
import { DropZone } from '../search/DropZone.js';
import { keptUpload } from '../search/kept-uploads.js';
import styles from './JobsPage.module.css';

/** Add scans to the archive, and see how it goes. */
export function JobsPage() {
  const [, navigate] = useLocation();
  const asked = new URLSearchParams(useSearch()).get('upload');
  const upload = asked === null ? null : keptUpload(asked);
  const { data: jobs, error, refetch } = useQuery(jobsQuery);
  useJobNews(jobs?.find(({ state }) => state === 'running')?.id ?? null);
  return (
    <main className={styles.page}>
      <aside className={styles.add} aria-label="Add volumes">
        <h2>Add volumes</h2>
        <DropZone
          dropHint="Drop to add this to the archive"
          onUpload={({ id, images }) => {
            if (images.length > 0) navigate(`/jobs?${new URLSearchParams({ upload: id })}`);
          }}
        />
        {upload !== null ? (
          <AddVolumes key={upload.id} upload={upload} onDone={() => navigate('/jobs', { replace: true })} />
        ) : (
          <p className={styles.hint}>
            {asked === null
              ? 'NIfTI, NRRD, MetaImage or DICOM: files, folders, or a zip of them. You choose what of it is added.'
              : 'What was sent has expired, or came from another tab. Send it again.'}
          </p>
        )}
      </aside>
      {error !== null ? (
        <div className={styles.message}>
          <Notice error={error} onRetry={() => void refetch()} />
        </div>
      ) : jobs === undefined ? (
        <div aria-busy="true" />
      ) : (
        <JobList jobs={jobs} />
      )}
    </main>
  );
}
