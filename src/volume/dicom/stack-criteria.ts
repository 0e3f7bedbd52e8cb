import { angleBetween, dot } from '../vector3.js';
import type { Vector3 } from '../volume.js';
import type { PlacedFrame } from './placed-frame.js';

/** Gradient directions further apart than this are others: more than rounding (degrees). */
const gradientDegrees = 1;

/** One way to tell stacks apart. */
export interface Criterion<Value> {
  readonly read: (frame: PlacedFrame) => Value;
  readonly isSame: (a: Value, b: Value) => boolean;
  /** @param others what the other parts have. */
  readonly tagOf: (value: Value, others: readonly Value[]) => string;
}

// Each criterion has a value type of its own; what uses them only hands the values back to their criterion.
export function criterion<Value>(definition: Criterion<Value>): Criterion<unknown> {
  return definition as Criterion<unknown>;
}

export const alwaysApart: readonly Criterion<unknown>[] = [
  criterion<string | undefined>({
    read: componentOf,
    isSame: Object.is,
    tagOf: (component) => component ?? 'other-component',
  }),
  criterion<number | undefined>({
    read: (frame) => frame.echoTime,
    // Some sequences let the echo time vary a little from slice to slice.
    isSame: (a, b) => a === b || Math.abs(a! - b!) <= 0.01 * Math.max(a!, b!),
    tagOf: (echoTime) => (echoTime === undefined ? 'no-echo' : `echo-${rounded(echoTime)}`),
  }),
  criterion<number | undefined>({
    read: (frame) => frame.bValue,
    isSame: (a, b) => a === b || Math.abs(a! - b!) < 0.5,
    tagOf: (bValue) => (bValue === undefined ? 'no-b' : `b-${rounded(bValue)}`),
  }),
  criterion<Vector3 | undefined>({
    read: (frame) => frame.gradient,
    isSame: (a, b) => a === b || (a !== undefined && b !== undefined && angleBetween(a, b) < gradientDegrees),
    tagOf: (gradient) =>
      gradient === undefined ? 'no-gradient' : `gradient-${gradient.map(rounded).join('_')}`,
  }),
];

export const apartWherePlacesRepeat: readonly Criterion<unknown>[] = [
  criterion<OriginInPlane>({
    // Two fields of view side by side. In a tilted stack every slice has an origin of its own: no places repeat.
    read: originInPlane,
    isSame: (a, b) => Math.abs(a.x - b.x) <= a.pixel[1] && Math.abs(a.y - b.y) <= a.pixel[0],
    tagOf: ({ x, y }) => `origin-${Math.round(x)}_${Math.round(y)}`,
  }),
  criterion<readonly string[]>({
    read: (frame) => frame.frameType,
    isSame: (a, b) => a.join('\\') === b.join('\\'),
    tagOf: (type, others) => {
      const own = type.filter((value) => !others.every((other) => other.includes(value)));
      return `type-${(own.length > 0 ? own : type).join('-').replace(/\s+/g, '_').toLowerCase()}`;
    },
  }),
  numbered('acquisition', (frame) => frame.acquisitionNumber),
  numbered('time', (frame) => frame.temporalPosition),
  numbered('trigger', (frame) => frame.triggerTime),
];

interface OriginInPlane {
  /** mm along a row and down a column. */
  readonly x: number;
  readonly y: number;
  readonly pixel: PlacedFrame['pixelSpacing'];
}

function originInPlane({ position, orientation, pixelSpacing }: PlacedFrame): OriginInPlane {
  return { x: dot(position, orientation.row), y: dot(position, orientation.column), pixel: pixelSpacing };
}

function numbered(name: string, read: (frame: PlacedFrame) => number | undefined): Criterion<unknown> {
  return criterion<number | undefined>({
    read,
    isSame: Object.is,
    tagOf: (value) => (value === undefined ? `no-${name}` : `${name}-${rounded(value)}`),
  });
}

export function rounded(value: number): number {
  // Adding 0 turns -0 into 0.
  return Math.round(value * 100) / 100 + 0;
}

const components: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /^(M(_.+)?|MAGNITUDE)$/, name: 'magnitude' },
  { pattern: /^(P(_.+)?|PHASE([ _]MAP)?)$/, name: 'phase' },
  { pattern: /^(R(_.+)?|REAL)$/, name: 'real' },
  { pattern: /^(I(_.+)?|IMAGINARY)$/, name: 'imaginary' },
];

/**
 * Which part of the complex signal an MR image shows: Complex Image Component of enhanced objects, else from the third
 * value of its type on ("M", "M_FFE", "PHASE MAP").
 */
function componentOf(frame: PlacedFrame): string | undefined {
  if (frame.complexComponent !== undefined) return frame.complexComponent.toLowerCase();
  for (const type of frame.frameType.slice(2)) {
    const component = components.find(({ pattern }) => pattern.test(type.trim().toUpperCase()));
    if (component) return component.name;
  }
  return undefined;
}
