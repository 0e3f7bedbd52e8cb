import type { Vector3 } from '../volume/volume.js';
import { paintBone } from './bone.js';
import { complement, grown, intersection } from './combine.js';
import { mirrored, mirroredTube, paintAll, type Scene } from './scene.js';
import { capsule, ellipsoid, halfSpace, plate } from './shapes.js';
import { labelNumber, only, type Side, sides, signOf, unlabelled } from './structures.js';
import { type TubePoint, tube } from './tube.js';

/** Hip bones, sacrum and femora. */
export function drawPelvicBones(scene: Scene): void {
  drawSacrum(scene);
  for (const side of sides) {
    drawHip(scene, side);
    drawFemur(scene, side);
  }
  scene.canvas.paint(ellipsoid([0, 54, -16], [4, 9, 16]), scene.tissue.cartilage, unlabelled.softTissue);
}

function drawSacrum(scene: Scene): void {
  const label = labelNumber('sacrum');
  const levels: readonly (readonly [y: number, z: number, half: number, radius: number])[] = [
    [-48, 96, 38, 17],
    [-64, 76, 36, 15],
    [-77, 54, 27, 12.5],
    [-84, 34, 20, 10.5],
    [-84, 16, 13, 9],
    [-78, -2, 5, 6.5],
    [-68, -14, 2, 4.5],
  ];
  for (const [y, z, half, radius] of levels)
    paintBone(scene, capsule([-half, y, z], [half, y, z], radius), label);
  for (const sign of [-1, 1]) {
    paintBone(scene, plate([sign * 20, -46, 100], [sign * 50, -60, 92], [sign * 42, -74, 58], 10), label);
    for (const [y, z] of levels.slice(0, 4)) {
      scene.canvas.paint(
        capsule([sign * 19, y + 4, z - 10], [sign * 21, y - 8, z - 10], 3.2),
        scene.tissue.fat + 60,
        label,
      );
    }
  }
  for (const [row, [y, z]] of levels.slice(0, 4).entries()) {
    scene.canvas.paint(capsule([0, y - 12, z], [0, y - 20, z - 4], 3.5), scene.tissue.cortex * 0.7, label);
    scene.canvas.paint(
      capsule([0, y - 8 + row, z + 6], [0, y - 9 + row, z - 6], 5 - row),
      scene.tissue.fluid,
      label,
    );
  }
}

function drawHip(scene: Scene, side: Side): void {
  const { canvas } = scene;
  const sign = signOf[side];
  const label = labelNumber(`hip_${side}`);
  const at = (x: number, y: number, z: number): Vector3 => mirrored([x, y, z], sign);
  const posterior = at(48, -84, 98);
  const crest = at(116, -30, 146);
  const front = at(118, 48, 92);
  const roof = at(92, 4, 30);
  const joint = at(54, -64, 60);
  const notch = at(72, -38, 24);
  for (const wing of [
    plate(posterior, crest, joint, 4.6),
    plate(crest, joint, roof, 4.6),
    plate(crest, front, roof, 4.6),
    plate(joint, notch, roof, 7),
  ]) {
    paintBone(scene, wing, label);
  }
  const crestLine: TubePoint[] = [
    [48, -84, 98, 7.5],
    [84, -68, 136, 6.5],
    [116, -28, 148, 6.5],
    [126, 20, 126, 6.5],
    [118, 50, 92, 7],
  ];
  for (const piece of tube(mirroredTube(crestLine, sign))) paintBone(scene, piece, label);
  // The socket is open to the side, downwards and a little to the front.
  const head = at(88, 5, 0);
  const socket = intersection([
    ellipsoid(head, [36, 36, 36]),
    halfSpace(at(98, 8, -6), [sign * 0.8, 0.3, -0.45]),
    complement(ellipsoid(head, [26.5, 26.5, 26.5])),
  ]);
  paintBone(scene, socket, label);
  const rami: TubePoint[][] = [
    [
      [74, 26, 12, 11],
      [48, 46, 4, 7.5],
      [16, 55, -8, 9],
    ],
    [
      [13, 56, -8, 9.5],
      [14, 50, -26, 9],
    ],
    [
      [80, -24, -8, 15],
      [70, -36, -36, 15],
      [58, -38, -56, 14],
    ],
    [
      [56, -32, -58, 10],
      [36, 8, -50, 6.5],
      [16, 44, -30, 7.5],
    ],
    [
      [92, 10, 40, 13],
      [86, -18, 22, 14],
    ],
  ];
  for (const ramus of rami)
    for (const piece of tube(mirroredTube(ramus, sign))) paintBone(scene, piece, label);
  for (const ramus of rami) {
    const marrow = ramus.map(([x, y, z, radius]) => [x, y, z, radius - 2.2] as const);
    paintAll(scene, tube(mirroredTube(marrow, sign)), scene.tissue.marrow, label, only(label));
  }
  canvas.paint(capsule(at(58, -38, -52), at(56, -36, -62), 13), scene.tissue.marrow, label, only(label));
}

function drawFemur(scene: Scene, side: Side): void {
  const sign = signOf[side];
  const label = labelNumber(`femur_${side}`);
  const { tissue } = scene;
  const at = (x: number, y: number, z: number): Vector3 => mirrored([x, y, z], sign);
  const shaft: TubePoint[] = [
    [128, -6, -28, 19],
    [124, -4, -62, 16],
    [116, 2, -130, 14],
    [106, 6, -230, 13.5],
    [98, 2, -340, 14],
  ];
  const shape = mirroredTube(shaft, sign);
  const neck = capsule(at(92, 4, -2), at(124, -3, -24), 16, 18);
  const trochanter = ellipsoid(at(134, -12, -14), [15, 19, 22]);
  const lesser = ellipsoid(at(108, -14, -62), [9, 10, 13]);
  const head = ellipsoid(at(88, 5, 0), [24, 24, 24]);
  const solids = [neck, trochanter, lesser, head];
  paintAll(scene, [...tube(shape), ...solids], tissue.cortex * 1.1, label);
  paintAll(
    scene,
    solids.map((solid) => grown(solid, -1.8)),
    tissue.marrow * 1.1,
    label,
  );
  paintAll(
    scene,
    tube(shape.map(([x, y, z, radius], point) => [x, y, z, radius - (point === 0 ? 2.2 : 5.5)])),
    tissue.yellowMarrow + 40,
    label,
  );
}

/** Bladder, and prostate or uterus, with the fat of the small pelvis around them. */
export function drawPelvicOrgans(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('bladder');
  const fill = random.between(0.8, 1.35);
  const label = labelNumber('urinary_bladder');
  const base = subject.sex === 'f' ? 2 : 8;
  const bladder = ellipsoid(
    [2 * random.normal(), 24, base + 18 * fill],
    [40 * fill, 30 * fill, 27 * fill],
    [-12, 0, 0],
  );
  const onto = only(unlabelled.abdominalFat, unlabelled.muscle);
  if (subject.sex === 'f') {
    const tilt = random.between(20, 55);
    canvas.paint(
      ellipsoid([6 * random.normal(), 0, base + 40 * fill], [24, 19, 33], [-tilt, 0, 0]),
      tissue.muscle + (subject.phase === 'native' ? 0 : 30),
      unlabelled.softTissue,
      onto,
    );
    canvas.paint(ellipsoid([0, -14, 0], [17, 11, 17]), tissue.muscle, unlabelled.softTissue, onto);
  } else {
    const size = 0.85 + subject.age * 0.006;
    canvas.paint(
      ellipsoid([0, 16, -22], [23 * size, 17 * size, 19 * size]),
      tissue.muscle + 8,
      unlabelled.softTissue,
      onto,
    );
    for (const sign of [-1, 1]) {
      canvas.paint(
        capsule([sign * 4, -12, 4], [sign * 28, -18, 12], 6),
        tissue.softTissue,
        unlabelled.softTissue,
        onto,
      );
    }
  }
  canvas.paint(
    bladder,
    tissue.softTissue,
    label,
    only(unlabelled.abdominalFat, unlabelled.muscle, unlabelled.softTissue),
  );
  canvas.paint(grown(bladder, -3), tissue.urine, label, only(label));
}
