/**
 * Which label names of a data set are which class of a benchmark. A class may be made of several labels (their
 * voxels are summed), and a label may belong to several classes.
 */
export interface ClassMap {
  readonly name: string;
  /** Where it comes from, in words; every report says it. */
  readonly source: string;
  /** All classes, whether they occur in the data or not; the order of every table. */
  readonly classes: readonly string[];
  /** @returns the classes of a label; undefined where the map does not know the label. */
  readonly classOf: (label: string) => readonly string[] | undefined;
}

/** A class map from its definition: the labels of every class. */
export function classMap(
  name: string,
  source: string,
  labelsByClass: Readonly<Record<string, readonly string[]>>,
): ClassMap {
  const classesByLabel = new Map<string, string[]>();
  for (const [className, labels] of Object.entries(labelsByClass)) {
    for (const label of new Set(labels)) {
      const classes = classesByLabel.get(label);
      if (classes === undefined) classesByLabel.set(label, [className]);
      else classes.push(className);
    }
  }
  return {
    name,
    source,
    classes: Object.keys(labelsByClass),
    classOf: (label) => classesByLabel.get(label),
  };
}

/** @returns the labels that belong to no class of the map, sorted: what a report has to say is not counted. */
export function labelsWithoutClass(map: ClassMap, labels: Iterable<string>): string[] {
  return [...new Set(labels)].filter((label) => map.classOf(label) === undefined).sort();
}
