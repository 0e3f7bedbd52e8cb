import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { Upload, UploadedImage } from '../../../src/server/schemas.js';
import { imageThumbnailPath, uploadedImageOf } from '../api/images.js';
import { addToArchive, archiveQuery } from '../api/queries.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { Icon } from '../controls/Icon.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { Notice } from '../controls/Notice.js';
import styles from './AddVolumes.module.css';
import { takeNews } from './job-queries.js';

interface AddVolumesProps {
  readonly upload: Upload;
  /** The job is under way, or the upload is not wanted. */
  readonly onDone: () => void;
}

/** What an upload holds, which of it is to be added to the archive, and what is to be said of it there. */
export function AddVolumes({ upload, onDone }: AddVolumesProps) {
  const queries = useQueryClient();
  const { data: archive } = useQuery(archiveQuery);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [split, setSplit] = useState('');
  const [region, setRegion] = useState('');
  const chosen = upload.images.filter(({ id }) => !left.has(id)).map(({ id }) => id);
  const starting = useMutation({
    mutationFn: () =>
      addToArchive({
        kind: 'ingest',
        upload: upload.id,
        images: chosen,
        ...(split.trim() === '' ? {} : { split: split.trim() }),
        ...(region.trim() === '' ? {} : { region: region.trim() }),
      }),
    onSuccess: (job) => {
      takeNews(queries, job);
      onDone();
    },
  });
  const toggle = (id: string) => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };
  return (
    <form
      className={styles.form}
      aria-label="Add the upload to the archive"
      data-testid="add-volumes"
      onSubmit={(event) => {
        event.preventDefault();
        starting.mutate();
      }}
    >
      <ul className={styles.images} aria-label="Volumes of the upload">
        {upload.images.map((image) => (
          <li key={image.id}>
            <UploadedRow
              upload={upload.id}
              image={image}
              checked={!left.has(image.id)}
              onToggle={() => toggle(image.id)}
            />
          </li>
        ))}
      </ul>
      {upload.leftOut.length === 0 ? null : (
        <details className={styles.leftOut} open={upload.leftOut.length < 4}>
          <summary>{upload.leftOut.length} left out</summary>
          <ul>
            {upload.leftOut.map(({ name, reason }) => (
              <li key={name}>
                <strong>{name}</strong> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className={styles.fields}>
        <StatedField
          label="Region"
          value={region}
          known={Object.keys(archive?.regions ?? {})}
          onChange={setRegion}
        />
        <StatedField
          label="Split"
          value={split}
          known={Object.keys(archive?.splits ?? {})}
          onChange={setSplit}
        />
      </div>
      {starting.error === null ? null : <Notice error={starting.error} compact />}
      <div className={styles.buttons}>
        <button
          type="submit"
          className="button button-primary"
          disabled={chosen.length === 0 || starting.isPending}
          data-testid="start-ingest"
        >
          <Icon name="upload" />
          {chosen.length === 1 ? 'Add 1 volume' : `Add ${chosen.length} volumes`}
        </button>
        <button type="button" className="button" onClick={onDone}>
          Discard
        </button>
      </div>
    </form>
  );
}

interface UploadedRowProps {
  readonly upload: string;
  readonly image: UploadedImage;
  readonly checked: boolean;
  readonly onToggle: () => void;
}

function UploadedRow({ upload, image, checked, onToggle }: UploadedRowProps) {
  const { name, modality, size, spacing } = image;
  return (
    <label className={styles.image} data-testid="upload-row">
      <input type="checkbox" checked={checked} onChange={onToggle} />
      <span className={styles.thumbnail}>
        <Thumbnail path={imageThumbnailPath(uploadedImageOf(upload, image), 96)} />
      </span>
      <span className={styles.text}>
        <span className={styles.name}>
          <MiddleEllipsis text={name} />
        </span>
        <span className={styles.facts}>
          {modality}, {size.join(' × ')}
        </span>
        <span className={styles.facts}>{spacing.map((mm) => Number(mm.toFixed(2))).join(' × ')} mm</span>
      </span>
    </label>
  );
}

interface StatedFieldProps {
  readonly label: string;
  readonly value: string;
  /** What other volumes of the archive say. */
  readonly known: readonly string[];
  readonly onChange: (value: string) => void;
}

/** Something that is stated of all volumes that are added; may stay empty. */
function StatedField({ label, value, known, onChange }: StatedFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        list={`${id}-known`}
        maxLength={200}
        placeholder="not stated"
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={`${id}-known`}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
