import { Fragment } from 'react';
import type { Box, Grid, Vector3 } from '../geometry/grid.js';
import { boxOnScreen } from './box-drag.js';
import styles from './StageOverlay.module.css';
import { edgeLetters, isPlaneTile, type PlaneTile, type Tile, toScreen } from './tiles.js';

interface StageOverlayProps {
  readonly grid: Grid;
  readonly tiles: readonly Tile[];
  readonly position: Vector3;
  readonly box: Box | null;
}

/** Pixels around the crosshair that stay free, so that what it points at can be seen. */
const gap = 10;

/** Crosshair, box and letters of orientation, drawn over the pictures. */
export function StageOverlay({ grid, tiles, position, box }: StageOverlayProps) {
  return (
    <svg className={styles.overlay} aria-hidden="true">
      {tiles.filter(isPlaneTile).map((tile) => (
        <Fragment key={tile.plane}>
          <Crosshair grid={grid} tile={tile} position={position} />
          {box === null ? null : <BoxOutline grid={grid} tile={tile} position={position} box={box} />}
          <EdgeLetters tile={tile} />
        </Fragment>
      ))}
    </svg>
  );
}

function Crosshair({ grid, tile, position }: { grid: Grid; tile: PlaneTile; position: Vector3 }) {
  const { x, y } = toScreen(grid, tile, position);
  const { left, top, width, height } = tile.picture;
  return (
    <g className={styles.crosshair}>
      <line x1={left} x2={Math.max(left, x - gap)} y1={y} y2={y} />
      <line x1={Math.min(left + width, x + gap)} x2={left + width} y1={y} y2={y} />
      <line x1={x} x2={x} y1={top} y2={Math.max(top, y - gap)} />
      <line x1={x} x2={x} y1={Math.min(top + height, y + gap)} y2={top + height} />
    </g>
  );
}

function BoxOutline({
  grid,
  tile,
  position,
  box,
}: {
  grid: Grid;
  tile: PlaneTile;
  position: Vector3;
  box: Box;
}) {
  const { left, top, width, height } = boxOnScreen(grid, tile, box, position);
  const handles = [
    [left, top],
    [left + width, top],
    [left, top + height],
    [left + width, top + height],
  ] as const;
  const across = tile.plane === 'axial' ? 2 : tile.plane === 'coronal' ? 1 : 0;
  const inside = position[across] >= box[across][0] && position[across] <= box[across][1];
  return (
    <g className={inside ? styles.box : styles.boxElsewhere}>
      <rect x={left} y={top} width={width} height={height} />
      {handles.map(([x, y]) => (
        <rect key={`${x},${y}`} className={styles.handle} x={x - 3} y={y - 3} width={6} height={6} />
      ))}
    </g>
  );
}

function EdgeLetters({ tile: { plane, cell } }: { tile: PlaneTile }) {
  const { left, right, top, bottom } = edgeLetters[plane];
  const [middleX, middleY] = [cell.left + cell.width / 2, cell.top + cell.height / 2];
  return (
    <g className={styles.letters}>
      <text x={cell.left + 8} y={middleY} textAnchor="start">
        {left}
      </text>
      <text x={cell.left + cell.width - 8} y={middleY} textAnchor="end">
        {right}
      </text>
      <text x={middleX} y={cell.top + 14} textAnchor="middle">
        {top}
      </text>
      <text x={middleX} y={cell.top + cell.height - 7} textAnchor="middle">
        {bottom}
      </text>
    </g>
  );
}
