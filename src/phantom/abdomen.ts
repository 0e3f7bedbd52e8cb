import type { Vector3 } from '../volume/volume.js';
import { complement, grown, intersection } from './combine.js';
import { belowDiaphragm } from './diaphragm.js';
import { loft } from './loft.js';
import { jittered, jitteredTube, paintAll, presentLabel, type Scene } from './scene.js';
import { capsule, ellipsoid, halfSpace, type Shape } from './shapes.js';
import { labelNumber, only, type Side, sides, signOf, unlabelled } from './structures.js';
import { type TubePoint, tube } from './tube.js';

/** The space inside the muscles of the abdominal wall, from the pelvic floor up. */
const cavitySections = [
  { z: -42, halfWidth: 24, halfDepth: 34, y: -14 },
  { z: -20, halfWidth: 38, halfDepth: 52, y: -6 },
  { z: 15, halfWidth: 56, halfDepth: 66, y: -2 },
  { z: 60, halfWidth: 92, halfDepth: 73, y: 4 },
  { z: 110, halfWidth: 114, halfDepth: 68, y: 12 },
  { z: 160, halfWidth: 120, halfDepth: 70, y: 9 },
  { z: 220, halfWidth: 121, halfDepth: 79, y: 2 },
  { z: 300, halfWidth: 127, halfDepth: 88, y: -1 },
  { z: 345, halfWidth: 131, halfDepth: 90, y: -2 },
  { z: 400, halfWidth: 130, halfDepth: 88, y: -2 },
];

export function abdominalCavity(scene: Scene): Shape {
  return intersection([loft(cavitySections, 0.25), belowDiaphragm(scene.subject, -1)]);
}

/** The fat that fills the abdomen, before its organs. */
export function drawAbdominalCavity(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  canvas.paint(abdominalCavity(scene), tissue.fat + 4, unlabelled.abdominalFat);
  // Strands of vessels and septa in the mesentery.
  const random = subject.random('mesentery');
  const onto = only(unlabelled.abdominalFat);
  for (let strand = 0; strand < 16; strand++) {
    const end: Vector3 = [random.between(-70, 70), random.between(20, 60), random.between(90, 200)];
    canvas.paint(capsule([4, 18, 205], end, 1.8, 1), tissue.vein, undefined, onto);
  }
}

/** Kidneys and adrenal glands in the retroperitoneal fat. */
export function drawRetroperitoneum(scene: Scene): void {
  for (const side of sides) {
    drawKidney(scene, side);
    drawAdrenal(scene, side);
  }
}

function drawKidney(scene: Scene, side: Side): void {
  const label = presentLabel(scene, `kidney_${side}`);
  if (label === undefined) return;
  const { canvas, subject, tissue } = scene;
  const random = subject.random(`kidney-${side}`);
  const sign = signOf[side];
  const size = 1 + 0.07 * random.normal();
  const centre = jittered(random, [sign * 64, -40, side === 'right' ? 238 : 252], 4);
  const turn: Vector3 = [8, sign * 12, sign * 35];
  const radii: Vector3 = [25 * size, 29 * size, 56 * size];
  canvas.paint(
    ellipsoid(centre, [radii[0] + 10, radii[1] + 8, radii[2] + 12], turn),
    tissue.fat,
    unlabelled.abdominalFat,
  );
  canvas.paint(ellipsoid(centre, radii, turn), tissue.kidneyCortex, label);
  const inner: Vector3 = [centre[0] - sign * 3, centre[1] + 2, centre[2]];
  const medulla = ellipsoid(inner, [radii[0] - 8, radii[1] - 8, radii[2] - 11], turn);
  canvas.paint(medulla, tissue.kidneyMedulla, label);
  // The sinus opens towards the midline and to the front: fat around the pelvis.
  const sinus = ellipsoid([centre[0] - sign * 14, centre[1] + 9, centre[2]], [17, 10, 25], turn);
  canvas.paint(sinus, tissue.fat + 20, unlabelled.abdominalFat);
  canvas.paint(
    ellipsoid([centre[0] - sign * 16, centre[1] + 10, centre[2] - 2], [10, 5, 11], turn),
    subject.phase === 'portal' ? 30 : 6,
    unlabelled.softTissue,
  );
  if (random.chance(0.2)) {
    const along = random.between(-0.6, 0.6);
    const cyst: Vector3 = [centre[0] + sign * radii[0] * 0.8, centre[1], centre[2] + along * radii[2]];
    const radius = random.between(7, 16);
    canvas.paint(ellipsoid(cyst, [radius, radius, radius]), tissue.fluid, label);
  }
  // Ureter.
  paintAll(
    scene,
    tube([
      [centre[0] - sign * 26, centre[1] + 14, centre[2] - 15, 2.2],
      [sign * 40, -4, 170, 2.2],
      [sign * 46, -8, 110, 2.2],
    ]),
    tissue.softTissue,
    unlabelled.softTissue,
  );
}

function drawAdrenal(scene: Scene, side: Side): void {
  const sign = signOf[side];
  const random = scene.subject.random(`adrenal-${side}`);
  const label = labelNumber(`adrenal_gland_${side}`);
  const body = jittered(random, side === 'right' ? [36, -30, 304] : [-36, -22, 306], 2);
  const { canvas, tissue } = scene;
  canvas.paint(ellipsoid(body, [15, 15, 18]), tissue.fat, unlabelled.abdominalFat);
  for (const limb of [
    [sign * 8, -14, -8],
    [sign * -3, -15, -6],
    [0, 5, 12],
  ] as const) {
    canvas.paint(
      capsule(body, [body[0] + limb[0], body[1] + limb[1], body[2] + limb[2]], 3.6, 2.6),
      tissue.adrenal,
      label,
    );
  }
}

export function drawLiver(scene: Scene): void {
  const { canvas, subject, tissue } = scene;
  const random = subject.random('liver');
  const label = labelNumber('liver');
  const reach = 12 * random.normal();
  const size = 1 + 0.05 * random.normal();
  const cavity = grown(loft(cavitySections, 0.25), -2.5);
  const liver = intersection(
    [
      cavity,
      belowDiaphragm(subject, -4),
      // The visceral surface rises from the right lower edge to the left upper tip.
      halfSpace([60, 0, 262 - reach], [-0.65, -0.22, -1]),
      // The left lobe lies in front only.
      halfSpace([28, -62, 300], [-0.66, -0.75, 0]),
      ellipsoid([48, -2, 300], [128 * size, 112, 118]),
    ],
    16,
  );
  canvas.paint(liver, tissue.liver, label);
  // Fissure of the falciform ligament.
  canvas.paint(
    intersection([liver, capsule([-4, 66, 250], [-2, 30, 318], 3.5)]),
    tissue.fat,
    unlabelled.abdominalFat,
  );
  const branches: TubePoint[][] = [];
  for (let branch = 0; branch < 7; branch++) {
    const end: TubePoint = [random.between(30, 108), random.between(-50, 55), random.between(265, 350), 1.4];
    branches.push([
      [46, 11, 298, 5],
      [(46 + end[0]) / 2, (11 + end[1]) / 2 + 4, (298 + end[2]) / 2, 3.2],
      end,
    ]);
  }
  paintAll(
    scene,
    branches.flatMap((branch) => tube(branch)),
    tissue.portalVein,
    undefined,
    only(label),
  );
  // The three hepatic veins join the vena cava under the dome.
  for (const end of [
    [105, -25, 310, 2],
    [68, 42, 318, 2],
    [-20, 48, 340, 2],
  ] as TubePoint[]) {
    paintAll(scene, tube([[28, -4, 358 - subject.inspiration, 5], end]), tissue.vein, undefined, only(label));
  }
  if (random.chance(0.25)) {
    const radius = random.between(6, 18);
    const lesion: Vector3 = [random.between(40, 100), random.between(-30, 40), random.between(280, 335)];
    canvas.paint(
      ellipsoid(lesion, [radius, radius, radius]),
      random.chance(0.6) ? tissue.fluid : tissue.liver * 0.65,
      undefined,
      only(label),
    );
  }
}

export function drawGallbladder(scene: Scene): void {
  const label = presentLabel(scene, 'gallbladder');
  if (label === undefined) return;
  const random = scene.subject.random('gallbladder');
  const centre = jittered(random, [54, 42, 240], 5);
  const size = random.between(0.75, 1.2);
  const shape = ellipsoid(centre, [15 * size, 21 * size, 22 * size], [30, 10, 0]);
  scene.canvas.paint(grown(shape, 1.5), scene.tissue.bowelWall, label);
  scene.canvas.paint(grown(shape, -1), scene.tissue.fluid + 4, label);
  if (random.chance(0.2)) {
    const stone: Vector3 = [centre[0], centre[1] - 14 * size, centre[2] - 5];
    scene.canvas.paint(ellipsoid(stone, [5, 5, 5]), 320, label);
  }
}

export function drawSpleen(scene: Scene): void {
  const label = presentLabel(scene, 'spleen');
  if (label === undefined) return;
  const random = scene.subject.random('spleen');
  const size = 1 + 0.12 * random.normal();
  const centre = jittered(random, [-102, -42, 316], 3);
  const spleen = intersection(
    [
      ellipsoid(centre, [29 * size, 50 * size, 58 * size], [-20, 12, -28]),
      grown(loft(cavitySections, 0.25), -2.5),
      belowDiaphragm(scene.subject, -4),
      complement(ellipsoid([-60, -14, 312], [22, 28, 38])),
    ],
    5,
  );
  scene.canvas.paint(spleen, scene.tissue.spleen, label);
}

export function drawPancreas(scene: Scene): void {
  const random = scene.subject.random('pancreas');
  const size = 1 + 0.08 * random.normal() - Math.max(0, scene.subject.age - 60) * 0.006;
  const points = jitteredTube(
    random,
    [
      [28, 12, 226, 11],
      [32, 18, 244, 15],
      [16, 27, 262, 11],
      [-8, 22, 272, 10.5],
      [-36, 10, 284, 11],
      [-62, -8, 298, 10],
      [-78, -20, 306, 7],
    ],
    2,
  );
  const tapered = points.map(([x, y, z, radius]) => [x, y, z, radius * size] as const);
  paintAll(
    scene,
    tube(tapered),
    scene.tissue.pancreas,
    labelNumber('pancreas'),
    only(unlabelled.abdominalFat, unlabelled.softTissue, labelNumber('duodenum')),
  );
}
