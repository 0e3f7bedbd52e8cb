import { Fragment } from 'react';
import type { Box, Grid, Vector3 } from '../geometry/grid.js';
import { boxOnScreen } from './box-drag.js';
import styles from './StageOverlay.module.css';
import { axesOf, edgeLetters, isPlaneTile, type PlaneTile, type Tile, toScreen } from './tiles.js';

interface StageOverlayProps {
  readonly grid: Grid;
  readonly tiles: readonly Tile[];
  readonly stage: { readonly width: number; readonly height: number };
  readonly position: Vector3;
  readonly box: Box | null;
  /** Whether the box can be taken hold of. */
  readonly drawing: boolean;
}

/** Pixels around the crosshair that stay free, so that what it points at can be seen. */
const gap = 10;
/** Room for the letters at the edges. */
const margin = 22;

/** Crosshair, box and letters of orientation, drawn over the pictures. */
export function StageOverlay({ grid, tiles, stage, position, box, drawing }: StageOverlayProps) {
  return (
    <svg className={styles.overlay} aria-hidden="true">
      {tiles.filter(isPlaneTile).map((tile) => (
        <Fragment key={tile.plane}>
          <Crosshair grid={grid} tile={tile} stage={stage} position={position} />
          {box === null ? null : (
            <BoxOutline grid={grid} tile={tile} position={position} box={box} handles={drawing} />
          )}
          <EdgeLetters tile={tile} stage={stage} />
        </Fragment>
      ))}
    </svg>
  );
}

interface TileProps {
  readonly tile: PlaneTile;
  readonly stage: { readonly width: number; readonly height: number };
}

function Crosshair({ grid, tile, stage, position }: TileProps & { grid: Grid; position: Vector3 }) {
  const { x, y } = toScreen(grid, tile, position);
  const edges = visible(tile, stage);
  const [left, right] = [Math.max(tile.picture.left, edges.left + margin), edges.right - margin];
  const [top, bottom] = [Math.max(tile.picture.top, edges.top + margin), edges.bottom - margin];
  const [end, foot] = [tile.picture.left + tile.picture.width, tile.picture.top + tile.picture.height];
  return (
    <g className={styles.crosshair}>
      <line x1={left} x2={Math.max(left, x - gap)} y1={y} y2={y} />
      <line x1={Math.min(right, end, x + gap)} x2={Math.min(right, end)} y1={y} y2={y} />
      <line x1={x} x2={x} y1={top} y2={Math.max(top, y - gap)} />
      <line x1={x} x2={x} y1={Math.min(bottom, foot, y + gap)} y2={Math.min(bottom, foot)} />
    </g>
  );
}

/** What of a tile's cell is inside of the stage. */
function visible({ cell }: PlaneTile, stage: { readonly width: number; readonly height: number }) {
  return {
    left: Math.max(0, cell.left),
    top: Math.max(0, cell.top),
    right: Math.min(stage.width, cell.left + cell.width),
    bottom: Math.min(stage.height, cell.top + cell.height),
  };
}

interface BoxOutlineProps {
  readonly grid: Grid;
  readonly tile: PlaneTile;
  readonly position: Vector3;
  readonly box: Box;
  readonly handles: boolean;
}

function BoxOutline({ grid, tile, position, box, handles }: BoxOutlineProps) {
  const { left, top, width, height } = boxOnScreen(grid, tile, box, position);
  const corners = [
    [left, top],
    [left + width, top],
    [left, top + height],
    [left + width, top + height],
  ] as const;
  const { across } = axesOf(tile.plane);
  const inside = position[across] >= box[across][0] && position[across] <= box[across][1];
  return (
    <g className={inside ? styles.box : styles.boxElsewhere} data-testid="box">
      <rect x={left} y={top} width={width} height={height} />
      {(handles ? corners : []).map(([x, y]) => (
        <rect key={`${x},${y}`} className={styles.handle} x={x - 3} y={y - 3} width={6} height={6} />
      ))}
    </g>
  );
}

function EdgeLetters({ tile, stage }: TileProps) {
  const letters = edgeLetters[tile.plane];
  const { left, top, right, bottom } = visible(tile, stage);
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  return (
    <g className={styles.letters}>
      <text x={left + 8} y={middleY} textAnchor="start">
        {letters.left}
      </text>
      <text x={right - 8} y={middleY} textAnchor="end">
        {letters.right}
      </text>
      <text x={middleX} y={top + 11} textAnchor="middle">
        {letters.top}
      </text>
      <text x={middleX} y={bottom - 9} textAnchor="middle">
        {letters.bottom}
      </text>
    </g>
  );
}
