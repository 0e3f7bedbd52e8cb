import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { ClassMap } from '../class-maps/class-map.js';
import type { LabelledSource } from './labelled-source.js';

/**
 * Says of one side of a benchmark which classes were looked for in which volumes, from the `annotated` names of
 * their entries. A class that is made of several labels was looked for where all of those were that the data set
 * has: where the left kidney was drawn and the right one was not looked for, a slice without a kidney proves
 * nothing.
 *
 * @param labels all label names of the data set, both sides, drawn or only named as annotated.
 * @returns the side itself where every class was looked for in every volume.
 */
export function withAnnotations(
  side: LabelledSource,
  entries: readonly VolumeEntry[],
  classMap: ClassMap,
  labels: readonly string[],
): LabelledSource {
  const named = new Map(entries.map(({ id, annotated }) => [id, annotated && new Set(annotated)]));
  const parts = new Map(side.classes.map((name) => [name, [] as string[]]));
  for (const label of labels) for (const name of classMap.classOf(label) ?? []) parts.get(name)!.push(label);
  const annotated = new Uint8Array(side.volumes.length * side.classes.length).fill(1);
  for (const [volume, { id }] of side.volumes.entries()) {
    const wasLookedFor = named.get(id);
    if (wasLookedFor === undefined) continue;
    for (const [c, name] of side.classes.entries()) {
      const isWhole = parts.get(name)!.every((label) => wasLookedFor.has(label));
      annotated[volume * side.classes.length + c] = Number(isWhole);
    }
  }
  return annotated.includes(0) ? { ...side, annotated } : side;
}

/** @returns label names that entries say were looked for. */
export function annotatedNames(entries: readonly VolumeEntry[]): string[] {
  return [...new Set(entries.flatMap(({ annotated }) => annotated ?? []))];
}
