import { type TotalSegmentatorV1Name, totalSegmentatorV1 } from '../volume/totalsegmentator-v1.js';

/**
 * What a voxel belongs to while a phantom is painted: the label numbers 1 to 104 of TotalSegmentator v1, or one
 * of these for anatomy that has no label there. Only labels reach the mask.
 */
export const unlabelled = {
  air: 0,
  fat: 120,
  muscle: 121,
  abdominalFat: 122,
  thoracicCavity: 123,
  mediastinum: 124,
  bone: 125,
  softTissue: 126,
  airway: 127,
  table: 128,
} as const;

const numberByName = new Map<string, number>(totalSegmentatorV1.map((name, index) => [name, index + 1]));

/** Label number (1 to 104) of a structure. */
export function labelNumber(name: TotalSegmentatorV1Name): number {
  return numberByName.get(name)!;
}

/** Label number to name, in the order of TotalSegmentator v1. */
export const labelNames: ReadonlyMap<number, string> = new Map(
  totalSegmentatorV1.map((name, index) => [index + 1, name]),
);

/** For each structure code 0 to 255, whether it is one of those given: what a shape may be painted over. */
export function only(...codes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const code of codes) table[code] = 1;
  return table;
}

export const lungLabels = (
  [
    'lung_upper_lobe_left',
    'lung_lower_lobe_left',
    'lung_upper_lobe_right',
    'lung_middle_lobe_right',
    'lung_lower_lobe_right',
  ] as const
).map(labelNumber);

/** Side of the patient. In body coordinates x grows to the patient's right. */
export type Side = 'left' | 'right';
export const sides: readonly Side[] = ['left', 'right'];
export const signOf = { left: -1, right: 1 } as const;
