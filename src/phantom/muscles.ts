import { grown } from './combine.js';
import { mirroredTube, paintAll, type Scene } from './scene.js';
import { ellipsoid, type Shape } from './shapes.js';
import { spineDepth } from './spine.js';
import { labelNumber, only, sides, signOf, unlabelled } from './structures.js';
import { type TubePoint, tube } from './tube.js';

/** The labelled muscles: back, hip flexors, buttocks. Fat lies in the seams around them. */
export function drawMuscles(scene: Scene): void {
  for (const side of sides) {
    const sign = signOf[side];
    drawMuscle(
      scene,
      [ellipsoid([sign * 80, -68, 8], [60, 25, 74], [0, sign * 14, sign * 26])],
      labelNumber(`gluteus_maximus_${side}`),
    );
    drawMuscle(
      scene,
      [ellipsoid([sign * 117, -12, 76], [20, 52, 60], [0, sign * -10, sign * 6])],
      labelNumber(`gluteus_medius_${side}`),
    );
    drawMuscle(
      scene,
      [ellipsoid([sign * 107, 8, 56], [13, 36, 38], [0, sign * -12, sign * 12])],
      labelNumber(`gluteus_minimus_${side}`),
    );
    drawMuscle(scene, erector(sign), labelNumber(`autochthon_${side}`));
    drawMuscle(scene, iliopsoas(sign), labelNumber(`iliopsoas_${side}`));
    drawThigh(scene, sign);
    // Fat of the ischiorectal fossa and of the groin.
    scene.canvas.paint(
      ellipsoid([sign * 34, -56, -38], [15, 24, 26]),
      scene.tissue.fat,
      unlabelled.fat,
      only(unlabelled.muscle),
    );
    scene.canvas.paint(
      ellipsoid([sign * 80, 62, -18], [16, 14, 30]),
      scene.tissue.fat,
      unlabelled.fat,
      only(unlabelled.muscle),
    );
  }
}

function drawMuscle(scene: Scene, shapes: readonly Shape[], label: number): void {
  const { tissue } = scene;
  const seam = only(unlabelled.muscle, unlabelled.abdominalFat);
  paintAll(
    scene,
    shapes.map((shape) => grown(shape, 2)),
    tissue.fat + 20,
    undefined,
    seam,
  );
  paintAll(scene, shapes, tissue.muscle, label, only(unlabelled.muscle, unlabelled.abdominalFat, label));
}

/** Extensors, flexors and adductors of the thigh, which have no label, and the seams between them. */
function drawThigh(scene: Scene, sign: 1 | -1): void {
  const bundles: readonly (readonly TubePoint[])[] = [
    [
      [86, 52, -40, 14],
      [92, 46, -110, 26],
      [88, 42, -220, 28],
      [86, 36, -340, 26],
    ],
    [
      [142, 6, -50, 13],
      [136, 10, -120, 22],
      [126, 12, -230, 24],
      [114, 10, -340, 22],
    ],
    [
      [40, 10, -52, 16],
      [50, 2, -120, 27],
      [56, 0, -220, 24],
      [58, 0, -340, 18],
    ],
    [
      [64, -46, -60, 14],
      [76, -50, -130, 22],
      [82, -46, -230, 24],
      [84, -44, -340, 24],
    ],
  ];
  const onto = only(unlabelled.muscle);
  for (const bundle of bundles) {
    const pieces = tube(mirroredTube(bundle, sign), 2);
    paintAll(
      scene,
      pieces.map((piece) => grown(piece, 2.2)),
      scene.tissue.fat + 10,
      undefined,
      onto,
    );
    paintAll(scene, pieces, scene.tissue.muscle, undefined, onto);
  }
}

/** The deep muscles of the back, from the sacrum to the head. */
function erector(sign: 1 | -1): Shape[] {
  const column = (offset: number, behind: number, radius: number, z: number): TubePoint => [
    sign * offset,
    spineDepth(z) - behind,
    z,
    radius,
  ];
  return [
    ...tube(
      [
        column(20, 38, 12, 66),
        column(27, 42, 20, 125),
        column(28, 43, 21, 190),
        column(27, 40, 20, 250),
        column(24, 34, 15, 320),
        column(21, 33, 12.5, 400),
        column(20, 32, 12, 470),
        column(19, 31, 12, 530),
        column(18, 30, 13, 590),
        column(18, 30, 14, 640),
        column(20, 34, 12, 672),
      ],
      3,
    ),
    ...tube(
      [
        column(44, 40, 14, 140),
        column(50, 38, 17, 195),
        column(47, 32, 15, 250),
        column(40, 32, 11, 320),
        column(34, 32, 9, 400),
      ],
      3,
    ),
  ];
}

function iliopsoas(sign: 1 | -1): Shape[] {
  const at = (points: readonly TubePoint[]) =>
    tube(
      points.map(([x, y, z, radius]) => [sign * x, y, z, radius]),
      3,
    );
  return [
    ...at([
      [28, -36, 262, 7],
      [36, -32, 215, 14],
      [43, -26, 165, 19],
      [52, -12, 118, 20],
      [70, 12, 66, 18],
      [88, 34, 22, 17],
      [98, 24, -24, 15],
      [106, -4, -58, 8],
    ]),
    ellipsoid([sign * 92, 0, 92], [14, 44, 42], [0, sign * -24, sign * 12]),
  ];
}
