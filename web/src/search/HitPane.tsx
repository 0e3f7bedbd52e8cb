import { useQuery } from '@tanstack/react-query';
import type { ApiHit, LocationRequest } from '../../../src/server/schemas.js';
import type { ViewedImage } from '../api/images.js';
import { locationQuery } from '../api/queries.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import type { Vector3 } from '../geometry/grid.js';
import type { Layout } from '../viewer/tiles.js';
import { VolumeViewer } from '../viewer/VolumeViewer.js';
import type { WindowChoice } from '../viewer/windows.js';
import { examination } from './examination.js';
import styles from './Pane.module.css';

interface HitPaneProps {
  /** Id of the chosen volume. */
  readonly volume: string;
  /** null: it is not, or not yet, among the hits. */
  readonly hit: ApiHit | null;
  /** The query and this hit, where the place of the query can be looked for in it. */
  readonly located: LocationRequest | null;
  readonly searching: boolean;
  readonly image: ViewedImage | null;
  readonly error: Error | null;
  readonly onRetry: () => void;
  readonly layout: Layout;
  readonly window: WindowChoice;
  readonly onWindow: (window: WindowChoice) => void;
  readonly position: Vector3 | null;
  readonly onPosition: (position: Vector3) => void;
  readonly maskShown: boolean;
  /** When the user turns to this side. */
  readonly onActive: () => void;
}

const nowhere: LocationRequest = { hit: '' };

/** The chosen hit beside the query. */
export function HitPane(props: HitPaneProps) {
  const {
    volume,
    hit,
    located,
    searching,
    image,
    error,
    onRetry,
    layout,
    window,
    onWindow,
    position,
    onPosition,
  } = props;
  // A guess that is missing is no failure: images that cannot be read say so in their viewers.
  const { data: found } = useQuery({ ...locationQuery(located ?? nowhere), enabled: located !== null });
  if (error !== null) {
    return (
      <div className={styles.empty}>
        <Notice error={error} onRetry={onRetry} />
      </div>
    );
  }
  if (hit === null && !searching) {
    return (
      <div className={styles.empty}>
        <Placeholder title="No longer a hit">
          {volume} is not among the hits of this search. Choose one on the right.
        </Placeholder>
      </div>
    );
  }
  if (hit === null || image === null || position === null) {
    return (
      <div className={styles.empty}>
        <Placeholder title="Opening" />
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only tells which viewer the arrow keys move.
    <div className={styles.pane} onPointerEnter={props.onActive} onFocus={props.onActive}>
      <VolumeViewer
        testId="hit-viewer"
        label={`Hit ${hit.rank}`}
        facts={`${hit.meanSimilarity.toFixed(3)}, ${examination(hit)}`}
        image={image}
        layout={layout}
        window={window}
        onWindow={onWindow}
        position={position}
        onPosition={onPosition}
        maskShown={props.maskShown}
        legend={false}
        hold={false}
        box={found?.box ?? null}
        onBox={null}
        band={[hit.range.from, hit.range.to]}
        bandTitle="Where the query was found"
      />
    </div>
  );
}
