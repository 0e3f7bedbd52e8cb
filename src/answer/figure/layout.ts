/**
 * Where everything of a figure lies. Units are those of the SVG; the PNG has {@link pixelsPerUnit} pixels for
 * each, along both axes.
 */
export interface FigureLayout {
  readonly width: number;
  readonly height: number;
  /** Side of the square tiles, and of the overview beside them. */
  readonly tile: number;
  readonly infoX: number;
  readonly infoWidth: number;
  readonly overviewX: number;
  /** Left edge of each column of tiles. */
  readonly columnX: readonly number[];
  /** Upper edge of the query's tiles, and of the tiles of each hit. */
  readonly queryY: number;
  readonly hitY: readonly number[];
  /** The line between the query and its hits. */
  readonly ruleY: number;
  /** Upper edge of the legend. */
  readonly legendY: number;
}

export const pixelsPerUnit = 2;
/** Around the overview, for the marks that stand out of it. */
export const overviewMargin = 6;
/** 2400 pixels. */
const maximalWidth = 1200;
/** The header and the legend need so much. */
const minimalWidth = 700;

export const margin = 20;
const infoGap = 14;
const overviewGap = 16;
const columnGap = 6;
const minimalInfoWidth = 190;
const headerHeight = 66;
/** Bar and caption under a tile. */
export const captionHeight = 20;
const rowGap = 14;
/** Between the query and its hits. */
const queryGap = 26;
const legendHeight = 42;
export const warningHeight = 15;

/** Few tiles are shown larger, but not so large that a hit fills a screen. */
function largestTile(columns: number): number {
  if (columns === 1) return 200;
  return columns <= 3 ? 180 : 150;
}

/**
 * @param columns query slices that are shown, >= 1.
 * @param hits rows below the query.
 * @param warnings lines below the legend.
 */
export function figureLayout(columns: number, hits: number, warnings: number): FigureLayout {
  const besidesTiles =
    2 * margin + minimalInfoWidth + infoGap + overviewGap + Math.max(0, columns - 1) * columnGap;
  const tile = Math.min(largestTile(columns), Math.floor((maximalWidth - besidesTiles) / (columns + 1)));
  const width = Math.max(minimalWidth, besidesTiles + (columns + 1) * tile);
  const infoWidth = minimalInfoWidth + width - besidesTiles - (columns + 1) * tile;
  const overviewX = margin + infoWidth + infoGap;
  const tilesX = overviewX + tile + overviewGap;
  const rowHeight = tile + captionHeight;
  const firstHitY = headerHeight + rowHeight + queryGap;
  const legendY = firstHitY + hits * (rowHeight + rowGap);
  return {
    width,
    height: legendY + legendHeight + warnings * warningHeight + margin,
    tile,
    infoX: margin,
    infoWidth,
    overviewX,
    columnX: Array.from({ length: columns }, (_, column) => tilesX + column * (tile + columnGap)),
    queryY: headerHeight,
    hitY: Array.from({ length: hits }, (_, hit) => firstHitY + hit * (rowHeight + rowGap)),
    ruleY: firstHitY - queryGap / 2,
    legendY,
  };
}

/**
 * Which of `count` things to show where there is room for `shown`: the middle one of each of `shown` equal
 * parts, so that no end is favoured. All of them where there is room.
 *
 * @returns ascending positions from 0.
 */
export function evenlySpread(count: number, shown: number): number[] {
  if (count <= shown) return Array.from({ length: count }, (_, position) => position);
  return Array.from({ length: shown }, (_, part) => Math.floor(((part + 0.5) * count) / shown));
}

/** The largest size with the given proportions that fits into a square box; whole numbers, at least 1. */
export function fitInto(
  widthMm: number,
  heightMm: number,
  box: number,
): readonly [width: number, height: number] {
  const scale = box / Math.max(widthMm, heightMm);
  return [Math.max(1, Math.round(widthMm * scale)), Math.max(1, Math.round(heightMm * scale))];
}
