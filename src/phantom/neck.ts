import { grown, intersection, shell } from './combine.js';
import { mirroredTube, paintAll, type Scene } from './scene.js';
import { ellipsoid, halfSpace } from './shapes.js';
import { only, sides, signOf, unlabelled } from './structures.js';
import { type TubePoint, tube } from './tube.js';

/** Soft tissue of the neck: fat between the muscles, vessels, thyroid and larynx. */
export function drawNeck(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('neck');
  const onto = only(unlabelled.muscle);
  for (const side of sides) {
    const sign = signOf[side];
    const paths = (points: readonly TubePoint[]) => tube(mirroredTube(points, sign));
    // The fat of the carotid space and of the triangle behind it.
    paintAll(
      scene,
      paths([
        [36, -8, 556, 16],
        [40, -8, 600, 14],
        [40, -6, 645, 11],
        [36, 0, 672, 9],
      ]),
      tissue.fat + 12,
      unlabelled.fat,
      onto,
    );
    const mastoid: TubePoint[] = [
      [16, 44, 520, 8],
      [28, 28, 560, 9],
      [42, 8, 610, 10],
      [54, -22, 672, 9],
    ];
    paintAll(
      scene,
      paths(mastoid).map((piece) => grown(piece, 1.5)),
      tissue.fat,
      unlabelled.fat,
      only(unlabelled.muscle, unlabelled.fat),
    );
    paintAll(
      scene,
      paths(mastoid),
      tissue.muscle,
      unlabelled.muscle,
      only(unlabelled.muscle, unlabelled.fat),
    );
    const carotid: TubePoint[] = [
      [25, 2, 548, 4],
      [25, 6, 590, 4],
      [28, 2, 630, 3.8],
      [27, -2, 672, 3.2],
      [20, 8, 694, 3],
    ];
    paintAll(scene, paths(carotid), tissue.artery, unlabelled.softTissue);
    const wide = random.between(4.5, 7.5);
    paintAll(
      scene,
      paths([
        [36, 4, 532, wide],
        [34, 4, 580, wide],
        [37, -4, 630, wide],
        [35, -10, 676, wide - 1],
      ]),
      subject.phase === 'arterial' ? tissue.vein + 60 : tissue.vein,
      unlabelled.softTissue,
    );
    canvas.paint(
      ellipsoid([sign * 15, 16, 562], [8, 10, 20], [0, sign * 8, 0]),
      tissue.thyroid,
      unlabelled.softTissue,
    );
  }
  canvas.paint(ellipsoid([0, 26, 556], [12, 4, 7]), tissue.thyroid, unlabelled.softTissue);
  // Shield of the thyroid cartilage and ring of the cricoid.
  const shield = intersection([
    shell(ellipsoid([0, 20, 584], [17, 17, 18]), 1.6),
    halfSpace([0, 14, 0], [0, -1, 0]),
  ]);
  canvas.paint(shield, tissue.cartilage + 60, unlabelled.softTissue);
  paintAll(
    scene,
    tube([
      [-9, 20, 568, 2.4],
      [0, 29, 568, 2.4],
      [9, 20, 568, 2.4],
      [0, 10, 569, 3.4],
      [-9, 20, 568, 2.4],
    ]),
    tissue.cartilage + 40,
    unlabelled.softTissue,
  );
}
