import type { Vector3 } from '../volume/volume.js';
import { bounded, complement, intersection, shell } from './combine.js';
import { belowDiaphragm } from './diaphragm.js';
import { loft } from './loft.js';
import { cageInside } from './ribcage.js';
import { jittered, paintAll, type Scene } from './scene.js';
import { type Box, capsule, halfSpace, type Shape } from './shapes.js';
import { spineDepth } from './spine.js';
import { labelNumber, lungLabels, only, type Side, sides, signOf, unlabelled } from './structures.js';
import { tube } from './tube.js';

/** Lungs with lobes, fissures and vessels, mediastinum, airways and oesophagus. */
export function drawThorax(scene: Scene): void {
  drawLungs(scene);
  drawMediastinum(scene);
  drawLungVessels(scene);
  drawAirways(scene);
}

function drawLungs(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('lungs');
  const chest = intersection([cageInside(), complement(belowDiaphragm(subject, 3.5))]);
  const [, , backLimit, frontLimit, bottom, top] = chest.box;
  for (const side of sides) {
    const sign = signOf[side];
    const box: Box = [
      side === 'left' ? -140 : 0,
      side === 'left' ? 0 : 140,
      backLimit,
      frontLimit,
      bottom,
      top,
    ];
    const lift = 7 * random.normal();
    const oblique = bounded(obliqueFissure(side, lift), box);
    const lower = labelNumber(`lung_lower_lobe_${side}`);
    const upper = labelNumber(`lung_upper_lobe_${side}`);
    const midline = halfSpace([0, 0, 0], [-sign, 0, 0]);
    canvas.paint(intersection([chest, midline]), tissue.lung, lower);
    canvas.mark(oblique, upper, only(lower));
    const fissure = tissue.lung + 420;
    canvas.paint(shell(oblique, 0.45), fissure, undefined, only(lower, upper));
    if (side === 'right') {
      const middle = labelNumber('lung_middle_lobe_right');
      const horizontal = bounded(halfSpace([70, 40, 428 + lift], [0.08, 0.12, 1]), box);
      canvas.paint(intersection([oblique, shell(horizontal, 0.45)]), fissure, undefined, only(upper));
      canvas.mark(horizontal, middle, only(upper));
    }
  }
  drawParaspinalTissue(scene);
}

/** The muscle beside the spine, which the lungs must not reach. */
function drawParaspinalTissue(scene: Scene): void {
  const sections = [255, 300, 346, 400, 450, 500, 540, 570].map((z) => ({
    z,
    halfWidth: 44,
    halfDepth: 30,
    y: spineDepth(z) - 46,
  }));
  scene.canvas.paint(loft(sections), scene.tissue.muscle, unlabelled.muscle, only(...lungLabels));
}

/** All that lies in front of and above the oblique fissure. */
function obliqueFissure(side: Side, lift: number): Shape {
  const back = side === 'left' ? 492 : 480;
  return halfSpace([0, -75, back + lift], [signOf[side] * 0.12, -145, -150]);
}

function drawMediastinum(scene: Scene): void {
  const { canvas, tissue } = scene;
  const middle = loft([
    { z: 262, halfWidth: 24, halfDepth: 40, y: -42 },
    { z: 340, halfWidth: 27, halfDepth: 42, y: -40 },
    { z: 400, halfWidth: 28, halfDepth: 58, y: -18 },
    { z: 440, halfWidth: 34, halfDepth: 66, y: -4 },
    { z: 470, halfWidth: 33, halfDepth: 62, y: -4 },
    { z: 500, halfWidth: 33, halfDepth: 52, y: -6 },
    { z: 525, halfWidth: 36, halfDepth: 42, y: -8 },
    { z: 548, halfWidth: 34, halfDepth: 36, y: -12 },
    { z: 566, halfWidth: 30, halfDepth: 30, y: -14 },
  ]);
  const front = loft([
    { z: 352, halfWidth: 34, halfDepth: 18, x: -8, y: 76 },
    { z: 420, halfWidth: 18, halfDepth: 16, y: 70 },
    { z: 490, halfWidth: 10, halfDepth: 12, y: 52 },
  ]);
  const inChest = only(...lungLabels);
  const behindDiaphragm = complement(belowDiaphragm(scene.subject, -4));
  for (const part of [middle, front]) {
    canvas.paint(intersection([part, behindDiaphragm]), tissue.fat + 25, unlabelled.mediastinum, inChest);
  }
}

/** Vessels that fan out from each hilum, first to segments and then towards the pleura. */
function drawLungVessels(scene: Scene): void {
  const { canvas, tissue, subject } = scene;
  const onto = only(...lungLabels);
  const value = (tissue.pulmonaryArtery + tissue.muscle) / 2;
  for (const side of sides) {
    const random = subject.random(`lung-vessels-${side}`);
    const sign = signOf[side];
    const hilum: Vector3 = [sign * 40, -18, side === 'right' ? 446 : 452];
    for (let segment = 0; segment < 11; segment++) {
      const turn = (segment / 11) * 2 * Math.PI + random.between(-0.25, 0.25);
      const spread = random.between(0.5, 1);
      const branch: Vector3 = [
        hilum[0] + sign * random.between(22, 36),
        hilum[1] + 42 * Math.cos(turn) * spread,
        hilum[2] + 52 * Math.sin(turn) * spread,
      ];
      canvas.paint(capsule(hilum, branch, 5, 2.8), value, undefined, onto);
      for (let twig = 0; twig < 4; twig++) {
        const outwards: Vector3 = [
          branch[0] + sign * random.between(4, 42),
          branch[1] + (branch[1] - hilum[1]) * random.between(0.25, 0.95),
          branch[2] + (branch[2] - hilum[2]) * random.between(0.25, 1),
        ];
        const end = jittered(random, outwards, 9);
        canvas.paint(capsule(branch, end, 2.4, 1.1), value, undefined, onto);
        const further = jittered(random, [end[0] + sign * 6, end[1], end[2]], 14);
        canvas.paint(capsule(end, further, 1.3, 0.8), value, undefined, onto);
      }
    }
  }
}

function drawAirways(scene: Scene): void {
  const { tissue, subject } = scene;
  const trachea = labelNumber('trachea');
  const caliber = subject.sex === 'f' ? 0.88 : 1.02;
  const airway = (points: readonly (readonly [number, number, number, number])[], label: number) => {
    const outer = points.map(([x, y, z, radius]) => [x, y, z, radius * caliber + 1.8] as const);
    const inner = points.map(([x, y, z, radius]) => [x, y, z, radius * caliber] as const);
    paintAll(scene, tube(outer), tissue.softTissue, label);
    paintAll(scene, tube(inner), tissue.airway, label);
  };
  const esophagus = labelNumber('esophagus');
  const swallowed = subject.random('esophagus');
  const path = tube([
    [0, -6, 568, 6],
    [-4, -18, 530, 6.5],
    [-5, -30, 495, 7],
    [-2, -38, 460, 7],
    [-6, -40, 425, 7.5],
    [-10, -36, 390, 8],
    [-18, -28, 362, 8.5],
    [-30, -18, 345, 10],
  ]);
  paintAll(scene, path, tissue.softTissue, esophagus);
  if (swallowed.chance(0.5)) {
    const piece = path[swallowed.integer(2, path.length - 6)]!;
    const [x0, x1, y0, y1, z0, z1] = piece.box;
    const middle: Vector3 = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2];
    scene.canvas.paint(capsule(middle, [middle[0], middle[1], middle[2] - 22], 3), tissue.gas, esophagus);
  }
  for (const side of sides) {
    const sign = signOf[side];
    const right = side === 'right';
    airway(
      right
        ? [
            [5, -20, 466, 6.6],
            [24, -23, 450, 6.2],
            [42, -24, 438, 4.6],
            [54, -26, 418, 3.4],
          ]
        : [
            [1, -20, 466, 5.8],
            [-24, -25, 448, 5.4],
            [-44, -28, 438, 4.4],
            [-56, -34, 416, 3.2],
          ],
      trachea,
    );
    paintAll(
      scene,
      tube([
        [sign * 42, -24, 440, 3.6],
        [sign * 60, 6, 462, 2.2],
      ]),
      tissue.airway,
      trachea,
    );
  }
  airway(
    [
      [0, 18, 562, 8],
      [0, 10, 540, 8.2],
      [2, -4, 505, 8.4],
      [3, -18, 470, 8.6],
    ],
    trachea,
  );
}
