import { FlatIndex } from '../../index/flat.js';
import type { Breath } from '../breath.js';
import { type Place, principalPlaces } from './principal-axes.js';
import { type Neighbourhoods, umapPlaces } from './umap.js';

/** Fewer points have no neighbourhoods to keep. */
const leastForUmap = 5;
const neighbourCount = 15;
/** UMAP starts from a picture of this half width, as its reference implementation does. */
const startHalfWidth = 10;
/** Queries in one product. */
const rowsAtOnce = 64;

export interface Layout {
  /** How the places were found. */
  readonly method: string;
  /** Within -1 to 1 along both axes, in true proportions. */
  readonly places: readonly Place[];
}

/**
 * Places points in the plane so that neighbours stay neighbours: UMAP over exact cosine neighbours, begun at
 * the principal components, so that the same points give the same map. Fewer than five points are shown by
 * their principal components.
 *
 * @param points row-major [count, dimension], rows of norm 1.
 */
export async function layOut(points: Float32Array, dimension: number, breath: Breath): Promise<Layout> {
  const count = points.length / dimension;
  const principal = await principalPlaces(points, dimension, breath);
  if (count < leastForUmap) return { method: 'PCA of mean embeddings', places: intoUnitSquare(principal) };
  const k = Math.min(neighbourCount, count - 1);
  const neighbourhoods = await cosineNeighbours(points, dimension, k, breath);
  const start = intoUnitSquare(principal).map(([x, y]): Place => [startHalfWidth * x, startHalfWidth * y]);
  const places = await umapPlaces(neighbourhoods, start);
  return { method: `UMAP of mean embeddings, ${k} neighbours by cosine`, places: intoUnitSquare(places) };
}

/** The k nearest points of each, itself first, and their distances 1 - cosine. */
async function cosineNeighbours(
  points: Float32Array,
  dimension: number,
  k: number,
  breath: Breath,
): Promise<Neighbourhoods> {
  const count = points.length / dimension;
  const volumes = Array.from({ length: count }, (_, row) => ({ firstRow: row, rowCount: 1 }));
  const index = new FlatIndex({ dimension, embeddings: points, volumes });
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let first = 0; first < count; first += rowsAtOnce) {
    const last = Math.min(count, first + rowsAtOnce);
    const found = await index.search(points.subarray(first * dimension, last * dimension), k);
    for (let row = first; row < last; row++) {
      const from = (row - first) * k;
      const others = Array.from({ length: k }, (_, place) => from + place)
        .filter((place) => found.rows[place] !== row)
        .slice(0, k - 1);
      indices.push([row, ...others.map((place) => found.rows[place]!)]);
      distances.push([0, ...others.map((place) => Math.max(0, 1 - found.similarities[place]!))]);
    }
    await breath.take();
  }
  return { indices, distances };
}

/** Moved and scaled, the same along both axes, so that all lie within -1 to 1. */
function intoUnitSquare(places: readonly Place[]): Place[] {
  const extent = ([0, 1] as const).map((axis) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const place of places) {
      low = Math.min(low, place[axis]);
      high = Math.max(high, place[axis]);
    }
    return { middle: (low + high) / 2, half: (high - low) / 2 };
  });
  const half = Math.max(...extent.map((axis) => axis.half)) || 1;
  return places.map(([x, y]) => [(x - extent[0]!.middle) / half, (y - extent[1]!.middle) / half]);
}
