import { type PointerEvent as ReactPointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { type Box, movedBySlices, planeAcross, sliceAt, type Vector3 } from '../geometry/grid.js';
import { draggedBox, type Grip, gripAt } from './box-drag.js';
import { type ImageVoxels, NiivueCanvas, type Rotation } from './NiivueCanvas.js';
import { SlicePicture } from './SlicePicture.js';
import { StageOverlay } from './StageOverlay.js';
import { useStageSize } from './stage-size.js';
import { fromScreen, isPlaneTile, type Layout, type PlaneTile, tilesOf, tileUnder } from './tiles.js';
import type { Voxels } from './useVoxels.js';
import styles from './ViewerStage.module.css';
import type { DisplayWindow } from './windows.js';
import { noZoom, panned, placed, type Zoom, zoomedAbout } from './zoom.js';

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

type Drag =
  | { readonly kind: 'position'; readonly tile: PlaneTile }
  | {
      readonly kind: 'box';
      readonly tile: PlaneTile;
      readonly grip: Grip;
      readonly start: Box | null;
      readonly from: Vector3;
    }
  | { readonly kind: 'pan'; readonly x: number; readonly y: number; readonly start: Zoom }
  | { readonly kind: 'rotate'; readonly x: number; readonly y: number; readonly start: Rotation }
  | { readonly kind: 'window'; readonly x: number; readonly y: number; readonly start: DisplayWindow };

/** A wheel turns in steps of about this many pixels; touch pads send many small ones. */
const wheelStep = 40;
/** So many pixels double the size. */
const zoomStep = 240;
/** After so long without movement the sharp picture of the slice is laid over reduced voxels. */
const stillAfterMs = 250;
/** A press shorter than this draws no box, pixels. */
const leastBox = 4;

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
  const drag = useRef<Drag | null>(null);
  const pressed = useRef({ x: 0, y: 0 });

  const shownVoxels = useMemo(
    () => (voxels.bytes === null ? null : { key: image.key, bytes: voxels.bytes }),
    [image.key, voxels.bytes],
  );
  const ready = drawn?.key === image.key;
  const reduced = voxels.reduced || drawn?.bytes !== voxels.bytes;
  const stackPlane = planeAcross(image, image.sliceAxis);
  const slice = sliceAt(image, stackPlane, position);
  const still = useStill(slice);
  const stackTile = tiles.filter(isPlaneTile).find(({ plane }) => plane === stackPlane);
  const maskVisible = voxels.mask !== null;
  const showsPicture =
    stackTile !== undefined && size.width > 0 && (!ready || (reduced && still && !maskVisible));

  const canZoom = layout !== 'planes' && layout !== 'render';
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  const turned = useRef(0);
  wheel.current = (event) => {
    const element = stage.current;
    if (element === null) return;
    event.preventDefault();
    const { x, y } = pixel(event, element);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * wheelStep;
    if (event.ctrlKey) {
      if (canZoom) setView(zoomedAbout(view, size, x, y, 2 ** (-pixels / zoomStep), devicePixelRatio));
      return;
    }
    const tile = tileUnder(tiles, x, y);
    if (tile === null || !isPlaneTile(tile)) return;
    turned.current += pixels;
    const steps = Math.trunc(turned.current / wheelStep);
    if (steps === 0) return;
    turned.current -= steps * wheelStep;
    onPosition(movedBySlices(image, tile.plane, position, -steps));
  };
  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    // React listens passively, and the page must not scroll or zoom with the picture.
    const scroll = (event: WheelEvent) => wheel.current(event);
    element.addEventListener('wheel', scroll, { passive: false });
    return () => element.removeEventListener('wheel', scroll);
  }, []);

  const press = (event: ReactPointerEvent<HTMLDivElement>) => {
    const { x, y } = pixel(event, event.currentTarget);
    const tile = tileUnder(tiles, x, y);
    pressed.current = { x, y };
    drag.current = null;
    if (event.button === 1 || (event.button === 0 && event.shiftKey))
      drag.current = { kind: 'pan', x, y, start: view };
    else if (event.button === 2) drag.current = { kind: 'window', x, y, start: window };
    else if (event.button !== 0 || tile === null) return;
    else if (!isPlaneTile(tile)) drag.current = { kind: 'rotate', x, y, start: rotation };
    else if (onBox !== null) {
      const grip = gripAt(image, tile, box, position, x, y);
      drag.current = { kind: 'box', tile, grip, start: box, from: fromScreen(image, tile, position, x, y) };
    } else {
      drag.current = { kind: 'position', tile };
      onPosition(fromScreen(image, tile, position, x, y));
    }
    event.currentTarget.setPointerCapture(event.pointerId);
  };

  const move = (event: ReactPointerEvent<HTMLDivElement>, done: boolean) => {
    const active = drag.current;
    if (active === null) return;
    const { x, y } = pixel(event, event.currentTarget);
    switch (active.kind) {
      case 'position':
        onPosition(fromScreen(image, active.tile, position, x, y));
        break;
      case 'box': {
        const moved = Math.hypot(x - pressed.current.x, y - pressed.current.y) >= leastBox;
        const to = fromScreen(image, active.tile, position, x, y);
        if (moved) {
          onBox?.(draggedBox(image, active.tile.plane, active.grip, active.start, active.from, to), done);
        } else if (done) {
          if (active.start !== null) onBox?.(active.start, true);
          onPosition(to);
        }
        break;
      }
      case 'pan':
        setView(panned(active.start, size, x - active.x, y - active.y));
        break;
      case 'rotate':
        setRotation({
          azimuth: active.start.azimuth - (x - active.x) / 2,
          elevation: Math.min(90, Math.max(-90, active.start.elevation + (y - active.y) / 2)),
        });
        break;
      case 'window':
        onWindow(draggedWindow(active.start, x - active.x, y - active.y));
        break;
    }
    if (done) drag.current = null;
  };

  return (
    <div
      ref={stage}
      className={onBox === null ? styles.stage : styles.drawing}
      role="application"
      aria-label={`Picture of ${image.title}`}
      data-testid="stage"
      data-drawn={ready ? (reduced ? 'reduced' : 'full') : 'picture'}
      onPointerDown={press}
      onPointerMove={(event) => move(event, false)}
      onPointerUp={(event) => move(event, true)}
      onPointerCancel={() => {
        drag.current = null;
      }}
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
        <p className={styles.failure}>Only slices can be shown here, no other planes and no 3D: {failure}</p>
      )}
    </div>
  );
}

/** @returns whether a value has not changed for a moment. */
function useStill(value: number): boolean {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), stillAfterMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled === value;
}

function pixel(event: { clientX: number; clientY: number }, element: Element): { x: number; y: number } {
  const { left, top } = element.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** To the right: wider; down: darker, as on most workstations. 400 pixels are one width. */
function draggedWindow({ low, high }: DisplayWindow, dx: number, dy: number): DisplayWindow {
  const width = high - low;
  const wider = Math.max(width * 0.01, width * (1 + dx / 200));
  const level = (low + high) / 2 + (dy / 400) * width;
  return { low: level - wider / 2, high: level + wider / 2 };
}
