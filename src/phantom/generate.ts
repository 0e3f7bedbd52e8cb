import type { TotalSegmentatorV1Name } from '../volume/totalsegmentator-v1.js';
import type { Affine, Mask, Volume } from '../volume/volume.js';
import {
  drawAbdominalCavity,
  drawGallbladder,
  drawLiver,
  drawPancreas,
  drawRetroperitoneum,
  drawSpleen,
} from './abdomen.js';
import { drawImageQuality, type ImageQuality, renderAppearance } from './appearance.js';
import { drawBody } from './body.js';
import { drawColon, drawDuodenum, drawSmallBowel, drawStomach } from './bowel.js';
import { Canvas } from './canvas.js';
import { type FieldOfView, fieldOfViewAt } from './field-of-view.js';
import { drawGrid, type Grid } from './grid.js';
import { drawHead } from './head.js';
import { drawHeart } from './heart.js';
import { drawMuscles } from './muscles.js';
import { drawNeck } from './neck.js';
import { drawPelvicBones, drawPelvicOrgans } from './pelvis.js';
import { poseBody } from './pose.js';
import { drawRibcage } from './ribcage.js';
import type { Scene } from './scene.js';
import { drawShoulders } from './shoulder.js';
import { drawSpine } from './spine.js';
import { labelNames } from './structures.js';
import { type ContrastPhase, drawSubject, type Subject } from './subject.js';
import { drawTable } from './table.js';
import { drawThorax } from './thorax.js';
import { tissueValues } from './tissue.js';
import { drawAbdominalVessels, drawPortalVeins, drawThoracicVessels } from './vessels.js';

/** Directions in which the first two axes of a file run; the third always runs towards the head. */
export const orientations = ['LAS', 'RAS', 'LPS'] as const;
export type Orientation = (typeof orientations)[number];

export interface PhantomOptions {
  /** Decides everything together with the index: the same pair gives the same voxels everywhere. */
  readonly seed: number;
  /** Which of the seed's endless row of phantoms, from 0. */
  readonly index: number;
  /** Default: five in a row have one of each kind. */
  readonly fieldOfView?: FieldOfView;
}

/** What was drawn, for people and for tests; nothing of it is in the voxels' header. */
export interface PhantomDescription {
  readonly sex: 'f' | 'm';
  readonly age: number;
  readonly phase: ContrastPhase;
  readonly arms: 'up' | 'down';
  /** Thickness of the subcutaneous fat at the waist, mm. */
  readonly fatMm: number;
  /** Size of the body along x, y and z against a reference of 172 cm. */
  readonly scale: readonly [number, number, number];
  readonly orientation: Orientation;
  readonly imageQuality: ImageQuality;
  readonly missing: readonly TotalSegmentatorV1Name[];
}

export interface Phantom {
  /** `s` and the index + 1 with four digits, as TotalSegmentator names its volumes. */
  readonly id: string;
  /** Hounsfield units as Int16Array. */
  readonly image: Volume;
  /** Label numbers 1 to 104 in the order of TotalSegmentator v1, as Uint8Array, on the grid of the image. */
  readonly mask: Mask;
  readonly fieldOfView: FieldOfView;
  readonly description: PhantomDescription;
}

/**
 * Draws one digital anatomical phantom: a CT volume of a made-up person with the 104 labels of TotalSegmentator
 * v1. The affine is RAS+ in mm; left organs lie on the patient's left whatever the orientation of the file.
 * Phantoms are for demonstrations and tests, and hold no medical truth.
 *
 * Takes about half a second; deterministic on every platform.
 */
export function generatePhantom(options: PhantomOptions): Phantom {
  const { seed, index } = options;
  const fieldOfView = options.fieldOfView ?? fieldOfViewAt(seed, index);
  const subject = drawSubject(`${seed}/${index}/${fieldOfView}`, fieldOfView);
  const grid = drawGrid(subject, fieldOfView);
  const tissue = tissueValues(subject);
  const canvas = new Canvas(grid, poseBody(subject, grid), -1000);
  drawAnatomy({ canvas, subject, tissue });
  drawTable(canvas, subject);
  const quality = drawImageQuality(subject);
  const voxels = renderAppearance(canvas, subject, quality);
  const labels = canvas.structure.map((code) => (labelNames.has(code) ? code : 0));
  const orientation = subject.random('orientation').pick(orientations);
  const geometry = orient(grid, orientation, subject);
  return {
    id: `s${String(index + 1).padStart(4, '0')}`,
    image: { ...geometry, data: flipped(voxels, new Int16Array(voxels.length), grid, orientation) },
    mask: {
      ...geometry,
      data: flipped(labels, new Uint8Array(labels.length), grid, orientation),
      labels: labelNames,
    },
    fieldOfView,
    description: {
      sex: subject.sex,
      age: subject.age,
      phase: subject.phase,
      arms: subject.arms,
      fatMm: Math.round(subject.fat),
      scale: [subject.scale[0], subject.scale[1], subject.scale[2]],
      orientation,
      imageQuality: quality,
      missing: [...subject.missing],
    },
  };
}

/** Later parts lie over earlier ones: the body's wall, then soft organs, then what is hard. */
function drawAnatomy(scene: Scene): void {
  drawBody(scene);
  drawNeck(scene);
  drawAbdominalCavity(scene);
  drawThorax(scene);
  drawMuscles(scene);
  drawRetroperitoneum(scene);
  drawLiver(scene);
  drawSpleen(scene);
  drawDuodenum(scene);
  drawPancreas(scene);
  drawHeart(scene);
  drawThoracicVessels(scene);
  drawAbdominalVessels(scene);
  drawPortalVeins(scene);
  drawGallbladder(scene);
  drawStomach(scene);
  drawPelvicOrgans(scene);
  drawColon(scene);
  drawSmallBowel(scene);
  drawHead(scene);
  drawRibcage(scene);
  drawSpine(scene);
  drawShoulders(scene);
  drawPelvicBones(scene);
}

function orient(grid: Grid, orientation: Orientation, subject: Subject) {
  // Scanners put their origin anywhere along the table; left and right stay near the middle.
  const tablePosition = Math.round(subject.random('table-position').between(-1200, 200));
  const [sx, sy, sz] = grid.spacing;
  const flipX = orientation[0] === 'L';
  const flipY = orientation[1] === 'P';
  const affine: Affine = [
    ...[flipX ? -sx : sx, 0, 0, grid.origin[0] + (flipX ? sx * (grid.size[0] - 1) : 0)],
    ...[0, flipY ? -sy : sy, 0, grid.origin[1] + (flipY ? sy * (grid.size[1] - 1) : 0)],
    ...[0, 0, sz, grid.origin[2] + tablePosition],
    ...[0, 0, 0, 1],
  ];
  return { size: grid.size, spacing: grid.spacing, affine };
}

/** Copies voxels from right-anterior-superior order into that of the file. */
function flipped<Voxels extends Int16Array | Uint8Array>(
  source: Voxels,
  target: Voxels,
  grid: Grid,
  orientation: Orientation,
): Voxels {
  const [nx, ny, nz] = grid.size;
  const flipX = orientation[0] === 'L';
  const flipY = orientation[1] === 'P';
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const from = nx * (j + ny * k);
      const to = nx * ((flipY ? ny - 1 - j : j) + ny * k);
      for (let i = 0; i < nx; i++) target[to + (flipX ? nx - 1 - i : i)] = source[from + i]!;
    }
  }
  return target;
}
