import { isAnnotated } from './annotated-only.js';
import type { LabelledSlices } from './labelled-slices.js';
import type { AnswerScopeName } from './outcomes.js';

/** Tells by its position in the database's volumes whether a volume may answer. */
export type IsAllowed = (volume: number) => boolean;

/**
 * Which volumes of the database may answer a query for a class: all of them, or those in which the class was
 * looked for. Classes with the same volumes share one search, so they are grouped.
 */
export class AnswerScope {
  /** Group of each class, by its position. */
  readonly #groupOf: Int32Array;
  /** By group; undefined: all volumes. */
  readonly #allowed: (IsAllowed | undefined)[] = [];

  constructor(database: LabelledSlices, among: AnswerScopeName) {
    const { classes, volumes } = database;
    this.#groupOf = new Int32Array(classes.length);
    if (among === 'all') {
      this.#allowed.push(undefined);
      return;
    }
    const groups = new Map<string, number>();
    for (let c = 0; c < classes.length; c++) {
      const flags = Uint8Array.from(volumes, (_, volume) => Number(isAnnotated(database, volume, c)));
      const key = flags.join('');
      let group = groups.get(key);
      if (group === undefined) {
        group = this.#allowed.push((volume) => flags[volume]! > 0) - 1;
        groups.set(key, group);
      }
      this.#groupOf[c] = group;
    }
  }

  /**
   * Searches once for each group of classes; once where all volumes may answer, whatever the classes.
   *
   * @param classes that are asked for, by their positions.
   * @param search is told which volumes may answer; undefined: all.
   * @returns what was found for a class.
   */
  async search<Found>(
    classes: readonly number[],
    search: (isAllowed: IsAllowed | undefined) => Promise<Found>,
  ): Promise<(queryClass: number) => Found> {
    const isWhole = this.#allowed[0] === undefined;
    const groups = isWhole ? [0] : new Set(classes.map((c) => this.#groupOf[c]!));
    const found = new Map<number, Found>();
    for (const group of groups) found.set(group, await search(this.#allowed[group]));
    return (queryClass) => found.get(this.#groupOf[queryClass]!)!;
  }
}
