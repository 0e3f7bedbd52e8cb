import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Upload } from '../../../src/server/schemas.js';
import { sendFiles } from '../api/queries.js';
import { Icon } from '../controls/Icon.js';
import { Notice } from '../controls/Notice.js';
import styles from './DropZone.module.css';
import { chosenFiles, droppedFiles, type NamedFile } from './dropped-files.js';
import { keepUpload } from './kept-uploads.js';

interface DropZoneProps {
  readonly onUpload: (upload: Upload) => void;
  /** What dropping will do, shown while files are held over the page. */
  readonly dropHint?: string;
}

/** Takes scans of the user: dropped anywhere on the page, or chosen. */
export function DropZone({ onUpload, dropHint = 'Drop to search with this scan' }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const sending = useMutation({
    mutationFn: (chosen: readonly NamedFile[]) => sendFiles(chosen),
    onSuccess: (upload) => {
      keepUpload(upload);
      onUpload(upload);
    },
  });
  const send = useRef(sending.mutate);
  send.current = sending.mutate;

  useEffect(() => {
    let depth = 0;
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth++;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (carriesFiles(event) && --depth === 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      void droppedFiles(event.dataTransfer).then((dropped) => {
        if (dropped.length > 0) send.current(dropped);
      });
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', hover);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', hover);
      window.removeEventListener('drop', drop);
    };
  }, []);

  const take = (field: HTMLInputElement) => {
    const chosen = field.files === null ? [] : chosenFiles(field.files);
    // Else choosing the same file again would be no change.
    field.value = '';
    if (chosen.length > 0) sending.mutate(chosen);
  };
  const empty = sending.data !== undefined && sending.data.images.length === 0;
  return (
    <div className={styles.zone}>
      <button
        type="button"
        className={styles.button}
        disabled={sending.isPending}
        onClick={() => files.current?.click()}
        title="NIfTI, NRRD, MetaImage, DICOM files or a zip of them; a folder can be dropped"
      >
        <Icon name="upload" />
        {sending.isPending ? 'Sending...' : 'Drop or choose a scan'}
      </button>
      <button
        type="button"
        className={styles.folder}
        disabled={sending.isPending}
        onClick={() => folder.current?.click()}
        aria-label="Choose a folder"
        title="Choose a folder, of DICOM files for example"
      >
        <Icon name="folder" />
      </button>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Scan files"
        data-testid="file-input"
        onChange={(event) => take(event.target)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder of a scan"
        data-testid="folder-input"
        onChange={(event) => take(event.target)}
        {...{ webkitdirectory: '' }}
      />
      {sending.error === null ? null : <Notice error={sending.error} onDismiss={sending.reset} compact />}
      {empty ? (
        <p className={styles.leftOut} role="alert">
          No volume was found.{' '}
          {sending.data?.leftOut.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}
        </p>
      ) : null}
      {over ? <div className={styles.over}>{dropHint}</div> : null}
    </div>
  );
}
