import type { TotalSegmentatorV1Name } from '../volume/totalsegmentator-v1.js';
import type { Vector3 } from '../volume/volume.js';
import type { FieldOfView } from './field-of-view.js';
import { Random } from './random.js';

export const contrastPhases = ['native', 'arterial', 'portal'] as const;
export type ContrastPhase = (typeof contrastPhases)[number];

/** The person that a phantom shows, and how they were scanned: all that is drawn from the seed at once. */
export interface Subject {
  readonly sex: 'f' | 'm';
  readonly age: number;
  /** Size along x, y, z against the reference body (172 cm). */
  readonly scale: Vector3;
  /** Thickness of the subcutaneous fat at the waist, mm. */
  readonly fat: number;
  /** Muscle mass against the reference, about 0.8 to 1.15. */
  readonly muscle: number;
  readonly phase: ContrastPhase;
  readonly arms: 'up' | 'down';
  /** Angles about x, y, z in degrees by which the whole body lies askew. */
  readonly turn: Vector3;
  /** Angle in degrees by which the head looks to one side. */
  readonly headTurn: number;
  /** Amplitude of the smooth deformation that makes outlines irregular, mm. */
  readonly irregularity: number;
  /** Sideways bend of the spine at its middle, mm. */
  readonly scoliosis: number;
  /** How far the diaphragm stands below its reference (deep inspiration positive), mm. */
  readonly inspiration: number;
  /** Organs that were removed or never grew. */
  readonly missing: ReadonlySet<TotalSegmentatorV1Name>;
  /** Random numbers for one part, independent of those of all other parts. */
  random(part: string): Random;
}

export function drawSubject(key: string, fieldOfView: FieldOfView): Subject {
  const random = new Random(`${key}/subject`);
  const sex = random.chance(0.5) ? 'f' : 'm';
  const stature = (sex === 'f' ? 0.955 : 1.02) * (1 + 0.035 * random.normal());
  const breadth = (sex === 'f' ? 0.94 : 1.02) * (1 + 0.045 * random.normal());
  const missing = new Set<TotalSegmentatorV1Name>();
  if (random.chance(0.15)) missing.add('gallbladder');
  if (random.chance(0.06)) missing.add(random.pick(['kidney_left', 'kidney_right']));
  if (random.chance(0.06)) missing.add('spleen');
  const armsUpChance = { 'head-neck': 0, chest: 0.85, abdomen: 0.85, pelvis: 0.7, trunk: 0.8 }[fieldOfView];
  return {
    sex,
    age: Math.round(Math.min(92, Math.max(19, 60 + 15 * random.normal()))),
    scale: [breadth, breadth * (1 + 0.04 * random.normal()), stature],
    fat: random.between(5, sex === 'f' ? 34 : 28),
    muscle: (sex === 'f' ? 0.92 : 1.02) * (1 + 0.05 * random.normal()),
    phase: random.pick(contrastPhases),
    arms: random.chance(armsUpChance) ? 'up' : 'down',
    turn: [1.5 * random.normal(), 1.2 * random.normal(), 3 * random.normal()],
    headTurn: 7 * random.normal(),
    irregularity: random.between(1.5, 3.5),
    scoliosis: 4 * random.normal(),
    inspiration: random.between(-14, 12),
    missing,
    random: (part) => new Random(`${key}/${part}`),
  };
}
