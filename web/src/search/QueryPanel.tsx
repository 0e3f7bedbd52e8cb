import type { RefObject } from 'react';
import type { Upload } from '../../../src/server/schemas.js';
import type { ViewedImage } from '../api/images.js';
import { Icon } from '../controls/Icon.js';
import { Notice } from '../controls/Notice.js';
import { DropZone } from './DropZone.js';
import { keptUpload } from './kept-uploads.js';
import { PartEditor } from './PartEditor.js';
import { QueryFacts } from './QueryFacts.js';
import styles from './QueryPanel.module.css';
import { SearchOptions } from './SearchOptions.js';
import type { QuerySource, SearchState } from './search-state.js';
import { VolumePicker } from './VolumePicker.js';

interface QueryPanelProps {
  readonly state: SearchState;
  readonly image: ViewedImage | null;
  readonly error: Error | null;
  readonly onRetry: () => void;
  readonly onSource: (source: QuerySource) => void;
  /** A change of what or how is searched. */
  readonly onChange: (change: Partial<SearchState>) => void;
  readonly currentSlice: number;
  readonly drawing: boolean;
  readonly onDrawing: (drawing: boolean) => void;
  readonly searching: boolean;
  readonly onSearch: () => void;
  readonly filterField: RefObject<HTMLInputElement | null>;
}

/** Left side of the search page: what is looked for. */
export function QueryPanel(props: QueryPanelProps) {
  const { state, image, error, onRetry, onSource, onChange, currentSlice, drawing, onDrawing } = props;
  const { source } = state;
  const takeUpload = (upload: Upload) => {
    const first = upload.images[0];
    if (first !== undefined) onSource({ kind: 'upload', upload: upload.id, image: first.id });
  };
  return (
    <aside className={styles.panel} aria-label="Query">
      <DropZone onUpload={takeUpload} />
      <VolumePicker
        chosen={source?.kind === 'volume' ? source.id : null}
        onChoose={(id) => onSource({ kind: 'volume', id })}
        filterField={props.filterField}
      />
      {source === null ? null : (
        <section className={styles.chosen} aria-label="Chosen query">
          <div className={styles.query}>
            {error === null ? null : <Notice error={error} onRetry={onRetry} compact />}
            {image === null ? null : (
              <>
                <QueryFacts image={image} />
                {source.kind === 'upload' ? <UploadedImages source={source} onSource={onSource} /> : null}
                <PartEditor
                  image={image}
                  part={state.part}
                  onPart={(part) => onChange({ part })}
                  cropMarginMm={state.cropMarginMm}
                  onCrop={(cropMarginMm) => onChange({ cropMarginMm })}
                  currentSlice={currentSlice}
                  drawing={drawing}
                  onDrawing={onDrawing}
                />
                <hr />
                <SearchOptions state={state} onChange={onChange} />
              </>
            )}
          </div>
          {image === null ? null : (
            <button
              type="button"
              className="button button-primary"
              disabled={props.searching}
              onClick={props.onSearch}
              data-testid="search-button"
            >
              <Icon name="search" /> {props.searching ? 'Searching...' : 'Search'}
            </button>
          )}
        </section>
      )}
    </aside>
  );
}

/** An upload may hold several volumes; one of them is the query. */
function UploadedImages({
  source,
  onSource,
}: {
  readonly source: QuerySource & { kind: 'upload' };
  readonly onSource: (source: QuerySource) => void;
}) {
  const upload = keptUpload(source.upload);
  if (upload === null || (upload.images.length < 2 && upload.leftOut.length === 0)) return null;
  return (
    <>
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
        <details className={styles.leftOut}>
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
    </>
  );
}
