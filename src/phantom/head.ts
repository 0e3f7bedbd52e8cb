import { headSurface } from './body.js';
import { drawBrain } from './brain.js';
import { grown, intersection, shell } from './combine.js';
import { mirrored, mirroredTube, paintAll, type Scene } from './scene.js';
import { capsule, ellipsoid, halfSpace, plate } from './shapes.js';
import { labelNumber, only, sides, signOf, unlabelled } from './structures.js';
import { tube } from './tube.js';

/** Skull, brain, face with its cavities, eyes and jaw. */
export function drawHead(scene: Scene): void {
  drawFaceLabel(scene);
  drawSkull(scene);
  drawBrain(scene);
  drawFacialBones(scene);
  drawAirSpaces(scene);
  for (const side of sides) drawEye(scene, signOf[side]);
}

/** The front of the head, from the forehead to the chin, is the structure "face". */
function drawFaceLabel(scene: Scene): void {
  const face = labelNumber('face');
  const front = halfSpace([0, 38, 660], [0, -1, -0.12]);
  const onto = only(unlabelled.fat, unlabelled.muscle);
  const { canvas } = scene;
  for (const surface of headSurface(scene.subject)) {
    const region = intersection([surface, front]);
    canvas.mark(region, face, onto);
  }
}

function drawSkull(scene: Scene): void {
  const { canvas, tissue } = scene;
  const outer = ellipsoid([0, -8, 738], [70.5, 89.5, 77.5]);
  const base = halfSpace([0, 0, 678], [0, 0.3, -1]);
  const vault = intersection([outer, base]);
  const inner = intersection([grown(outer, -6), grown(base, -5)]);
  canvas.paint(vault, tissue.cortex * 1.25, unlabelled.bone);
  canvas.paint(intersection([shell(grown(outer, -3), 0.9), base]), tissue.cortex * 0.7, unlabelled.bone);
  canvas.paint(inner, tissue.cerebrospinalFluid + 6, labelNumber('brain'));
  for (const side of sides) {
    const sign = signOf[side];
    // Petrous bone with the air cells of the mastoid.
    canvas.paint(
      capsule(mirrored([20, 6, 694], sign), mirrored([60, -14, 692], sign), 8, 12),
      tissue.cortex * 1.3,
      unlabelled.bone,
    );
    canvas.paint(ellipsoid(mirrored([58, -22, 684], sign), [10, 15, 16]), tissue.cortex, unlabelled.bone);
    canvas.paint(ellipsoid(mirrored([58, -22, 686], sign), [6, 10, 10]), -450, unlabelled.airway);
    canvas.paint(
      capsule(mirrored([54, -4, 691], sign), mirrored([78, -8, 692], sign), 3),
      tissue.airway,
      unlabelled.airway,
    );
    canvas.paint(
      capsule(mirrored([55, 0, 698], sign), mirrored([62, 48, 692], sign), 4),
      tissue.cortex,
      unlabelled.bone,
    );
  }
  // Clivus and the condyles around the foramen magnum.
  canvas.paint(capsule([0, 12, 702], [0, -2, 682], 8), tissue.cortex * 0.8, unlabelled.bone);
  for (const sign of [-1, 1]) {
    canvas.paint(
      capsule([sign * 18, -14, 680], [sign * 30, -30, 680], 7),
      tissue.cortex * 0.8,
      unlabelled.bone,
    );
  }
}

function drawFacialBones(scene: Scene): void {
  const { canvas, tissue } = scene;
  const bone = tissue.cortex;
  const paintTube = (points: Parameters<typeof tube>[0], value = bone) =>
    paintAll(scene, tube(points), value);
  for (const side of sides) {
    const sign = signOf[side];
    const at = (x: number, y: number, z: number) => mirrored([x, y, z], sign);
    // Orbital rims, cheek bone and its arch.
    paintTube(
      mirroredTube(
        [
          [12, 76, 722, 4.5],
          [32, 78, 726, 4.5],
          [50, 66, 716, 5],
          [54, 58, 700, 5.5],
          [40, 70, 682, 5.5],
          [18, 76, 690, 4],
        ],
        sign,
      ),
    );
    paintTube(
      mirroredTube(
        [
          [54, 58, 688, 5],
          [64, 30, 688, 3.5],
          [64, 4, 692, 3.5],
        ],
        sign,
      ),
    );
    // Walls of the orbit and of the maxillary sinus.
    canvas.paint(plate(at(52, 58, 705), at(30, 22, 705), at(46, 50, 685), 1.6), bone);
    canvas.paint(plate(at(12, 70, 712), at(14, 24, 706), at(14, 60, 690), 1.2), bone * 0.7);
    canvas.paint(plate(at(16, 66, 686), at(46, 56, 686), at(24, 28, 690), 1.6), bone * 0.8);
    canvas.paint(ellipsoid(at(32, 48, 672), [19, 20, 17]), bone * 0.9);
    canvas.paint(plate(at(36, 18, 690), at(30, 20, 655), at(34, 26, 665), 2), bone);
    // Lower jaw: condyle, ramus, body.
    paintTube(
      mirroredTube(
        [
          [55, 2, 690, 5],
          [52, 10, 668, 5],
          [48, 18, 640, 6],
        ],
        sign,
      ),
    );
    canvas.paint(plate(at(53, 6, 682), at(47, 32, 680), at(48, 20, 642), 3.6), bone);
    paintTube(
      mirroredTube(
        [
          [48, 20, 640, 6],
          [40, 50, 628, 6.5],
          [24, 72, 618, 7],
          [0, 80, 614, 7.5],
        ],
        sign,
      ),
    );
    // Rows of teeth.
    for (const [z, back] of [
      [634, 40],
      [648, 42],
    ] as const) {
      paintTube(
        mirroredTube(
          [
            [0, 80, z, 4.2],
            [14, 77, z, 4.2],
            [24, 66, z, 4.5],
            [30, back, z, 4.8],
          ],
          sign,
        ),
        bone * 1.7,
      );
    }
    paintTube(
      mirroredTube(
        [
          [0, 78, 656, 5],
          [18, 72, 656, 5],
          [28, 52, 657, 5],
          [31, 38, 658, 5],
        ],
        sign,
      ),
      bone * 0.9,
    );
    // Chewing muscle outside the ramus, salivary gland behind it.
    canvas.paint(
      ellipsoid(at(58, 22, 658), [7, 17, 26]),
      tissue.muscle,
      undefined,
      only(unlabelled.fat, unlabelled.muscle),
    );
    canvas.paint(ellipsoid(at(60, -4, 664), [10, 13, 24]), tissue.gland - 25);
    canvas.paint(ellipsoid(at(30, 34, 622), [10, 15, 11]), tissue.gland + 25);
  }
  // Hard palate, nasal bone, hyoid.
  canvas.paint(plate([-26, 40, 660], [26, 40, 660], [0, 76, 660], 2.6), bone * 0.9);
  canvas.paint(capsule([0, 86, 712], [0, 94, 696], 4), bone * 0.8);
  paintAll(
    scene,
    tube([
      [-18, 14, 600, 3],
      [-10, 32, 600, 3],
      [10, 32, 600, 3],
      [18, 14, 600, 3],
    ]),
    bone * 0.8,
    unlabelled.bone,
  );
}

function drawAirSpaces(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('sinuses');
  const air = (shape: ReturnType<typeof ellipsoid>) => canvas.paint(shape, tissue.airway);
  for (const side of sides) {
    const at = (x: number, y: number, z: number) => mirrored([x, y, z], signOf[side]);
    canvas.paint(ellipsoid(at(32, 47, 672), [16.5, 17.5, 14.5]), random.chance(0.15) ? 25 : tissue.airway);
    air(ellipsoid(at(7, 50, 702), [4.5, 20, 10]));
    air(ellipsoid(at(6, 56, 676), [4.5, 25, 13]));
    air(ellipsoid(at(9, 76, 728), [9, 4, 9]));
    air(ellipsoid(at(8, 22, 702), [7, 9, 8]));
    // Turbinates.
    canvas.paint(ellipsoid(at(8, 54, 673), [2.8, 20, 5]), tissue.softTissue);
    // Back wall of the frontal sinus stays bone.
    canvas.paint(capsule(at(2, 70, 728), at(18, 70, 728), 1.6), tissue.cortex);
  }
  canvas.paint(capsule([0, 30, 690], [0, 78, 682], 1.2), tissue.cortex * 0.4);
  // Nasopharynx, oropharynx, larynx; tongue and floor of the mouth are muscle.
  canvas.paint(ellipsoid([0, 46, 640], [24, 32, 17]), tissue.muscle + 5);
  canvas.paint(capsule([0, 68, 652], [0, 30, 655], 2), tissue.airway);
  const throat = tube([
    [0, 26, 682, 8],
    [0, 14, 664, 8],
    [0, 9, 640, 7.5],
    [0, 9, 618, 8],
    [0, 14, 600, 7],
    [0, 20, 588, 5],
    [0, 22, 578, 4],
    [0, 19, 566, 7.5],
  ]);
  paintAll(scene, throat, tissue.airway, unlabelled.airway);
  canvas.paint(
    ellipsoid([0, 0, 668], [18, 6, 26]),
    tissue.softTissue,
    undefined,
    only(unlabelled.muscle, unlabelled.fat),
  );
}

function drawEye(scene: Scene, sign: 1 | -1): void {
  const { canvas, tissue } = scene;
  const centre = mirrored([32, 66, 705], sign);
  const orbit = capsule(mirrored([32, 62, 705], sign), mirrored([20, 22, 706], sign), 16, 5);
  canvas.paint(orbit, tissue.fat + 20);
  canvas.paint(capsule(mirrored([31, 56, 705], sign), mirrored([17, 14, 706], sign), 2.6), tissue.softTissue);
  for (const offset of [-11, 11]) {
    canvas.paint(
      capsule([centre[0] + offset, 62, 705], mirrored([20, 26, 706], sign), 2.2, 1.6),
      tissue.muscle,
    );
  }
  canvas.paint(ellipsoid(centre, [12.5, 12.5, 12.5]), tissue.softTissue + 25);
  canvas.paint(ellipsoid(centre, [10.5, 10.5, 10.5]), tissue.fluid);
  canvas.paint(ellipsoid([centre[0], 75, 705], [4.5, 2.5, 4.5]), 90);
}
