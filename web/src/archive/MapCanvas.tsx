import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ArchiveMap, VolumeSummary } from '../../../src/server/schemas.js';
import { useStageSize } from '../viewer/stage-size.js';
import { drawMap, type MapPoint } from './draw-map.js';
import styles from './MapCanvas.module.css';
import { MapCard } from './MapCard.js';
import {
  fittedView,
  laidOut,
  type MapView,
  type Pixel,
  panned,
  pixelOf,
  placeAt,
  zoomed,
} from './map-view.js';

interface MapCanvasProps {
  readonly map: ArchiveMap;
  readonly points: readonly MapPoint[];
  readonly volumes: readonly VolumeSummary[];
  readonly pointed: string | null;
  readonly onPoint: (volume: string | null) => void;
  readonly onOpen: (volume: string) => void;
}

/** How near the pointer has to come to a point, pixels. */
const reach = 10;
/** A press that moves less is a click. */
const clickSlack = 4;
const zoomStep = 1.4;

/** The map itself: pointing shows a volume, a click opens it, the wheel zooms and dragging moves. */
export function MapCanvas(props: MapCanvasProps) {
  const { map, volumes, pointed, onPoint, onOpen } = props;
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useStageSize(stage);
  const points = useMemo(() => laidOut(props.points, size), [props.points, size]);
  const fitted = useMemo(() => fittedView(points, size), [points, size]);
  const [moved, setMoved] = useState<MapView | null>(null);
  const [grabbed, setGrabbed] = useState(false);
  const [entered, setEntered] = useState(false);
  const press = useRef<{ readonly from: Pixel; last: Pixel; travelled: number } | null>(null);
  const colourCount = useThemeChanges();
  const view = moved ?? fitted;
  const point = points.find(({ id }) => id === pointed) ?? null;
  const nearestId = map.volumes.find(({ id }) => id === pointed)?.nearestVolume ?? null;
  const nearest = points.find(({ id }) => id === nearestId) ?? null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours.
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || !context || size.width === 0) return;
    const pixelRatio = window.devicePixelRatio;
    element.width = Math.round(size.width * pixelRatio);
    element.height = Math.round(size.height * pixelRatio);
    const style = getComputedStyle(element);
    const known = new Map<string, string>();
    const colours = (property: string) => {
      const colour = known.get(property) ?? style.getPropertyValue(property);
      known.set(property, colour);
      return colour;
    };
    drawMap(context, points, view, size, pixelRatio, { point, nearest }, colours);
  }, [points, view, size, point, nearest, colourCount]);

  const pixel = (event: { readonly clientX: number; readonly clientY: number }): Pixel => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const zoom = useCallback(
    (factor: number, at: Pixel) => setMoved((now) => zoomed(now ?? fitted, fitted, factor, at)),
    [fitted],
  );
  useEffect(() => {
    const element = canvas.current;
    // React listens passively to the wheel, and the page would scroll.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = element!.getBoundingClientRect();
      const factor = Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) / 300);
      zoom(factor, [event.clientX - left, event.clientY - top]);
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [zoom]);

  const middle: Pixel = [size.width / 2, size.height / 2];
  const idAt = (at: Pixel) => {
    const index = placeAt(points, view, at, reach);
    return index === null ? null : points[index]!.id;
  };
  return (
    <div ref={stage} className={styles.stage}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        role="img"
        aria-label={`Map of ${points.length} volumes; the table lists the same ones`}
        data-testid="archive-map"
        data-points={points.length}
        data-grabbed={grabbed}
        data-pointed={pointed ?? ''}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          press.current = { from: pixel(event), last: pixel(event), travelled: 0 };
        }}
        onPointerMove={(event) => {
          const at = pixel(event);
          const pressed = press.current;
          if (pressed === null) {
            onPoint(idAt(at));
            return;
          }
          const [dx, dy] = [at[0] - pressed.last[0], at[1] - pressed.last[1]];
          pressed.last = at;
          pressed.travelled = Math.max(
            pressed.travelled,
            Math.hypot(at[0] - pressed.from[0], at[1] - pressed.from[1]),
          );
          if (pressed.travelled < clickSlack) return;
          setGrabbed(true);
          onPoint(null);
          setMoved((now) => panned(now ?? fitted, dx, dy));
        }}
        onPointerUp={(event) => {
          const isClick = press.current !== null && press.current.travelled < clickSlack;
          press.current = null;
          setGrabbed(false);
          const id = isClick ? idAt(pixel(event)) : null;
          if (id !== null) onOpen(id);
        }}
        onPointerCancel={() => {
          press.current = null;
          setGrabbed(false);
        }}
        onPointerEnter={() => setEntered(true)}
        onPointerLeave={() => {
          setEntered(false);
          onPoint(null);
        }}
        onDoubleClick={(event) => {
          if (idAt(pixel(event)) === null) setMoved(null);
        }}
      />
      <div className={styles.buttons}>
        <button type="button" aria-label="Zoom in" onClick={() => zoom(zoomStep, middle)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / zoomStep, middle)}>
          {'\u2212'}
        </button>
        <button type="button" className={styles.fit} disabled={moved === null} onClick={() => setMoved(null)}>
          All
        </button>
      </div>
      {point === null ? null : (
        <MapCard
          volume={volumes.find(({ id }) => id === point.id)!}
          place={map.volumes.find(({ id }) => id === point.id)!}
          at={pixelOf(view, point)}
          keepFree={entered ? 'map' : 'table'}
          size={size}
        />
      )}
    </div>
  );
}

/** @returns a number that changes with the theme: a canvas does not know of it by itself. */
function useThemeChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const observer = new MutationObserver(() => setChanges((now) => now + 1));
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => observer.disconnect();
  }, []);
  return changes;
}
