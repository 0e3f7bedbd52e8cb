import type { ClassMap } from '../class-maps/class-map.js';
import { sliceContains, slicesWithClass } from '../contents.js';
import type { LabelledSlices } from '../labelled-slices.js';
import type { BenchmarkRanking, RankedAnswer } from '../outcomes.js';

/** A region query of the benchmark, and how it was answered. */
export interface GalleryQuery {
  readonly class: string;
  /** Ids of the query volume and of the volume that was returned. */
  readonly query: string;
  readonly returned: string;
  readonly returnedHasClass: boolean;
  readonly querySlices: number;
  /** Slices of the returned volume that answered, and how many of them contain the class. */
  readonly answers: number;
  readonly containing: number;
}

export interface GalleryChoice {
  readonly best: readonly GalleryQuery[];
  readonly worst: readonly GalleryQuery[];
}

export interface GalleryRequest {
  readonly database: LabelledSlices;
  readonly queries: LabelledSlices;
  readonly minVoxels: number;
  readonly ranking: BenchmarkRanking;
  /** Only queries for these classes are taken. */
  readonly classes: readonly string[];
}

/** Listens to the answers of a benchmark, and says which of the region queries are worth a picture. */
export class GalleryQueries {
  readonly #request: GalleryRequest;
  readonly #classes: ReadonlySet<string>;
  /** Row-major [volumes, classes]: slices with the class. */
  readonly #owned: Uint32Array;
  readonly #asked: Uint32Array;
  readonly #answered: GalleryQuery[] = [];

  constructor(request: GalleryRequest) {
    this.#request = request;
    this.#classes = new Set(request.classes);
    this.#owned = slicesWithClass(request.database);
    this.#asked = slicesWithClass(request.queries, request.minVoxels);
  }

  add({ mode, ranking, queryVolume, queryClass, volumes, answeringRows }: RankedAnswer): void {
    const { database, queries, ranking: wanted } = this.#request;
    const [first] = volumes;
    if (mode !== 'region' || ranking !== wanted || queryClass === undefined || first === undefined) return;
    const name = queries.classes[queryClass]!;
    if (!this.#classes.has(name)) return;
    this.#answered.push({
      class: name,
      query: queries.volumes[queryVolume]!.id,
      returned: database.volumes[first.volume]!.id,
      returnedHasClass: this.#owned[first.volume * database.classes.length + queryClass]! > 0,
      querySlices: this.#asked[queryVolume * queries.classes.length + queryClass]!,
      answers: answeringRows.length,
      containing: answeringRows.filter((row) => sliceContains(database, row, queryClass)).length,
    });
  }

  /**
   * The best: every answering slice contains the class, over the most query slices. The worst: the smallest
   * localization ratio (0 where the answer is not localized), and of equals the most query slices, for the
   * larger structure is the clearer failure. No class and no query volume stands twice among the best or
   * among the worst; what is equal in all of this comes in the order of the query ids, then of the classes.
   *
   * @param most how many of each.
   */
  choose(most: number): GalleryChoice {
    const ratio = ({ containing, answers }: GalleryQuery) => (answers === 0 ? 0 : containing / answers);
    const ranked = [...this.#answered].sort(
      (a, b) =>
        ratio(a) - ratio(b) ||
        b.querySlices - a.querySlices ||
        compareText(a.query, b.query) ||
        compareText(a.class, b.class),
    );
    return {
      best: different(
        ranked.filter((query) => ratio(query) === 1),
        most,
      ),
      worst: different(
        ranked.filter((query) => ratio(query) < 1),
        most,
      ),
    };
  }
}

/** @returns the classes of a map that are one label of the data, under its own name. */
export function classesThatAreLabels(map: ClassMap, labelsInData: readonly string[]): string[] {
  const labelsByClass = new Map<string, string[]>();
  for (const label of labelsInData) {
    for (const name of map.classOf(label) ?? []) {
      labelsByClass.set(name, [...(labelsByClass.get(name) ?? []), label]);
    }
  }
  return map.classes.filter((name) => {
    const labels = labelsByClass.get(name);
    return labels?.length === 1 && labels[0] === name;
  });
}

/** The first of each class and query volume. */
function different(ranked: readonly GalleryQuery[], most: number): GalleryQuery[] {
  const chosen: GalleryQuery[] = [];
  for (const query of ranked) {
    if (chosen.length === most) break;
    const isTaken = chosen.some((other) => other.class === query.class || other.query === query.query);
    if (!isTaken) chosen.push(query);
  }
  return chosen;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
