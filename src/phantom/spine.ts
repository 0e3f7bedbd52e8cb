import type { TotalSegmentatorV1Name } from '../volume/totalsegmentator-v1.js';
import type { Vector3 } from '../volume/volume.js';
import { paintBone } from './bone.js';
import { profile } from './profile.js';
import type { Scene } from './scene.js';
import { capsule, cylinder, plate } from './shapes.js';
import { labelNumber, unlabelled } from './structures.js';

export interface Vertebra {
  readonly name: TotalSegmentatorV1Name;
  /** Height of the middle of its body, mm. */
  readonly z: number;
  readonly height: number;
  /** Half width and half depth of its body, mm. */
  readonly halfWidth: number;
  readonly halfDepth: number;
  /** How far the transverse processes reach from the midline, mm. */
  readonly transverse: number;
  /** How far the spinous process reaches behind the middle of the body, and how far down, mm. */
  readonly spinous: readonly [number, number];
}

const table: readonly (readonly [string, number, number, number, number, number, number, number])[] = [
  ['L5', 124, 25, 25, 17, 46, 56, 6],
  ['L4', 159, 26, 24, 17, 46, 62, 8],
  ['L3', 194, 26, 23.5, 17, 48, 63, 8],
  ['L2', 228, 26, 22.5, 16.5, 45, 61, 8],
  ['L1', 261, 25, 21.5, 16, 41, 58, 9],
  ['T12', 292, 23, 20.5, 15.5, 28, 52, 12],
  ['T11', 320, 21.5, 19.5, 15, 28, 50, 14],
  ['T10', 346, 20.5, 18, 15, 30, 48, 18],
  ['T9', 371, 19.5, 17, 15, 32, 47, 22],
  ['T8', 395, 19, 16, 14.5, 33, 46, 25],
  ['T7', 418, 18.5, 15.5, 14, 34, 46, 26],
  ['T6', 440, 17.5, 15, 13.5, 34, 46, 26],
  ['T5', 461, 17, 14.5, 13, 34, 46, 24],
  ['T4', 481, 16.5, 14.5, 12, 34, 45, 20],
  ['T3', 500, 15.5, 14.5, 11.5, 35, 45, 15],
  ['T2', 518, 15, 15, 11, 36, 46, 11],
  ['T1', 536, 14, 15.5, 10.5, 38, 48, 8],
  ['C7', 553, 13, 14.5, 9.5, 33, 46, 7],
  ['C6', 570, 12.5, 13, 9, 28, 40, 5],
  ['C5', 587, 12.5, 12, 8.5, 27, 34, 4],
  ['C4', 604, 12.5, 11.5, 8.5, 27, 32, 4],
  ['C3', 621, 13, 11, 8.5, 27, 32, 4],
  ['C2', 641, 17, 11, 8.5, 29, 36, 5],
  ['C1', 662, 10, 10, 6, 38, 26, 0],
];

export const vertebrae: readonly Vertebra[] = table.map(
  ([level, z, height, halfWidth, halfDepth, transverse, spinousBack, spinousDown]) => ({
    name: `vertebrae_${level}` as TotalSegmentatorV1Name,
    z,
    height,
    halfWidth,
    halfDepth,
    transverse,
    spinous: [spinousBack, spinousDown],
  }),
);

/** The vertebra of a level such as 'T7'. */
export function vertebra(level: string): Vertebra {
  return vertebrae.find((candidate) => candidate.name === `vertebrae_${level}`)!;
}

const curve = profile([
  [100, -47],
  [124, -36],
  [160, -29],
  [194, -28],
  [228, -32],
  [261, -39],
  [292, -46],
  [346, -57],
  [400, -63],
  [450, -60],
  [500, -49],
  [540, -37],
  [570, -29],
  [604, -21],
  [640, -16],
  [672, -14],
]);

/** Front-to-back position of the middle of the vertebral bodies at a height, mm. */
export function spineDepth(z: number): number {
  return curve(z)[0]!;
}

/** Angle in degrees by which the spine leans forward at a height. */
function spineTilt(z: number): number {
  return (Math.atan2(spineDepth(z + 8) - spineDepth(z - 8), 16) * 180) / Math.PI;
}

/** Vertebrae with discs, processes and canal. */
export function drawSpine(scene: Scene): void {
  for (const [position, level] of vertebrae.entries()) {
    drawVertebra(scene, level);
    const above = vertebrae[position + 1];
    if (above !== undefined && level.name !== 'vertebrae_C2') {
      const z = (level.z + level.height / 2 + above.z - above.height / 2) / 2;
      const thickness = above.z - above.height / 2 - level.z - level.height / 2 - 0.5;
      scene.canvas.paint(
        cylinder(
          [0, spineDepth(z), z],
          level.halfWidth - 0.5,
          level.halfDepth - 0.5,
          thickness,
          -spineTilt(z),
        ),
        scene.tissue.disc,
        unlabelled.softTissue,
      );
    }
  }
  drawCanal(scene);
}

function drawVertebra(scene: Scene, level: Vertebra): void {
  const { canvas, tissue } = scene;
  const label = labelNumber(level.name);
  const depth = spineDepth(level.z);
  const { halfWidth, halfDepth, height, z } = level;
  const back = depth - halfDepth;
  const cervical = level.name.startsWith('vertebrae_C');
  const lumbar = level.name.startsWith('vertebrae_L');
  const canalHalfWidth = cervical ? 11 : lumbar ? 11.5 : 9;
  const root: Vector3 = [0, back - (lumbar ? 20 : 17), z - 2];
  const tip: Vector3 = [0, depth - level.spinous[0], z - 2 - level.spinous[1]];
  const thickness = lumbar ? 4.5 : 3.6;
  canvas.paint(capsule(root, tip, thickness, thickness + 0.6), tissue.cortex * 0.6, label);
  for (const sign of [-1, 1]) {
    const pedicle: Vector3 = [sign * canalHalfWidth, back - 1, z + 2];
    const corner: Vector3 = [sign * (canalHalfWidth + 3), back - 10, z];
    const transverseTip: Vector3 = [
      sign * level.transverse,
      cervical ? depth - 6 : lumbar ? back - 8 : back - 20,
      z + 2,
    ];
    canvas.paint(
      capsule([sign * (canalHalfWidth - 1), back + 5, z + 2], corner, thickness + 0.5),
      tissue.cortex * 0.6,
      label,
    );
    canvas.paint(capsule(corner, transverseTip, thickness, thickness - 0.5), tissue.cortex * 0.55, label);
    canvas.paint(plate(corner, root, [0, root[1] - 2, z - 8], 3), tissue.cortex * 0.7, label);
    // Articular processes, up and down.
    canvas.paint(
      capsule(
        [corner[0], corner[1], z + height * 0.55],
        [corner[0], corner[1], z - height * 0.55],
        thickness + 0.8,
      ),
      tissue.cortex * 0.75,
      label,
    );
    if (level.name === 'vertebrae_C1') {
      paintBone(scene, capsule([sign * 18, depth - 4, z + 1], [sign * 24, depth - 4, z], 8), label);
    } else if (cervical) {
      canvas.paint(capsule(pedicle, [sign * 17, depth - 4, z], 4.5), tissue.cortex * 0.6, label);
    }
  }
  if (level.name === 'vertebrae_C1') {
    canvas.paint(capsule([-16, depth + 8, z], [16, depth + 8, z], 4), tissue.cortex * 0.8, label);
    return;
  }
  paintBone(scene, cylinder([0, depth, z], halfWidth, halfDepth, height, -spineTilt(z)), label);
  if (level.name === 'vertebrae_C2') {
    paintBone(scene, capsule([0, depth, z + 6], [0, spineDepth(z + 26) - 1, z + 27], 5.5), label);
  }
}

function drawCanal(scene: Scene): void {
  const { canvas, tissue } = scene;
  for (let z = 112; z < 676; z += 8) {
    const at = (height: number): Vector3 => {
      const level = vertebrae.reduce((best, next) =>
        Math.abs(next.z - height) < Math.abs(best.z - height) ? next : best,
      );
      return [0, spineDepth(height) - level.halfDepth - 8, height];
    };
    canvas.paint(capsule(at(z), at(z + 8), 7), tissue.cerebrospinalFluid + 12, unlabelled.softTissue);
    // The cord ends at the first lumbar vertebra.
    if (z > 255) canvas.paint(capsule(at(z), at(z + 8), 4.2), tissue.softTissue, unlabelled.softTissue);
  }
}
