import { type PointerEvent as ReactPointerEvent, type RefObject, useEffect, useRef } from 'react';
import { type Box, clamp, type Grid, movedBySlices, type Vector3 } from '../geometry/grid.js';
import { draggedBox, type Grip, gripAt } from './box-drag.js';
import type { Rotation } from './NiivueCanvas.js';
import { fromScreen, isPlaneTile, type PlaneTile, type Tile, tileUnder } from './tiles.js';
import type { DisplayWindow } from './windows.js';
import { panned, type Zoom, zoomedAbout } from './zoom.js';

interface StageGesturesOptions {
  readonly stage: RefObject<HTMLElement | null>;
  readonly size: { readonly width: number; readonly height: number };
  readonly grid: Grid;
  /** As they lie on the stage now. */
  readonly tiles: readonly Tile[];
  readonly position: Vector3;
  readonly onPosition: (position: Vector3) => void;
  readonly window: DisplayWindow;
  readonly onWindow: (window: DisplayWindow) => void;
  readonly box: Box | null;
  /** null: no box is being drawn. */
  readonly onBox: ((box: Box, done: boolean) => void) | null;
  readonly rotation: Rotation;
  readonly onRotation: (rotation: Rotation) => void;
  readonly zoom: Zoom;
  /** null: this layout is not enlarged. */
  readonly onZoom: ((zoom: Zoom) => void) | null;
}

interface StageGestures {
  readonly press: (event: ReactPointerEvent<HTMLElement>) => void;
  readonly move: (event: ReactPointerEvent<HTMLElement>) => void;
  readonly release: (event: ReactPointerEvent<HTMLElement>) => void;
  readonly cancel: () => void;
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
/** A press shorter than this draws no box, pixels. */
const leastBox = 4;

/** What the mouse does on the pictures: place the crosshair, scroll, draw a box, set the window, rotate, enlarge. */
export function useStageGestures(options: StageGesturesOptions): StageGestures {
  const { stage, size, grid, tiles, position, onPosition, window, onWindow } = options;
  const { box, onBox, rotation, onRotation, zoom, onZoom } = options;
  const drag = useRef<Drag | null>(null);
  const pressed = useRef({ x: 0, y: 0 });
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  const turned = useRef(0);
  // A wheel may turn several times before the next drawing.
  const scrolled = useRef(position);
  scrolled.current = position;
  wheel.current = (event) => {
    const element = stage.current;
    if (element === null) return;
    event.preventDefault();
    const { x, y } = pixel(event, element);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * wheelStep;
    if (event.ctrlKey) {
      onZoom?.(zoomedAbout(zoom, size, x, y, 2 ** (-pixels / zoomStep), devicePixelRatio));
      return;
    }
    const tile = tileUnder(tiles, x, y);
    if (tile === null || !isPlaneTile(tile)) return;
    turned.current += pixels;
    const steps = Math.trunc(turned.current / wheelStep);
    if (steps === 0) return;
    turned.current -= steps * wheelStep;
    scrolled.current = movedBySlices(grid, tile.plane, scrolled.current, -steps);
    onPosition(scrolled.current);
  };
  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    // React listens passively, and the page must not scroll or zoom with the picture.
    const scroll = (event: WheelEvent) => wheel.current(event);
    element.addEventListener('wheel', scroll, { passive: false });
    return () => element.removeEventListener('wheel', scroll);
  }, [stage]);

  const press = (event: ReactPointerEvent<HTMLElement>) => {
    const { x, y } = pixel(event, event.currentTarget);
    const tile = tileUnder(tiles, x, y);
    pressed.current = { x, y };
    drag.current = null;
    if (event.button === 1 || (event.button === 0 && event.shiftKey))
      drag.current = { kind: 'pan', x, y, start: zoom };
    else if (event.button === 2) drag.current = { kind: 'window', x, y, start: window };
    else if (event.button !== 0 || tile === null) return;
    else if (!isPlaneTile(tile)) drag.current = { kind: 'rotate', x, y, start: rotation };
    else if (onBox !== null) {
      const grip = gripAt(grid, tile, box, position, x, y);
      drag.current = { kind: 'box', tile, grip, start: box, from: fromScreen(grid, tile, position, x, y) };
    } else {
      drag.current = { kind: 'position', tile };
      onPosition(fromScreen(grid, tile, position, x, y));
    }
    event.currentTarget.setPointerCapture(event.pointerId);
  };

  const follow = (event: ReactPointerEvent<HTMLElement>, done: boolean) => {
    const active = drag.current;
    if (active === null) return;
    const { x, y } = pixel(event, event.currentTarget);
    switch (active.kind) {
      case 'position':
        onPosition(fromScreen(grid, active.tile, position, x, y));
        break;
      case 'box': {
        const moved = Math.hypot(x - pressed.current.x, y - pressed.current.y) >= leastBox;
        const to = fromScreen(grid, active.tile, position, x, y);
        if (moved) {
          onBox?.(draggedBox(grid, active.tile.plane, active.grip, active.start, active.from, to), done);
        } else if (done) {
          if (active.start !== null) onBox?.(active.start, true);
          onPosition(to);
        }
        break;
      }
      case 'pan':
        onZoom?.(panned(active.start, size, x - active.x, y - active.y));
        break;
      case 'rotate':
        onRotation({
          azimuth: active.start.azimuth - (x - active.x) / 2,
          elevation: clamp(active.start.elevation + (y - active.y) / 2, -90, 90),
        });
        break;
      case 'window':
        onWindow(draggedWindow(active.start, x - active.x, y - active.y));
        break;
    }
    if (done) drag.current = null;
  };

  return {
    press,
    move: (event) => follow(event, false),
    release: (event) => follow(event, true),
    cancel: () => {
      drag.current = null;
    },
  };
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
