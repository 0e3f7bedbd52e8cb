import { type PointerEvent as ReactPointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { type Box, movedBySlices, planeAcross, sliceAt, type Vector3 } from '../geometry/grid.js';
import { draggedBox, type Grip, gripAt } from './box-drag.js';
import { NiivueCanvas, type Rotation } from './NiivueCanvas.js';
import { SlicePicture } from './SlicePicture.js';
import { StageOverlay } from './StageOverlay.js';
import { useStageSize } from './stage-size.js';
import { fromScreen, isPlaneTile, type Layout, type PlaneTile, tilesOf, tileUnder } from './tiles.js';
import type { Voxels } from './useVoxels.js';
import styles from './ViewerStage.module.css';
import type { DisplayWindow } from './windows.js';

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
  | { readonly kind: 'rotate'; readonly x: number; readonly y: number; readonly start: Rotation }
  | { readonly kind: 'window'; readonly x: number; readonly y: number; readonly start: DisplayWindow };

/** A wheel turns in steps of about this many pixels; touch pads send many small ones. */
const wheelStep = 40;
/** After so long without movement the sharp picture of the slice is laid over reduced voxels. */
const stillAfterMs = 250;
/** A press shorter than this draws no box, pixels. */
const leastBox = 4;

/** The picture area of a viewer: slices, 3D, crosshair and box, and all that the mouse does with them. */
export function ViewerStage(props: ViewerStageProps) {
  const { image, voxels, layout, window, onWindow, position, onPosition, box, onBox } = props;
  const stage = useRef<HTMLDivElement>(null);
  const size = useStageSize(stage);
  const tiles = useMemo(() => tilesOf(image, layout, size.width, size.height), [image, layout, size]);
  const [rotation, setRotation] = useState<Rotation>({ azimuth: 110, elevation: 15 });
  const [drawn, setDrawn] = useState<ArrayBuffer | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const drag = useRef<Drag | null>(null);
  const pressed = useRef({ x: 0, y: 0 });

  const ready = voxels.bytes !== null && drawn === voxels.bytes;
  const stackPlane = planeAcross(image, image.sliceAxis);
  const slice = sliceAt(image, stackPlane, position);
  const still = useStill(slice);
  const stackTile = tiles.filter(isPlaneTile).find(({ plane }) => plane === stackPlane);
  const maskVisible = voxels.mask !== null;
  const showsPicture =
    stackTile !== undefined && size.width > 0 && (!ready || (voxels.reduced && still && !maskVisible));

  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    let turned = 0;
    const scroll = (event: WheelEvent) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      const { x, y } = pixel(event, element);
      const tile = tileUnder(tiles, x, y);
      if (tile === null || !isPlaneTile(tile)) return;
      turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * wheelStep;
      const steps = Math.trunc(turned / wheelStep);
      if (steps === 0) return;
      turned -= steps * wheelStep;
      onPosition(movedBySlices(image, tile.plane, position, -steps));
    };
    element.addEventListener('wheel', scroll, { passive: false });
    return () => element.removeEventListener('wheel', scroll);
  }, [tiles, image, position, onPosition]);

  const press = (event: ReactPointerEvent<HTMLDivElement>) => {
    const { x, y } = pixel(event, event.currentTarget);
    const tile = tileUnder(tiles, x, y);
    pressed.current = { x, y };
    drag.current = null;
    if (event.button === 2) drag.current = { kind: 'window', x, y, start: window };
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
      data-drawn={ready ? (voxels.reduced ? 'reduced' : 'full') : 'picture'}
      onPointerDown={press}
      onPointerMove={(event) => move(event, false)}
      onPointerUp={(event) => move(event, true)}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <div className={ready ? styles.volume : styles.hidden}>
        {failure === null ? (
          <NiivueCanvas
            image={voxels.bytes}
            mask={voxels.mask}
            window={window}
            tiles={tiles}
            stage={size}
            position={position}
            rotation={rotation}
            onDrawn={setDrawn}
            onFailure={setFailure}
          />
        ) : null}
      </div>
      {showsPicture ? (
        <SlicePicture image={image} tile={stackTile} slice={slice} window={window} covers={ready} />
      ) : null}
      <StageOverlay grid={image} tiles={tiles} position={position} box={box} />
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
