import type { Vector3 } from '../volume/volume.js';
import { intersection } from './combine.js';
import type { Random } from './random.js';
import { jitteredTube, paintAll, type Scene } from './scene.js';
import { capsule, halfSpace } from './shapes.js';
import { labelNumber, only, unlabelled } from './structures.js';
import { spline, type TubePoint } from './tube.js';

/** How a hollow organ is filled: gas rises to the front, because the body lies on its back. */
interface Filling {
  readonly content: number;
  /** Chance that a piece of the tube holds gas. */
  readonly gas: number;
  /** Height of the fluid level in a piece with gas, as a share of the radius above its middle, -1 to 1. */
  readonly level: readonly [number, number];
}

function drawHollow(
  scene: Scene,
  points: readonly TubePoint[],
  wall: number,
  label: number,
  onto: Uint8Array,
  filling: Filling,
  random: Random,
): void {
  const { canvas, tissue } = scene;
  paintAll(
    scene,
    points.slice(1).map((to, piece) => {
      const from = points[piece]!;
      return capsule([from[0], from[1], from[2]], [to[0], to[1], to[2]], from[3], to[3]);
    }),
    tissue.bowelWall,
    label,
    onto,
  );
  const inside = only(label);
  let gassy = random.chance(filling.gas);
  let level = random.between(...filling.level);
  for (let piece = 1; piece < points.length; piece++) {
    const from = points[piece - 1]!;
    const to = points[piece]!;
    const lumen = capsule(
      [from[0], from[1], from[2]],
      [to[0], to[1], to[2]],
      Math.max(1, from[3] - wall),
      Math.max(1, to[3] - wall),
    );
    canvas.paint(lumen, filling.content, undefined, inside);
    // Gas and content come in stretches, not piece by piece.
    if (random.chance(0.2)) {
      gassy = random.chance(filling.gas);
      level = random.between(...filling.level);
    }
    if (!gassy) continue;
    const surface: Vector3 = [0, (from[1] + to[1]) / 2 + level * from[3], 0];
    canvas.paint(intersection([lumen, halfSpace(surface, [0, -1, 0])]), tissue.gas, undefined, inside);
  }
}

export function drawStomach(scene: Scene): void {
  const random = scene.subject.random('stomach');
  const fullness = random.between(0.72, 1.18);
  const path: TubePoint[] = [
    [-54, -26, 352, 29],
    [-62, -18, 332, 33],
    [-68, 8, 302, 33],
    [-58, 40, 272, 27],
    [-28, 58, 252, 22],
    [4, 54, 246, 17],
    [22, 44, 250, 11],
  ];
  const points = jitteredTube(random, path, 2.5).map(
    ([x, y, z, radius]) => [x, y, z - scene.subject.inspiration * 0.4, radius * fullness] as const,
  );
  const onto = only(unlabelled.abdominalFat, labelNumber('liver'), labelNumber('pancreas'));
  drawHollow(
    scene,
    spline(points, 3),
    4.5,
    labelNumber('stomach'),
    onto,
    { content: random.pick([12, 30, 55]), gas: 0.9, level: [0.1, 0.55] },
    random,
  );
}

export function drawDuodenum(scene: Scene): void {
  const random = scene.subject.random('duodenum');
  const points = jitteredTube(
    random,
    [
      [22, 44, 250, 11],
      [40, 36, 252, 12],
      [52, 22, 238, 12.5],
      [54, 8, 210, 12.5],
      [42, 4, 188, 12],
      [10, 16, 182, 11],
      [-16, 20, 192, 11],
      [-30, 18, 214, 10.5],
    ],
    2,
  );
  const onto = only(unlabelled.abdominalFat, unlabelled.softTissue, labelNumber('liver'));
  drawHollow(
    scene,
    spline(points, 3),
    2.6,
    labelNumber('duodenum'),
    onto,
    { content: scene.tissue.bowelContent, gas: 0.2, level: [0.3, 0.7] },
    random,
  );
}

export function drawColon(scene: Scene): void {
  const random = scene.subject.random('colon');
  const width = random.between(0.82, 1.2);
  const sag = random.between(-30, 22);
  const loop = random.between(-18, 26);
  const path: TubePoint[] = [
    [80, 22, 78, 22],
    [84, 18, 104, 26],
    [92, 4, 145, 24],
    [94, -6, 185, 22],
    [90, 12, 212, 22],
    [66, 48, 205 + sag / 2, 20],
    [20, 62, 188 + sag, 20],
    [-30, 62, 194 + sag, 20],
    [-76, 44, 236 + sag / 2, 20],
    [-100, 8, 284, 20],
    [-104, -22, 262, 17],
    [-104, -26, 210, 16],
    [-100, -14, 155, 15],
    [-92, 14, 110, 15],
    [-66, 30, 82 + loop / 2, 15],
    [-26, 34, 92 + loop, 16],
    [12, 14, 86 + loop, 15.5],
    [18, -22, 70, 15],
    [2, -46, 48, 17],
    [0, -54, 20, 20],
    [0, -48, -12, 17],
    [0, -38, -40, 9],
    [0, -44, -66, 7],
  ];
  const smooth = spline(jitteredTube(random, path, 3.5), 5);
  // Haustra: the calibre swells and narrows every few centimetres.
  const points = smooth.map(([x, y, z, radius], position) => {
    const haustra =
      position < smooth.length * 0.75 ? 0.13 * Math.sin(position * 2.1) : 0.05 * Math.sin(position * 1.3);
    return [x, y, z, radius * width * (1 + haustra)] as const;
  });
  const onto = only(unlabelled.abdominalFat, unlabelled.muscle, labelNumber('liver'), labelNumber('stomach'));
  drawHollow(
    scene,
    points,
    2.6,
    labelNumber('colon'),
    onto,
    { content: random.pick([-40, 5, 35, 60]), gas: random.between(0.35, 0.8), level: [-0.5, 0.5] },
    random,
  );
}

/** Loops that fill what is left of the abdomen, in layers from below upwards. */
export function drawSmallBowel(scene: Scene): void {
  const random = scene.subject.random('small-bowel');
  const radius = random.between(10, 13);
  const gap = 2 * radius + 1.5;
  const points: TubePoint[] = [];
  let direction = 1;
  for (let depth = 62; depth > -8; depth -= gap) {
    for (let height = 46; height < 214; height += gap) {
      const half = 82 - Math.max(0, 90 - height) * 0.35;
      for (let step = -3; step <= 3; step++) {
        points.push([
          direction * half * (step / 3) + 5 * random.normal(),
          depth + 5 * random.normal(),
          height + 6 * random.normal(),
          radius * random.between(0.85, 1.1),
        ]);
      }
      direction = -direction;
    }
  }
  const onto = only(unlabelled.abdominalFat);
  const label = labelNumber('small_bowel');
  // Lean bodies have hardly any fat between the loops.
  const packing = scene.subject.fat > 20 ? 0.88 : 1;
  const loops = spline(points, 2).map(([x, y, z, r]) => [x, y, z, r * packing] as const);
  drawHollow(
    scene,
    loops,
    2.4,
    label,
    onto,
    { content: scene.tissue.bowelContent, gas: random.between(0.05, 0.25), level: [0.1, 0.6] },
    random,
  );
}
