import type { TotalSegmentatorV1Name } from '../volume/totalsegmentator-v1.js';
import type { Vector3 } from '../volume/volume.js';
import { paintBone } from './bone.js';
import { loft, type Section } from './loft.js';
import { profile } from './profile.js';
import { paintAll, type Scene } from './scene.js';
import { capsule, plate, type Shape } from './shapes.js';
import { spineDepth, vertebra } from './spine.js';
import { labelNumber, sides, signOf, unlabelled } from './structures.js';
import { type TubePoint, tube } from './tube.js';

/** The surface in which the ribs lie. */
const cageSections: readonly Section[] = [
  { z: 215, halfWidth: 122, halfDepth: 86, y: -2 },
  { z: 260, halfWidth: 129, halfDepth: 90, y: -2 },
  { z: 300, halfWidth: 134, halfDepth: 94, y: -2 },
  { z: 340, halfWidth: 138, halfDepth: 96, y: -2 },
  { z: 380, halfWidth: 138, halfDepth: 96, y: -2 },
  { z: 420, halfWidth: 133, halfDepth: 92, y: -4 },
  { z: 460, halfWidth: 122, halfDepth: 85, y: -7 },
  { z: 500, halfWidth: 102, halfDepth: 71, y: -12 },
  { z: 525, halfWidth: 82, halfDepth: 56, y: -16 },
  { z: 545, halfWidth: 60, halfDepth: 42, y: -20 },
  { z: 562, halfWidth: 36, halfDepth: 27, y: -24 },
];
const cageAt = profile(cageSections.map(({ z, halfWidth, halfDepth, y }) => [z, halfWidth, halfDepth, y]));

/** The inside of the rib cage: the space of the lungs, the mediastinum and the upper abdomen. */
export function cageInside(): Shape {
  return loft(
    cageSections.map((section) => ({
      ...section,
      halfWidth: section.halfWidth - 6.5,
      halfDepth: section.halfDepth - 6.5,
    })),
    0.22,
  );
}

/** For each rib: height of its front end (mm), and how far round it goes, from 0 (spine) to 1 (sternum). */
const ribEnds: readonly (readonly [endHeight: number, reach: number])[] = [
  [506, 0.86],
  [480, 0.86],
  [456, 0.85],
  [430, 0.84],
  [404, 0.82],
  [374, 0.79],
  [338, 0.75],
  [304, 0.69],
  [276, 0.64],
  [252, 0.58],
  [254, 0.44],
  [262, 0.31],
];

/** A point on the cage at an angle (0 at the spine, pi at the sternum). */
function onCage(angle: number, z: number, sign: 1 | -1): Vector3 {
  const [halfWidth, halfDepth, y] = cageAt(z) as [number, number, number];
  return [sign * halfWidth * Math.sin(angle), y - halfDepth * Math.cos(angle), z];
}

function ribPoints(rib: number, sign: 1 | -1): TubePoint[] {
  const level = vertebra(`T${rib}`);
  const depth = spineDepth(level.z);
  const [endHeight, reach] = ribEnds[rib - 1]!;
  const radius = rib === 1 ? 4.6 : rib >= 11 ? 4 : 4.8;
  const points: TubePoint[] = [
    [sign * (level.halfWidth + 3), depth - level.halfDepth + 2, level.z + 5, radius],
    [sign * (level.transverse + 3), depth - level.halfDepth - 17, level.z + 3, radius],
  ];
  const steps = 9;
  const firstAngle = Math.PI * 0.19;
  const lastAngle = Math.PI * reach;
  for (let step = 0; step <= steps; step++) {
    const share = step / steps;
    // Ribs fall steeply at the side and level out towards their front end.
    const fall = share * share * (3 - 2 * share) * 0.6 + share * 0.4;
    const point = onCage(
      firstAngle + (lastAngle - firstAngle) * share,
      level.z + (endHeight - level.z) * fall,
      sign,
    );
    points.push([...point, radius]);
  }
  return points;
}

/** Twelve pairs of ribs, their cartilages, and the sternum. */
export function drawRibcage(scene: Scene): void {
  const { tissue } = scene;
  for (const side of sides) {
    const sign = signOf[side];
    for (let rib = 1; rib <= 12; rib++) {
      const points = ribPoints(rib, sign);
      const end = points.at(-1)!;
      if (rib <= 10) paintAll(scene, cartilage(rib, end, sign), tissue.cartilage, unlabelled.softTissue);
      const label = labelNumber(`rib_${side}_${rib}` as TotalSegmentatorV1Name);
      const pieces = tube(points, 2);
      paintAll(scene, pieces, tissue.cortex * 0.85, label);
      const marrow = tube(
        points.map(([x, y, z, radius]) => [x, y, z, radius - 2.4]),
        2,
      );
      paintAll(scene, marrow, tissue.marrow, label);
    }
  }
  drawSternum(scene);
}

function cartilage(rib: number, [x, y, z]: TubePoint, sign: 1 | -1): Shape[] {
  // Ribs 1 to 7 reach the sternum; 8 to 10 join the cartilage above.
  const sternalHeight = [498, 480, 462, 442, 422, 402, 386][Math.min(rib, 7) - 1]!;
  if (rib <= 7) {
    const target = onCage(Math.PI * 0.965, sternalHeight, sign);
    const middle = onCage(Math.PI * 0.9, z + (sternalHeight - z) * 0.35, sign);
    return tube(
      [
        [x, y, z, 4.6],
        [...middle, 4.6],
        [...target, 4.6],
      ],
      3,
    );
  }
  const target = onCage(Math.PI * (ribEnds[rib - 2]![1] + 0.07), ribEnds[rib - 2]![0] + 4, sign);
  return [capsule([x, y, z], target, 4.4)];
}

function drawSternum(scene: Scene): void {
  const front = (z: number) => onCage(Math.PI, z, 1)[1] - 1;
  const corners = [
    [512, 24],
    [482, 15],
    [440, 16],
    [388, 18],
    [366, 6],
  ] as const;
  for (const [row, [bottomZ, bottomHalf]] of corners.slice(1).entries()) {
    const [topZ, topHalf] = corners[row]!;
    const [a, b]: Vector3[] = [
      [-topHalf, front(topZ), topZ],
      [topHalf, front(topZ), topZ],
    ];
    const [c, d]: Vector3[] = [
      [-bottomHalf, front(bottomZ), bottomZ],
      [bottomHalf, front(bottomZ), bottomZ],
    ];
    for (const shape of [plate(a!, b!, c!, 5), plate(b!, c!, d!, 5)]) {
      paintBone(scene, shape, unlabelled.bone, { cortex: 1.6, marrow: scene.tissue.marrow * 0.7 });
    }
  }
}
