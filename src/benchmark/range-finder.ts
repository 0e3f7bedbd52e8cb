import { bestRange, rangeLength } from '../answer/localize.js';
import { innerProduct } from '../index/inner-product.js';
import { sliceContains } from './contents.js';
import type { LabelledSlices } from './labelled-slices.js';
import type { SliceRange } from './metrics/range-overlap.js';

/**
 * Where in database volumes the regions of one query volume lie: the range that `localize` of a search gives,
 * with similarities that do not depend on the sizes of matrices, so that ties end as defined. Similarities of
 * the query volume and a database volume are computed once, however many regions and rankings ask.
 */
export class RangeFinder {
  readonly #database: LabelledSlices;
  readonly #queries: LabelledSlices;
  readonly #queryVolume: number;
  /** By database volume and query slice: similarities of the volume's slices. */
  readonly #similarities = new Map<number, Map<number, Float32Array>>();

  constructor(database: LabelledSlices, queries: LabelledSlices, queryVolume: number) {
    this.#database = database;
    this.#queries = queries;
    this.#queryVolume = queryVolume;
  }

  /**
   * @param querySlices positions within the query volume, ascending.
   * @param volume position in the database's volumes.
   */
  find(querySlices: readonly number[], volume: number): SliceRange {
    const { volumes, sliceIndex } = this.#database;
    const { firstRow, rowCount, spacingMm } = volumes[volume]!;
    const asked = this.#queries.volumes[this.#queryVolume]!;
    const askedIndex = (slice: number) => this.#queries.sliceIndex[asked.firstRow + slice]!;
    const span = askedIndex(querySlices.at(-1)!) - askedIndex(querySlices[0]!) + 1;
    const similarities = new Float32Array(querySlices.length * rowCount);
    for (const [line, slice] of querySlices.entries()) {
      similarities.set(this.#similaritiesOf(slice, volume), line * rowCount);
    }
    // Of the slices that there are: air is left out.
    const steps = (sliceIndex[firstRow + rowCount - 1]! - sliceIndex[firstRow]!) / Math.max(1, rowCount - 1);
    const stepMm = spacingMm * (steps > 0 ? steps : 1);
    const { first, last } = bestRange(
      similarities,
      rowCount,
      rangeLength(span * asked.spacingMm, stepMm, rowCount),
    );
    return { from: sliceIndex[firstRow + first]!, to: sliceIndex[firstRow + last]! };
  }

  #similaritiesOf(slice: number, volume: number): Float32Array {
    const ofVolume = this.#similarities.get(volume) ?? new Map<number, Float32Array>();
    this.#similarities.set(volume, ofVolume);
    let line = ofVolume.get(slice);
    if (line === undefined) {
      const { dimension, embeddings, volumes } = this.#database;
      const { firstRow, rowCount } = volumes[volume]!;
      const queryRow = this.#queries.volumes[this.#queryVolume]!.firstRow + slice;
      line = Float32Array.from({ length: rowCount }, (_, row) =>
        innerProduct(this.#queries.embeddings, queryRow, embeddings, firstRow + row, dimension),
      );
      ofVolume.set(slice, line);
    }
    return line;
  }
}

/** @returns from the first to the last slice of a volume with a class; undefined where it has none. */
export function extentOf(
  slices: LabelledSlices,
  volume: number,
  classPosition: number,
): SliceRange | undefined {
  const { firstRow, rowCount } = slices.volumes[volume]!;
  const rows = Array.from({ length: rowCount }, (_, row) => firstRow + row).filter((row) =>
    sliceContains(slices, row, classPosition),
  );
  if (rows.length === 0) return undefined;
  return { from: slices.sliceIndex[rows[0]!]!, to: slices.sliceIndex[rows.at(-1)!]! };
}
