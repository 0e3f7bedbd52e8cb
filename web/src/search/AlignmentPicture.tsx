import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import type { ApiHit } from '../../../src/server/schemas.js';
import type { Alignment } from '../api/alignment.js';
import { clamp } from '../geometry/grid.js';
import styles from './AlignmentPicture.module.css';
import { type HeatMapAxes, heatMapPixels, heatMapRange, nearest } from './heat-map.js';

interface AlignmentPictureProps {
  readonly alignment: Alignment;
  readonly axes: HeatMapAxes;
  readonly hit: ApiHit;
  /** Slices that the viewers show. */
  readonly querySlice: number;
  readonly hitSlice: number;
  readonly onJump: (querySlice: number, hitSlice: number) => void;
}

/** Similarity of every query slice with every stored slice of the hit, the matches, and where the viewers are. */
export function AlignmentPicture({
  alignment,
  axes,
  hit,
  querySlice,
  hitSlice,
  onJump,
}: AlignmentPictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, height] = [axes.columns.length, axes.rows.length];
  const range = useMemo(() => heatMapRange(alignment), [alignment]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null || width === 0 || height === 0) return;
    context.putImageData(new ImageData(heatMapPixels(alignment, axes, range), width, height), 0, 0);
  }, [alignment, axes, range, width, height]);

  const shownQuery = useMemo(
    () => axes.columns.map((row) => alignment.queryIndices[row]!),
    [alignment, axes],
  );
  const shownHit = useMemo(() => axes.rows.map((column) => alignment.hitIndices[column]!), [alignment, axes]);
  const column = nearest(shownQuery, querySlice);
  const row = nearest(shownHit, hitSlice);
  const similarity =
    alignment.similarities[axes.columns[column]! * alignment.hitIndices.length + axes.rows[row]!] ??
    Number.NaN;

  const path = useMemo(() => matchedPath(hit, shownQuery, shownHit), [hit, shownQuery, shownHit]);
  const ends = [nearest(shownHit, hit.range.from), nearest(shownHit, hit.range.to)].sort((a, b) => a - b);
  const jump = (x: number, y: number) =>
    onJump(shownQuery[clamp(x, 0, width - 1)]!, shownHit[clamp(y, 0, height - 1)]!);
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    jump(
      Math.floor(((event.clientX - box.left) / box.width) * width),
      Math.floor(((event.clientY - box.top) / box.height) * height),
    );
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    jump(column + step[0], row + step[1]);
  };

  return (
    <div
      className={styles.picture}
      // A slider in two directions: the nearest role that there is.
      role="slider"
      tabIndex={0}
      aria-label="Similarity of query slices and hit slices; arrow keys jump"
      aria-valuemin={0}
      aria-valuemax={width - 1}
      aria-valuenow={column}
      aria-valuetext={`query slice ${shownQuery[column]}, hit slice ${shownHit[row]}, similarity ${similarity.toFixed(3)}`}
      data-testid="alignment"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
      onKeyDown={press}
    >
      <canvas ref={canvas} width={width} height={height} data-testid="alignment-canvas" />
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <line className={styles.range} x1={0} x2={width} y1={ends[0]} y2={ends[0]} />
        <line className={styles.range} x1={0} x2={width} y1={ends[1]! + 1} y2={ends[1]! + 1} />
        <path className={styles.pathShadow} d={path} />
        <path className={styles.path} d={path} />
        <line className={styles.cross} x1={column + 0.5} x2={column + 0.5} y1={0} y2={height} />
        <line className={styles.cross} x1={0} x2={width} y1={row + 0.5} y2={row + 0.5} />
      </svg>
      <span className={styles.value}>{similarity.toFixed(3)}</span>
    </div>
  );
}

/** A line along the matches, one step for each query slice. */
function matchedPath(hit: ApiHit, shownQuery: readonly number[], shownHit: readonly number[]): string {
  const matchOf = new Map(hit.matches.map(({ querySlice, slice }) => [querySlice, slice]));
  let moves = '';
  shownQuery.forEach((slice, x) => {
    const match = matchOf.get(slice);
    if (match === undefined) return;
    const y = nearest(shownHit, match) + 0.5;
    moves += `M${x} ${y}H${x + 1}`;
  });
  return moves;
}
