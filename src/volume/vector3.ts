import type { Vector3 } from './volume.js';

export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** a + factor * b. */
export function addScaled(a: Vector3, b: Vector3, factor: number): Vector3 {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

export function length([x, y, z]: Vector3): number {
  return Math.hypot(x, y, z);
}

/** @returns the angle between two vectors of any length, in degrees (0 to 180). */
export function angleBetween(a: Vector3, b: Vector3): number {
  // atan2 stays exact for small angles, where the arc cosine loses half of its digits.
  return (Math.atan2(length(cross(a, b)), dot(a, b)) * 180) / Math.PI;
}
