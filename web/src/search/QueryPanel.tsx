import type { RefObject } from 'react';
import type { Upload } from '../../../src/server/schemas.js';
import type { ViewedImage } from '../api/images.js';
import { Icon } from '../controls/Icon.js';
import { DropZone } from './DropZone.js';
import { PartEditor } from './PartEditor.js';
import { QueryFacts } from './QueryFacts.js';
import styles from './QueryPanel.module.css';
import { SearchOptions } from './SearchOptions.js';
import type { QuerySource, SearchState } from './search-state.js';
import { UploadedQuery } from './UploadedQuery.js';
import { VolumePicker } from './VolumePicker.js';

interface QueryPanelProps {
  readonly state: SearchState;
  readonly image: ViewedImage | null;
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
  const { state, image, onSource, onChange, currentSlice, drawing, onDrawing } = props;
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
      {source === null || image === null ? null : (
        <section className={styles.chosen} aria-label="Chosen query">
          <div className={styles.query}>
            <QueryFacts image={image} />
            {source.kind === 'upload' ? <UploadedQuery source={source} onSource={onSource} /> : null}
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
          </div>
          <button
            type="button"
            className="button button-primary"
            disabled={props.searching}
            onClick={props.onSearch}
            data-testid="search-button"
          >
            <Icon name="search" /> {props.searching ? 'Searching...' : 'Search'}
          </button>
        </section>
      )}
    </aside>
  );
}
