import { useEffect, useMemo, useRef, useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { type Box, planeAcross, sliceAt, type Vector3 } from '../geometry/grid.js';
import { type ImageVoxels, NiivueCanvas, type Rotation } from './NiivueCanvas.js';
import { SlicePicture } from './SlicePicture.js';
import { StageOverlay } from './StageOverlay.js';
import { useStageSize } from './stage-size.js';
import { isPlaneTile, type Layout, tilesOf } from './tiles.js';
import { useStageGestures } from './useStageGestures.js';
import type { Voxels } from './useVoxels.js';
import styles from './ViewerStage.module.css';
import { type DisplayWindow, windowOf } from './windows.js';
import { noZoom, placed, type Zoom } from './zoom.js';

interface ViewerStageProps {
  readonly image: ViewedImage;
  readonly voxels: Voxels;
  readonly layout: Layout;
  readonly window: DisplayWindow;
  readonly onWindow: (window: DisplayWindow) => void;
  /** RAS+ mm. */
  readonly position: Vector3;
  readonly onPosition: (position: Vector3) => void;
  readonly box: Box | null;
  /** Present where a box may be drawn. `done` once the mouse is let go. */
  readonly onBox: ((box: Box, done: boolean) => void) | null;
  /** When a first picture of the image is on the screen. */
  readonly onSeen: () => void;
}

/** After so long without movement the sharp picture of the slice is laid over reduced voxels. */
const stillAfterMs = 250;
/** The picture area of a viewer: slices, 3D, crosshair and box, and all that the mouse does with them. */
export function ViewerStage(props: ViewerStageProps) {
  const { image, voxels, layout, window, onWindow, position, onPosition, box, onBox, onSeen } = props;
  const stage = useRef<HTMLDivElement>(null);
  const size = useStageSize(stage);
  const [zooms, setZooms] = useState<{ readonly layout: Layout; readonly view: Zoom }>({
    layout,
    view: noZoom,
  });
  const view = zooms.layout === layout ? zooms.view : noZoom;
  const setView = (next: Zoom) => setZooms({ layout, view: next });
  const enlarged = useMemo(
    () => ({ width: size.width * view.zoom, height: size.height * view.zoom }),
    [size, view.zoom],
  );
  const drawnTiles = useMemo(
    () => tilesOf(image, layout, enlarged.width, enlarged.height),
    [image, layout, enlarged],
  );
  const tiles = useMemo(
    () =>
      drawnTiles.map((tile) => ({
        ...tile,
        cell: placed(view, tile.cell),
        picture: placed(view, tile.picture),
      })),
    [drawnTiles, view],
  );
  const [rotation, setRotation] = useState<Rotation>({ azimuth: 200, elevation: 15 });
  const [drawn, setDrawn] = useState<ImageVoxels | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  const shownVoxels = useMemo(
    () => (voxels.bytes === null ? null : { key: image.key, bytes: voxels.bytes }),
    [image.key, voxels.bytes],
  );
  const ready = failure === null && drawn?.key === image.key;
  const reduced = voxels.reduced || drawn?.bytes !== voxels.bytes;
  const stackPlane = planeAcross(image, image.sliceAxis);
  const slice = sliceAt(image, stackPlane, position);
  const still = useStill(`${slice} ${windowOf(window)}`);
  const stackTile = tiles.filter(isPlaneTile).find(({ plane }) => plane === stackPlane);
  const maskVisible = voxels.mask !== null;
  const showsPicture =
    stackTile !== undefined && size.width > 0 && (!ready || (reduced && still && !maskVisible));

  const canZoom = layout !== 'planes' && layout !== 'render';
  const gestures = useStageGestures({
    stage,
    size,
    grid: image,
    tiles,
    position,
    onPosition,
    window,
    onWindow,
    box,
    onBox,
    rotation,
    onRotation: setRotation,
    zoom: view,
    onZoom: canZoom ? setView : null,
  });

  return (
    <div
      ref={stage}
      className={onBox === null ? styles.stage : styles.drawing}
      role="application"
      aria-label={`Picture of ${image.title}`}
      data-testid="stage"
      data-drawn={ready ? (reduced ? 'reduced' : 'full') : 'picture'}
      onPointerDown={gestures.press}
      onPointerMove={gestures.move}
      onPointerUp={gestures.release}
      onPointerCancel={gestures.cancel}
      onDoubleClick={() => setView(noZoom)}
      onContextMenu={(event) => event.preventDefault()}
    >
      <div
        className={ready ? styles.volume : styles.hidden}
        style={{ left: view.left, top: view.top, ...enlarged }}
      >
        {failure === null && (voxels.bytes !== null || drawn !== null) ? (
          <NiivueCanvas
            image={shownVoxels}
            mask={voxels.mask}
            window={window}
            tiles={drawnTiles}
            stage={enlarged}
            position={position}
            rotation={rotation}
            onDrawn={setDrawn}
            onFailure={setFailure}
          />
        ) : null}
      </div>
      {showsPicture ? (
        <SlicePicture
          image={image}
          tile={stackTile}
          slice={slice}
          window={window}
          covers={ready}
          onShown={onSeen}
        />
      ) : null}
      <StageOverlay
        grid={image}
        tiles={tiles}
        stage={size}
        position={position}
        box={box}
        drawing={onBox !== null}
      />
      {failure === null ? null : (
        <p className={styles.failure}>Other planes and 3D cannot be shown: {failure}</p>
      )}
    </div>
  );
}

/** @returns whether a value has not changed for a moment. */
function useStill(value: string): boolean {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), stillAfterMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled === value;
}
