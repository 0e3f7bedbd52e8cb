import { useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import type { Box, Vector3 } from '../geometry/grid.js';
import { roundedBox } from '../viewer/box-drag.js';
import type { Layout } from '../viewer/tiles.js';
import { VolumeViewer } from '../viewer/VolumeViewer.js';
import type { WindowChoice } from '../viewer/windows.js';
import { examination } from './examination.js';
import styles from './Pane.module.css';
import type { QueryPart, SearchState } from './search-state.js';

interface QueryPaneProps {
  readonly state: SearchState;
  readonly image: ViewedImage | null;
  readonly error: Error | null;
  readonly onRetry: () => void;
  readonly layout: Layout;
  readonly window: WindowChoice;
  readonly onWindow: (window: WindowChoice) => void;
  readonly position: Vector3 | null;
  readonly onPosition: (position: Vector3) => void;
  /** Whether a box is being drawn. */
  readonly drawing: boolean;
  readonly onPart: (part: QueryPart) => void;
  /** Whether the structures of the mask are named on the picture, because nothing else names them. */
  readonly legend: boolean;
  /** Fetch no voxels yet. */
  readonly hold: boolean;
  /** When the user turns to this side. */
  readonly onActive: () => void;
}

/** The query as it is looked at, or what to do so that there is one. */
export function QueryPane(props: QueryPaneProps) {
  const { state, image, error, onRetry, layout, window, onWindow, position, onPosition } = props;
  const { drawing, onPart, legend, hold, onActive } = props;
  const [draft, setDraft] = useState<Box | null>(null);
  const { part, source } = state;

  if (error !== null) {
    return (
      <div className={styles.empty}>
        <Notice error={error} onRetry={onRetry} />
      </div>
    );
  }
  if (image === null || position === null) {
    return (
      <div className={styles.empty}>
        {source === null ? (
          <Placeholder title="Choose a volume">
            From the list on the left, or drop a scan anywhere on this page.
          </Placeholder>
        ) : (
          <Placeholder title="Opening" />
        )}
      </div>
    );
  }
  const draw = (box: Box, done: boolean) => {
    setDraft(done ? null : box);
    if (done) onPart({ kind: 'box', box: roundedBox(box) });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only tells which viewer the arrow keys move.
    <div className={styles.pane} onPointerEnter={onActive} onFocus={onActive}>
      <VolumeViewer
        testId="query-viewer"
        label="Query"
        facts={examination({ modality: image.modality, region: image.detail?.region ?? null })}
        image={image}
        layout={layout}
        window={window}
        onWindow={onWindow}
        position={position}
        onPosition={onPosition}
        maskShown={state.maskShown}
        legend={legend}
        hold={hold}
        box={draft ?? (part.kind === 'box' ? part.box : null)}
        onBox={drawing ? draw : null}
        band={part.kind === 'slices' ? part.slices : part.kind === 'slice' ? [part.slice, part.slice] : null}
        bandTitle="Slices of the query"
      />
    </div>
  );
}
