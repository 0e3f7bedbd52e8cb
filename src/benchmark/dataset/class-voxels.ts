import { type ClassMap, labelsWithoutClass } from '../class-maps/class-map.js';

/**
 * The matrix of voxels per slice and class while it is filled. Voxels of labels that are merged into a class
 * are summed.
 */
export class ClassVoxels {
  /** Row-major [rows, classes]. */
  readonly voxels: Uint32Array;
  readonly #classMap: ClassMap;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #labels = new Map<string, readonly number[]>();

  constructor(rows: number, classMap: ClassMap) {
    this.voxels = new Uint32Array(rows * classMap.classes.length);
    this.#classMap = classMap;
    this.#columns = new Map(classMap.classes.map((name, column) => [name, column]));
  }

  add(row: number, label: string, voxels: number): void {
    const start = row * this.#columns.size;
    for (const column of this.#columnsOf(label)) this.voxels[start + column]! += voxels;
  }

  /** Takes back all that was added to a row. */
  clear(row: number): void {
    this.voxels.fill(0, row * this.#columns.size, (row + 1) * this.#columns.size);
  }

  /** @returns labels that were added, but belong to no class; sorted. */
  labelsWithoutClass(): string[] {
    return labelsWithoutClass(this.#classMap, this.#labels.keys());
  }

  #columnsOf(label: string): readonly number[] {
    let columns = this.#labels.get(label);
    if (columns === undefined) {
      columns = (this.#classMap.classOf(label) ?? []).map((name) => this.#columns.get(name)!);
      this.#labels.set(label, columns);
    }
    return columns;
  }
}
