import { totalSegmentatorV1 } from '../../volume/totalsegmentator-v1.js';
import { type ClassMap, classMap } from './class-map.js';

/**
 * Parts of a name that tell structures of one kind apart: sides, levels of the spine, numbers of ribs, lobes,
 * chambers, and which of the three glutei. Without them 34 names are left of the 104.
 */
const distinctions: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^vertebrae_.+$/, 'vertebrae'],
  [/^rib_.+$/, 'rib'],
  [/^lung_.+$/, 'lung'],
  [/^heart_.+$/, 'heart'],
  [/^gluteus_.+$/, 'gluteus'],
  [/^(.+)_(?:left|right)$/, '$1'],
];

/** The five merges that lead from 34 classes to 29. */
const merges: Readonly<Record<string, string>> = {
  iliac_artery: 'iliac_vessels',
  iliac_vena: 'iliac_vessels',
  inferior_vena_cava: 'abdominal_veins',
  portal_vein_and_splenic_vein: 'abdominal_veins',
  duodenum: 'small_bowel',
  pulmonary_artery: 'heart',
  sacrum: 'vertebrae',
};

/** Labels of v2 that stand for what v1 calls otherwise; new structures of v2 belong to no coarse class. */
const labelsOfV2: Readonly<Record<string, readonly string[]>> = {
  heart: ['heart'],
  vertebrae: ['vertebrae_S1'],
};

/** @returns the kind of structure of a name of TotalSegmentator v1: one of 34. */
export function kindOf(name: string): string {
  const distinction = distinctions.find(([pattern]) => pattern.test(name));
  return distinction === undefined ? name : name.replace(...distinction);
}

/** The 29 coarse classes, made from the 104 detailed ones. */
export const coarse: ClassMap = classMap(
  'coarse',
  "Voxseek's own map of the 104 structures of TotalSegmentator v1 to 29 classes: sides, levels, lobes, chambers and " +
    'the three glutei merged (34), then iliac artery with iliac vena, inferior vena cava with portal and splenic ' +
    'vein, duodenum with small bowel, pulmonary artery with heart, sacrum with vertebrae (29); heart and ' +
    'vertebrae_S1 of v2 count as heart and vertebrae. The map of arXiv 2405.09334 was not published; this one may differ.',
  labelsByCoarseClass(),
);

function labelsByCoarseClass(): Record<string, string[]> {
  const labels: Record<string, string[]> = {};
  for (const name of totalSegmentatorV1) {
    const kind = kindOf(name);
    const coarseClass = merges[kind] ?? kind;
    labels[coarseClass] ??= [...(labelsOfV2[coarseClass] ?? [])];
    labels[coarseClass].push(name);
  }
  return labels;
}
