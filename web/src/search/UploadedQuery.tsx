import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { addToArchive } from '../api/queries.js';
import { Notice } from '../controls/Notice.js';
import { keptUpload } from './kept-uploads.js';
import type { QuerySource } from './search-state.js';
import styles from './UploadedQuery.module.css';

interface UploadedQueryProps {
  readonly source: QuerySource & { readonly kind: 'upload' };
  readonly onSource: (source: QuerySource) => void;
}

/** What else an upload holds, and the way into the archive. */
export function UploadedQuery({ source, onSource }: UploadedQueryProps) {
  const adding = useMutation({ mutationFn: addToArchive });
  const upload = keptUpload(source.upload);
  if (upload === null) return null;
  return (
    <div className={styles.upload}>
      {upload.images.length < 2 ? null : (
        <select
          aria-label="Volume of the upload"
          data-testid="upload-image"
          value={source.image}
          onChange={(event) => onSource({ ...source, image: event.target.value })}
        >
          {upload.images.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      {upload.leftOut.length === 0 ? null : (
        <details>
          <summary>{upload.leftOut.length} left out</summary>
          <ul>
            {upload.leftOut.map(({ name, reason }) => (
              <li key={name}>
                {name}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      {adding.error === null ? null : <Notice error={adding.error} compact />}
      {adding.data === undefined ? (
        <button
          type="button"
          className="button"
          disabled={adding.isPending}
          data-testid="add-to-archive"
          onClick={() => adding.mutate({ kind: 'ingest', upload: source.upload, images: [source.image] })}
        >
          Add to the archive
        </button>
      ) : (
        <p role="status">
          Being added. <Link href="/jobs">See the job</Link>
        </p>
      )}
    </div>
  );
}
