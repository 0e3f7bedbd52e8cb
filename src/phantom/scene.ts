import type { TotalSegmentatorV1Name } from '../volume/totalsegmentator-v1.js';
import type { Vector3 } from '../volume/volume.js';
import type { Canvas } from './canvas.js';
import type { Random } from './random.js';
import type { Shape } from './shapes.js';
import { labelNumber } from './structures.js';
import type { Subject } from './subject.js';
import type { TissueValues } from './tissue.js';
import type { TubePoint } from './tube.js';

/** All that a drawer of anatomy needs: whom it draws, with which attenuation, and onto what. */
export interface Scene {
  readonly canvas: Canvas;
  readonly subject: Subject;
  readonly tissue: TissueValues;
}

/** Paints shapes one after the other with one value. See {@link Canvas.paint}. */
export function paintAll(
  scene: Scene,
  shapes: readonly Shape[],
  value: number,
  structure?: number,
  onto?: Uint8Array,
): void {
  for (const shape of shapes) scene.canvas.paint(shape, value, structure, onto);
}

/** Label number of a structure, or `undefined` where this subject lacks it. */
export function presentLabel(scene: Scene, name: TotalSegmentatorV1Name): number | undefined {
  return scene.subject.missing.has(name) ? undefined : labelNumber(name);
}

/** A point on the given side; `x` counts from the midline outwards. */
export function mirrored(point: Vector3, sign: 1 | -1): Vector3 {
  return [sign * point[0], point[1], point[2]];
}

export function mirroredTube(points: readonly TubePoint[], sign: 1 | -1): TubePoint[] {
  return points.map(([x, y, z, radius]) => [sign * x, y, z, radius]);
}

/** A point moved at random by about `amount` mm along each axis. */
export function jittered(random: Random, point: Vector3, amount: number): Vector3 {
  return [
    point[0] + amount * random.normal(),
    point[1] + amount * random.normal(),
    point[2] + amount * random.normal(),
  ];
}

/** Points of a tube, each moved at random by about `amount` mm. */
export function jitteredTube(random: Random, points: readonly TubePoint[], amount: number): TubePoint[] {
  return points.map(([x, y, z, radius]) => [...jittered(random, [x, y, z], amount), radius] as const);
}
