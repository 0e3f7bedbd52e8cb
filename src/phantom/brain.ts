import type { Vector3 } from '../volume/volume.js';
import { complement, grown, intersection, shell } from './combine.js';
import { mirroredTube, paintAll, type Scene } from './scene.js';
import { ellipsoid, halfSpace, plate } from './shapes.js';
import { labelNumber, only } from './structures.js';
import { tube } from './tube.js';

/** Cerebrum, cerebellum, brain stem and the fluid around and inside them; all of it has the label "brain". */
export function drawBrain(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('brain');
  const brain = labelNumber('brain');
  const onto = only(brain);
  // The brain shrinks with age: wider ventricles, more fluid over the cortex.
  const atrophy = Math.max(0, subject.age - 50) / 40;
  const space = 1 + 1.6 * atrophy;
  const cerebrum = ellipsoid([0, -7, 742], [64 - space, 83 - space, 70 - space]);
  canvas.paint(cerebrum, tissue.brain, brain, onto);
  for (const sign of [-1, 1]) {
    const white = ellipsoid([sign * 28, -6, 748], [22, 62, 40], [0, sign * 10, 0]);
    canvas.paint(white, tissue.whiteMatter, brain, onto);
    canvas.paint(ellipsoid([sign * 22, 6, 738], [9, 17, 13]), tissue.brain + 3, brain, onto);
    const wide = 3.4 + 3 * atrophy + 0.5 * random.normal();
    const horn = tube(
      mirroredTube(
        [
          [9, 30, 752, wide],
          [8, 5, 758, wide * 1.1],
          [12, -28, 752, wide],
          [24, -50, 742, wide * 0.8],
        ],
        sign as 1 | -1,
      ),
    );
    paintAll(scene, horn, tissue.cerebrospinalFluid, brain, onto);
    // The fissure of Sylvius.
    canvas.paint(
      plate([sign * 60, 30, 735], [sign * 38, 22, 732], [sign * 60, -12, 748], 1.5 + atrophy),
      tissue.cerebrospinalFluid + 5,
      brain,
      onto,
    );
    for (let sulcus = 0; sulcus < 9; sulcus++) {
      const y = -75 + sulcus * 16 + 3 * random.normal();
      const outer: Vector3 = [sign * 55, y, 790];
      canvas.paint(
        plate([sign * 10, y + 4, 812], outer, [sign * 30, y + 2, 775], 0.7 + 0.7 * atrophy),
        tissue.cerebrospinalFluid + 8,
        brain,
        onto,
      );
    }
  }
  canvas.paint(ellipsoid([0, -4, 734], [3 + 2 * atrophy, 14, 9]), tissue.cerebrospinalFluid, brain, onto);
  canvas.paint(ellipsoid([0, -52, 698], [48, 32, 22]), tissue.brain + 2, brain, onto);
  canvas.paint(ellipsoid([0, -36, 700], [8, 5, 8]), tissue.cerebrospinalFluid, brain, onto);
  paintAll(
    scene,
    tube([
      [0, -14, 715, 13],
      [0, -16, 695, 12],
      [0, -22, 674, 7],
    ]),
    tissue.whiteMatter + 2,
    brain,
  );
  // Falx and tentorium.
  const falx = intersection([
    shell(halfSpace([0, 0, 0], [1, 0, 0]), 0.8),
    grown(cerebrum, 2),
    complement(ellipsoid([0, -4, 738], [30, 56, 34])),
  ]);
  canvas.paint(falx, subject.phase === 'native' ? 52 : 85, brain, onto);
}
