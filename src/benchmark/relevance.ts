import { slicesWithClass } from './contents.js';
import type { LabelledSlices } from './labelled-slices.js';

/** The grade of full relevance: grades are whole numbers, as the qrels files of TREC want them. */
const fullGrade = 1000;

/**
 * How relevant the volumes of the database are to a query, in thousandths.
 *
 * For a region query: 1000 if the volume contains the class, else 0. For a volume query the Jaccard index of
 * the classes of both volumes, rounded:
 *
 *     grade(Q, V) = round(1000 * |classes(Q) and classes(V)| / |classes(Q) or classes(V)|)
 *
 * As long as there are fewer than 2000 classes, one class in common suffices for a grade above 0, which is what
 * metrics without grades call relevant.
 */
export class Relevance {
  readonly #owned: Uint32Array;
  readonly #asked: Uint32Array;
  readonly #volumeCount: number;
  readonly #classCount: number;

  /** @param minVoxels as for `evaluate`: about the classes of the query volumes only. */
  constructor(database: LabelledSlices, queries: LabelledSlices, minVoxels = 1) {
    this.#owned = slicesWithClass(database);
    this.#asked = slicesWithClass(queries, minVoxels);
    this.#volumeCount = database.volumes.length;
    this.#classCount = database.classes.length;
  }

  /**
   * @param queryVolume position in the queries' volumes.
   * @param queryClass position of the class of a region query; undefined for a volume query.
   * @returns grade by position in the database's volumes.
   */
  grades(queryVolume: number, queryClass: number | undefined): number[] {
    return Array.from({ length: this.#volumeCount }, (_, volume) => {
      if (queryClass === undefined) return Math.round(fullGrade * this.#overlap(queryVolume, volume));
      return this.#owned[volume * this.#classCount + queryClass]! > 0 ? fullGrade : 0;
    });
  }

  #overlap(queryVolume: number, volume: number): number {
    let both = 0;
    let either = 0;
    for (let c = 0; c < this.#classCount; c++) {
      const isAsked = this.#asked[queryVolume * this.#classCount + c]! > 0;
      const isOwned = this.#owned[volume * this.#classCount + c]! > 0;
      both += Number(isAsked && isOwned);
      either += Number(isAsked || isOwned);
    }
    return either === 0 ? 0 : both / either;
  }
}
