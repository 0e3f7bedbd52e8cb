import type { Vector3 } from '../volume/volume.js';
import { armCentreLine } from './body.js';
import { paintBone } from './bone.js';
import { mirrored, mirroredTube, paintAll, type Scene } from './scene.js';
import { capsule, ellipsoid, plate } from './shapes.js';
import { labelNumber, type Side, sides, signOf, unlabelled } from './structures.js';
import { spline, tube } from './tube.js';

/** Scapulae, clavicles and the bones of the arms. Raised arms swing the scapulae outwards. */
export function drawShoulders(scene: Scene): void {
  for (const side of sides) {
    drawScapula(scene, side);
    drawClavicle(scene, side);
    drawArm(scene, side);
  }
}

/** The middle of the humeral head: the start of the arm's centre line, a little inwards. */
function shoulderJoint(scene: Scene, side: Side): Vector3 {
  const [x, y, z] = armCentreLine(scene.subject, signOf[side])[0]!;
  return [x, y, z];
}

function drawScapula(scene: Scene, side: Side): void {
  const sign = signOf[side];
  const label = labelNumber(`scapula_${side}`);
  const up = scene.subject.arms === 'up';
  const joint = shoulderJoint(scene, side);
  const outwards = (point: Vector3) => mirrored(point, sign);
  const superior = outwards(up ? [72, -78, 522] : [70, -74, 524]);
  const inferior = outwards(up ? [128, -76, 412] : [98, -98, 398]);
  const medial = outwards(up ? [80, -94, 480] : [72, -92, 480]);
  const glenoid: Vector3 = [joint[0] - sign * 29, joint[1] - 10, joint[2] - 4];
  const { canvas, tissue } = scene;
  for (const blade of [plate(superior, medial, glenoid, 3.2), plate(medial, inferior, glenoid, 3.2)]) {
    canvas.paint(blade, tissue.cortex * 0.6, label);
  }
  canvas.paint(capsule(inferior, glenoid, 4, 6.5), tissue.cortex * 0.75, label);
  canvas.paint(capsule(medial, inferior, 3.6), tissue.cortex * 0.6, label);
  paintBone(scene, ellipsoid(glenoid, [8, 12, 17]), label);
  const acromion: Vector3 = [joint[0] + sign * 6, joint[1] - 8, joint[2] + 33];
  const spineRoot: Vector3 = [medial[0] + sign * 6, medial[1] - 4, medial[2] + 16];
  const spineMiddle: Vector3 = [joint[0] - sign * 28, joint[1] - 44, joint[2] + 14];
  canvas.paint(capsule(spineRoot, spineMiddle, 4, 5.5), tissue.cortex * 0.7, label);
  canvas.paint(capsule(spineMiddle, acromion, 5.5, 6), tissue.cortex * 0.7, label);
  const coracoid: Vector3 = [joint[0] - sign * 22, joint[1] + 34, joint[2] + 12];
  canvas.paint(
    capsule([glenoid[0], glenoid[1] + 6, glenoid[2] + 18], coracoid, 5.5),
    tissue.cortex * 0.7,
    label,
  );
}

function drawClavicle(scene: Scene, side: Side): void {
  const sign = signOf[side];
  const joint = shoulderJoint(scene, side);
  const points = [
    ...mirroredTube(
      [
        [24, 54, 512, 9],
        [52, 52, 524, 6.5],
      ],
      sign,
    ),
    [sign * (Math.abs(joint[0]) * 0.66), 16, joint[2] + 18, 6] as const,
    [joint[0] - sign * 6, joint[1] + 4, joint[2] + 35, 6.5] as const,
  ];
  const label = labelNumber(`clavicula_${side}`);
  paintAll(scene, tube(points), scene.tissue.cortex * 0.9, label);
  paintAll(
    scene,
    tube(points.map(([x, y, z, radius]) => [x, y, z, radius - 2.8])),
    scene.tissue.marrow,
    label,
  );
}

function drawArm(scene: Scene, side: Side): void {
  const { tissue } = scene;
  const label = labelNumber(`humerus_${side}`);
  const line = armCentreLine(scene.subject, signOf[side]);
  const joint = shoulderJoint(scene, side);
  const [upper, lower] = [line.slice(0, 3), line.slice(2)];
  const shaft = (radius: number) =>
    tube(
      upper.map(([x, y, z], point) => [x, y, z, point === 0 ? radius * 1.5 : radius]),
      4,
    );
  paintAll(scene, shaft(11), tissue.cortex * 1.15, label);
  paintAll(scene, shaft(6), tissue.yellowMarrow, label);
  paintBone(scene, ellipsoid(joint, [23, 22, 23]), label);
  // Radius and ulna have no label.
  for (const offset of [-9, 9]) {
    const bone = spline(lower, 3).map(([x, y, z]) => [x, y + offset, z, 6.5] as const);
    paintAll(scene, tube(bone, 1), tissue.cortex, unlabelled.bone);
  }
}
