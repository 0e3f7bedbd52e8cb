import type { Vector3 } from '../volume/volume.js';
import { complement, grown, intersection } from './combine.js';
import { belowDiaphragm } from './diaphragm.js';
import type { Scene } from './scene.js';
import { ellipsoid } from './shapes.js';
import { labelNumber, unlabelled } from './structures.js';

/** Heart with four chambers and the myocardium of the left ventricle, in its pericardial fat. */
export function drawHeart(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('heart');
  const size = 1 + 0.07 * random.normal() + Math.max(0, subject.age - 65) * 0.003;
  const shift: Vector3 = [
    3 * random.normal(),
    2 * random.normal(),
    4 * random.normal() - subject.inspiration * 0.5,
  ];
  // A lean body's heart stands upright, a stout body's lies across.
  const tilt = 6 * random.normal() - (subject.fat - 18) * 0.4;
  const wall = random.between(8.5, 12.5);
  const part = (centre: Vector3, radii: Vector3, turn: Vector3 = [0, 0, 0]) =>
    ellipsoid(
      [
        -14 + (centre[0] + 14) * size + shift[0],
        22 + (centre[1] - 22) * size + shift[1],
        402 + (centre[2] - 402) * size + shift[2],
      ],
      [radii[0] * size, radii[1] * size, radii[2] * size],
      turn,
    );
  // The long axis of the ventricles points to the left, forwards and down; x is the long axis before turning.
  const axis: Vector3 = [0, -28 + tilt, -38];
  const fat = intersection([
    part([-14, 24, 398], [66, 56, 54], [0, -12, -20]),
    complement(belowDiaphragm(subject, -14)),
  ]);
  canvas.paint(fat, tissue.fat + 15, unlabelled.mediastinum);

  const rightAtrium = part([33, 14, 402], [23, 27, 33]);
  const rightVentricle = part([-4, 46, 392], [47, 28, 31], axis);
  const leftAtrium = part([-4, -12, 418], [33, 18, 24], [0, 0, -6]);
  const leftVentricle = part([-36, 22, 392], [47, 33, 33], axis);
  const cavity = grown(part([-33, 20, 393], [47, 33, 33], axis), -wall);
  const outflow = part([-16, 40, 424], [15, 16, 22]);

  const wallValue = tissue.myocardium;
  for (const [shape, value, name] of [
    [rightAtrium, tissue.heartRight, 'heart_atrium_right'],
    [leftAtrium, tissue.heartLeft, 'heart_atrium_left'],
    [outflow, tissue.heartRight, 'heart_ventricle_right'],
    [rightVentricle, tissue.heartRight, 'heart_ventricle_right'],
  ] as const) {
    canvas.paint(grown(shape, 2.5), wallValue, unlabelled.softTissue);
    canvas.paint(shape, value, labelNumber(name));
  }
  canvas.paint(leftVentricle, wallValue, labelNumber('heart_myocardium'));
  canvas.paint(cavity, tissue.heartLeft, labelNumber('heart_ventricle_left'));
}
