import type { Vector3 } from '../volume/volume.js';
import { grown, intersection, shell } from './combine.js';
import { grownSections, loft, type Section } from './loft.js';
import { profile } from './profile.js';
import { mirrored, paintAll, type Scene } from './scene.js';
import { capsule, ellipsoid, halfSpace, type Shape } from './shapes.js';
import { only, sides, signOf, unlabelled } from './structures.js';
import type { Subject } from './subject.js';
import { type TubePoint, tube } from './tube.js';

/** The trunk without its subcutaneous fat, from the crotch to the neck. */
const trunkFlesh: readonly Section[] = [
  { z: -78, halfWidth: 158, halfDepth: 84, y: -8 },
  { z: -40, halfWidth: 170, halfDepth: 92, y: -8 },
  { z: 0, halfWidth: 168, halfDepth: 95, y: -6 },
  { z: 60, halfWidth: 156, halfDepth: 95, y: -4 },
  { z: 110, halfWidth: 146, halfDepth: 93, y: -2 },
  { z: 160, halfWidth: 137, halfDepth: 91, y: 0 },
  { z: 220, halfWidth: 135, halfDepth: 93, y: 0 },
  { z: 300, halfWidth: 142, halfDepth: 99, y: 0 },
  { z: 380, halfWidth: 152, halfDepth: 104, y: 0 },
  { z: 450, halfWidth: 158, halfDepth: 102, y: -4 },
  { z: 495, halfWidth: 150, halfDepth: 92, y: -12 },
  { z: 525, halfWidth: 118, halfDepth: 76, y: -18 },
  { z: 550, halfWidth: 80, halfDepth: 62, y: -20 },
  { z: 575, halfWidth: 60, halfDepth: 55, y: -16 },
  { z: 605, halfWidth: 54, halfDepth: 53, y: -14 },
  { z: 640, halfWidth: 53, halfDepth: 54, y: -20 },
  { z: 672, halfWidth: 52, halfDepth: 52, y: -28 },
];

const thighFlesh: readonly Section[] = [
  { z: -330, halfWidth: 60, halfDepth: 64, x: 84, y: -4 },
  { z: -200, halfWidth: 70, halfDepth: 74, x: 86, y: -6 },
  { z: -110, halfWidth: 78, halfDepth: 82, x: 88, y: -8 },
  { z: -60, halfWidth: 80, halfDepth: 86, x: 88, y: -8 },
  { z: -20, halfWidth: 70, halfDepth: 80, x: 86, y: -8 },
];

const faceFlesh: readonly Section[] = [
  { z: 596, halfWidth: 26, halfDepth: 36, y: 32 },
  { z: 612, halfWidth: 42, halfDepth: 54, y: 22 },
  { z: 635, halfWidth: 55, halfDepth: 66, y: 14 },
  { z: 665, halfWidth: 63, halfDepth: 78, y: 6 },
  { z: 700, halfWidth: 68, halfDepth: 87, y: 0 },
  { z: 735, halfWidth: 71, halfDepth: 91, y: -3 },
];

/** Subcutaneous fat by height, as a share of that at the waist: at the sides, in front, at the back. */
const fatShare = profile([
  [-330, 0.7, 0.6, 0.6],
  [-100, 0.9, 0.8, 1.1],
  [-20, 1.1, 1.0, 1.7],
  [60, 1.2, 1.3, 1.3],
  [150, 1.05, 1.5, 0.8],
  [250, 0.8, 1.1, 0.6],
  [350, 0.6, 0.6, 0.5],
  [450, 0.5, 0.45, 0.5],
  [530, 0.4, 0.3, 0.45],
  [600, 0.25, 0.2, 0.35],
  [680, 0.12, 0.12, 0.12],
]);

const skinThickness = 2.2;

interface Outline {
  /** Everything inside the skin. */
  readonly surface: Shape[];
  /** Everything inside the subcutaneous fat. */
  readonly flesh: Shape[];
}

/** Skin, subcutaneous fat and, inside it, undivided muscle: the ground on which all else is painted. */
export function drawBody(scene: Scene): void {
  const { subject, tissue, canvas } = scene;
  const parts = [trunk(subject), ...sides.map((side) => limb(subject, signOf[side])), head(subject)];
  const [largest, ...others] = parts.flatMap((part) => part.surface);
  canvas.paintLayers(largest!, tissue.skin, skinThickness, tissue.fat, unlabelled.fat);
  // Where parts overlap there is no skin between them.
  paintAll(scene, others, tissue.skin, unlabelled.fat, only(unlabelled.air));
  paintAll(
    scene,
    others.map((surface) => grown(surface, -skinThickness)),
    tissue.fat,
  );
  paintAll(
    scene,
    parts.flatMap((part) => part.flesh),
    tissue.muscle,
    unlabelled.muscle,
  );
  if (subject.sex === 'f') drawBreastGlands(scene);
  // A thin layer of fat between the muscle sheets of the trunk's wall.
  const seam = intersection([
    shell(
      loft(
        fleshSections(subject).map((section) => ({
          ...section,
          halfWidth: section.halfWidth - 7,
          halfDepth: section.halfDepth - 7,
        })),
        0.3,
      ),
      0.7,
    ),
    halfSpace([0, 0, 545], [0, 0, 1]),
    halfSpace([0, 0, -66], [0, 0, -1]),
  ]);
  canvas.paint(seam, tissue.fat, undefined, only(unlabelled.muscle));
}

function drawBreastGlands(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('breast');
  const share = random.between(0.25, 0.6) - Math.max(0, subject.age - 50) * 0.005;
  for (const side of sides) {
    const centre: Vector3 = [signOf[side] * 78, 106 + subject.fat * 0.2, 408];
    canvas.paint(
      ellipsoid(centre, [50 * share, 34 * share, 48 * share]),
      tissue.gland,
      undefined,
      only(unlabelled.fat),
    );
  }
}

function fleshSections(subject: Subject): Section[] {
  return grownSections(trunkFlesh, () => {
    const growth = 10 * (subject.muscle - 1);
    return { width: growth, front: growth / 2, back: growth };
  });
}

function fatSections(subject: Subject, sections: readonly Section[]): Section[] {
  return grownSections(sections, (z) => {
    const [sideShare, frontShare, backShare] = fatShare(z) as [number, number, number];
    // Women carry more of it at the hips, men in front.
    const hips = subject.sex === 'f' && z < 110 ? 1.2 : 1;
    const belly = subject.sex === 'm' && z > 100 ? 1.15 : 0.95;
    return {
      width: 2.5 + subject.fat * sideShare * hips,
      front: 2.5 + subject.fat * frontShare * belly,
      back: 2.5 + subject.fat * backShare,
    };
  });
}

function trunk(subject: Subject): Outline {
  const flesh = fleshSections(subject);
  const surface = [loft(fatSections(subject, flesh), 0.3)];
  if (subject.sex === 'f') {
    const size = 0.75 + subject.fat / 50;
    for (const side of sides) {
      surface.push(ellipsoid([signOf[side] * 78, 92, 410], [52 * size, 38 * size, 52 * size]));
    }
  }
  return { surface, flesh: [loft(flesh, 0.3)] };
}

/** Thigh, shoulder and arm of one side. */
function limb(subject: Subject, sign: 1 | -1): Outline {
  const thigh = thighFlesh.map((section) => ({ ...section, x: sign * (section.x ?? 0) }));
  const fat = subject.fat * 0.4 + 3;
  const trapezius: TubePoint[] = [
    [sign * 26, -46, 640, 20],
    [sign * 45, -46, 585, 26],
    [sign * 95, -45, 548, 32],
    [sign * 142, -34, 528, 38],
  ];
  const centreLine = armCentreLine(subject, sign);
  const arm = tube(centreLine, 2);
  const [jointX, , jointZ] = centreLine[0]!;
  const shoulder = [
    ...tube(trapezius, 2),
    capsule(mirrored([62, -26, 528], sign), [jointX, -28, jointZ], 36, 44),
    capsule(mirrored([88, -58, 500], sign), mirrored([108, -62, 430], sign), 40, 32),
    capsule(mirrored([95, 26, 478], sign), mirrored([132, 0, 505], sign), 28, 34),
  ];
  const flesh = [...shoulder, ...arm];
  return {
    surface: [loft(fatSections(subject, thigh)), ...flesh.map((shape) => grown(shape, fat))],
    flesh: [loft(thigh), ...flesh],
  };
}

/** Centre line of the arm from the shoulder joint to the hand; radii are those of the flesh. */
export function armCentreLine(subject: Subject, sign: 1 | -1): TubePoint[] {
  const random = subject.random('arms');
  if (subject.arms === 'up') {
    const bendOut = random.between(-15, 20);
    return [
      [sign * 148, -28, 540, 44],
      [sign * (168 + bendOut / 2), -10, 640, 40],
      [sign * (178 + bendOut), 18, 790, 36],
      [sign * (110 + bendOut), 45, 880, 30],
      [sign * 30, 40, 930, 26],
    ];
  }
  // Either beside the hips or with the hands on the belly.
  const handsOnBelly = random.chance(0.3);
  const away = random.between(0, 12) + subject.fat * 0.7;
  return [
    [sign * 162, -32, 522, 46],
    [sign * (190 + away), -36, 430, 42],
    [sign * (200 + away), -40, 260, 36],
    handsOnBelly ? [sign * (168 + away), 50, 130, 30] : [sign * (198 + away), -20, 130, 32],
    handsOnBelly ? [sign * 80, 112 + 1.4 * subject.fat, 120, 22] : [sign * (192 + away), 0, -10, 24],
    handsOnBelly ? [sign * 30, 122 + 1.4 * subject.fat, 125, 18] : [sign * (186 + away), 5, -110, 18],
  ];
}

/** The outside of the head; face.ts and skull.ts fill it. */
export function headSurface(subject: Subject): Shape[] {
  const nose = subject.random('nose').between(0.85, 1.2);
  return [
    ellipsoid([0, -8, 738], [76, 95, 83]),
    loft(faceFlesh, 0.25),
    capsule([0, 84, 706], [0, 92 + 6 * nose, 676], 7, 11 * nose),
    capsule([-10, 88, 672], [10, 88, 672], 7),
    ...sides.map((side) => ellipsoid([signOf[side] * 76, -8, 695], [5, 13, 28], [0, 0, signOf[side] * 20])),
  ];
}

function head(subject: Subject): Outline {
  const surface = headSurface(subject);
  const scalp = 3.5 + subject.fat * 0.06;
  return { surface, flesh: surface.slice(0, 2).map((shape) => grown(shape, -scalp)) };
}
