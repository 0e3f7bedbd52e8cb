import type { Size3, Vector3 } from '../volume/volume.js';
import { type FieldOfView, fieldOfViewDefinitions } from './field-of-view.js';
import type { Subject } from './subject.js';

/** The voxel grid that a phantom is painted on: axes along patient right, anterior, superior (RAS). */
export interface Grid {
  readonly size: Size3;
  readonly spacing: Vector3;
  /** Position of the centre of voxel (0, 0, 0) against the middle of the reference body, mm. */
  readonly origin: Vector3;
  /** Height in reference body coordinates about which the body lies askew, mm. */
  readonly pivot: number;
}

/** Width of the arms that lie beside the trunk, and the widest field that a scanner reconstructs, mm. */
const armWidth = 62;
const widestField = 500;

export function drawGrid(subject: Subject, fieldOfView: FieldOfView): Grid {
  const random = subject.random('grid');
  const definition = fieldOfViewDefinitions[fieldOfView];
  const between = ([low, high]: readonly [number, number]) => random.between(low, high);
  const round = (value: number) => Math.round(value * 100) / 100;
  const pixel = round(between(definition.pixelSpacing));
  const spacing: Vector3 = [pixel, pixel, round(between(definition.sliceSpacing))];
  const bottom = (definition.bottom + random.between(-12, 12)) * subject.scale[2];
  const top = (definition.top + random.between(-12, 12)) * subject.scale[2];
  const armsInField = subject.arms === 'down' && fieldOfView !== 'head-neck';
  const fat = fieldOfView === 'head-neck' ? 0 : subject.fat;
  const halfWidth = definition.halfWidth * subject.scale[0] + fat * 0.7 + (armsInField ? armWidth : 0);
  const width = Math.min(widestField, 2 * halfWidth * random.between(0.97, 1.06));
  const front = 118 * subject.scale[1] + fat * 1.3 + random.between(6, 20);
  const back = 116 * subject.scale[1] + fat + random.between(20, 40);
  const size: Size3 = [
    Math.round(width / spacing[0]),
    Math.round((front + back) / spacing[1]),
    Math.round((top - bottom) / spacing[2]),
  ];
  return {
    size,
    spacing,
    origin: [-((size[0] - 1) * spacing[0]) / 2 + 6 * random.normal(), -back, bottom],
    pivot: (definition.bottom + definition.top) / 2,
  };
}
