import type { Vector3 } from '../volume/volume.js';

/** Bounds in body coordinates (mm): x0, x1, y0, y1, z0, z1. */
export type Box = readonly [number, number, number, number, number, number];

/** Body coordinates (mm) of the voxels of a grid, one array for each axis. */
export interface PointField {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
}

/**
 * A solid as a signed distance: negative inside, about the number of millimetres to the surface near it.
 * Points are measured a row at a time, because a call for each voxel would cost more than the geometry.
 */
export interface Shape {
  readonly box: Box;
  /** Writes the distances of `count` points from index `start` on into `distances`, from 0 on. */
  measure(points: PointField, start: number, count: number, distances: Float32Array): void;
}

/** Longest row of voxels that a shape is asked to measure at once. */
export const maximumRow = 512;

/** Rotation by angles in degrees about x, then y, then z; row-major 3 x 3, from turned to straight axes. */
function inverseRotation([aboutX, aboutY, aboutZ]: Vector3): number[] {
  const [cosX, cosY, cosZ] = [aboutX, aboutY, aboutZ].map((angle) => Math.cos((angle * Math.PI) / 180)) as [
    number,
    number,
    number,
  ];
  const [sinX, sinY, sinZ] = [aboutX, aboutY, aboutZ].map((angle) => Math.sin((angle * Math.PI) / 180)) as [
    number,
    number,
    number,
  ];
  // Transpose of Rz * Ry * Rx.
  return [
    cosZ * cosY,
    sinZ * cosY,
    -sinY,
    cosZ * sinY * sinX - sinZ * cosX,
    sinZ * sinY * sinX + cosZ * cosX,
    cosY * sinX,
    cosZ * sinY * cosX + sinZ * sinX,
    sinZ * sinY * cosX - cosZ * sinX,
    cosY * cosX,
  ];
}

/** An ellipsoid with the given radii, turned by angles in degrees about x, then y, then z. */
export function ellipsoid(centre: Vector3, radii: Vector3, turn: Vector3 = [0, 0, 0]): Shape {
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = inverseRotation(turn) as [
    ...[number, number, number],
    ...[number, number, number],
    ...[number, number, number],
  ];
  const [cx, cy, cz] = centre;
  const [rx, ry, rz] = radii;
  const extentX = Math.hypot(m0 * rx, m3 * ry, m6 * rz);
  const extentY = Math.hypot(m1 * rx, m4 * ry, m7 * rz);
  const extentZ = Math.hypot(m2 * rx, m5 * ry, m8 * rz);
  return {
    box: [cx - extentX, cx + extentX, cy - extentY, cy + extentY, cz - extentZ, cz + extentZ],
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        const dx = points.x[start + point]! - cx;
        const dy = points.y[start + point]! - cy;
        const dz = points.z[start + point]! - cz;
        const u = (m0 * dx + m1 * dy + m2 * dz) / rx;
        const v = (m3 * dx + m4 * dy + m5 * dz) / ry;
        const w = (m6 * dx + m7 * dy + m8 * dz) / rz;
        const length = Math.sqrt(u * u + v * v + w * w);
        const gradient = Math.sqrt((u * u) / (rx * rx) + (v * v) / (ry * ry) + (w * w) / (rz * rz));
        distances[point] = gradient < 1e-9 ? -Math.min(rx, ry, rz) : (length * (length - 1)) / gradient;
      }
    },
  };
}

/** A round cone: the sphere of `startRadius` swept to the sphere of `endRadius` along a straight line. */
export function capsule(from: Vector3, to: Vector3, startRadius: number, endRadius = startRadius): Shape {
  const [ax, ay, az] = from;
  const [bx, by, bz] = [to[0] - ax, to[1] - ay, to[2] - az];
  const lengthSquared = Math.max(1e-9, bx * bx + by * by + bz * bz);
  const widening = endRadius - startRadius;
  const extent = Math.max(startRadius, endRadius);
  return {
    box: [
      Math.min(ax, to[0]) - extent,
      Math.max(ax, to[0]) + extent,
      Math.min(ay, to[1]) - extent,
      Math.max(ay, to[1]) + extent,
      Math.min(az, to[2]) - extent,
      Math.max(az, to[2]) + extent,
    ],
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        const px = points.x[start + point]! - ax;
        const py = points.y[start + point]! - ay;
        const pz = points.z[start + point]! - az;
        let along = (px * bx + py * by + pz * bz) / lengthSquared;
        along = along < 0 ? 0 : Math.min(along, 1);
        const dx = px - along * bx;
        const dy = py - along * by;
        const dz = pz - along * bz;
        distances[point] = Math.sqrt(dx * dx + dy * dy + dz * dz) - startRadius - along * widening;
      }
    },
  };
}

/** An upright elliptic cylinder of the given height, tilted by `tilt` degrees about the x axis. */
export function cylinder(centre: Vector3, radiusX: number, radiusY: number, height: number, tilt = 0): Shape {
  const [cx, cy, cz] = centre;
  const cos = Math.cos((tilt * Math.PI) / 180);
  const sin = Math.sin((tilt * Math.PI) / 180);
  const half = height / 2;
  const extentY = radiusY * Math.abs(cos) + half * Math.abs(sin);
  const extentZ = half * Math.abs(cos) + radiusY * Math.abs(sin);
  return {
    box: [cx - radiusX, cx + radiusX, cy - extentY, cy + extentY, cz - extentZ, cz + extentZ],
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        const dx = points.x[start + point]! - cx;
        const dy = points.y[start + point]! - cy;
        const dz = points.z[start + point]! - cz;
        const u = dx / radiusX;
        const v = (cos * dy + sin * dz) / radiusY;
        const length = Math.sqrt(u * u + v * v);
        const gradient = Math.sqrt((u * u) / (radiusX * radiusX) + (v * v) / (radiusY * radiusY));
        const sideways = gradient < 1e-9 ? -radiusY : (length * (length - 1)) / gradient;
        const upright = Math.abs(cos * dz - sin * dy) - half;
        distances[point] = Math.max(sideways, upright);
      }
    },
  };
}

/** A flat triangular plate with rounded edges, `2 * thickness` mm thick. */
export function plate(a: Vector3, b: Vector3, c: Vector3, thickness: number): Shape {
  const subtract = (p: Vector3, q: Vector3): Vector3 => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
  const dot = (p: Vector3, q: Vector3) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  const ab = subtract(b, a);
  const ac = subtract(c, a);
  const [d00, d01, d11] = [dot(ab, ab), dot(ab, ac), dot(ac, ac)];
  const determinant = Math.max(1e-9, d00 * d11 - d01 * d01);
  const bc = subtract(c, b);
  const bcSquared = Math.max(1e-9, dot(bc, bc));
  const bounds = ([0, 1, 2] as const).flatMap((axis) => [
    Math.min(a[axis], b[axis], c[axis]) - thickness,
    Math.max(a[axis], b[axis], c[axis]) + thickness,
  ]);
  const clamp = (value: number) => (value < 0 ? 0 : Math.min(value, 1));
  return {
    box: bounds as unknown as Box,
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        const px = points.x[start + point]! - a[0];
        const py = points.y[start + point]! - a[1];
        const pz = points.z[start + point]! - a[2];
        const pab = px * ab[0] + py * ab[1] + pz * ab[2];
        const pac = px * ac[0] + py * ac[1] + pz * ac[2];
        let u = (d11 * pab - d01 * pac) / determinant;
        let v = (d00 * pac - d01 * pab) / determinant;
        if (u < 0) {
          u = 0;
          v = clamp(pac / d11);
        } else if (v < 0) {
          v = 0;
          u = clamp(pab / d00);
        } else if (u + v > 1) {
          const along = clamp(
            ((px - ab[0]) * bc[0] + (py - ab[1]) * bc[1] + (pz - ab[2]) * bc[2]) / bcSquared,
          );
          u = 1 - along;
          v = along;
        }
        const dx = px - u * ab[0] - v * ac[0];
        const dy = py - u * ab[1] - v * ac[1];
        const dz = pz - u * ab[2] - v * ac[2];
        distances[point] = Math.sqrt(dx * dx + dy * dy + dz * dz) - thickness;
      }
    },
  };
}

/** Everything on the side of a plane that `outward` does not point to. */
export function halfSpace(through: Vector3, outward: Vector3): Shape {
  const length = Math.hypot(...outward);
  const [nx, ny, nz] = [outward[0] / length, outward[1] / length, outward[2] / length];
  const offset = nx * through[0] + ny * through[1] + nz * through[2];
  return {
    box: [-Infinity, Infinity, -Infinity, Infinity, -Infinity, Infinity],
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        distances[point] =
          nx * points.x[start + point]! +
          ny * points.y[start + point]! +
          nz * points.z[start + point]! -
          offset;
      }
    },
  };
}
