import type { PatientBox, Region } from '../retrieval/region.js';
import { orientationOf, patientAxisAcross, stackingAxis, voxelToPatient } from '../volume/geometry.js';
import { display, pictureAxis, pixelRectangle, sliceCount, sliceSpacing } from '../volume/slice.js';
import type { Plane, Vector3, Volume } from '../volume/volume.js';

/** From the lower to the higher end, in mm. */
export type Interval = readonly [low: number, high: number];

/**
 * A box in the pictures of one volume and plane, in mm: `x` along the rows of a slice in display orientation from
 * its left edge, `y` down its columns from its top edge, `z` across the slices, from the outer face of the one that
 * lies furthest towards the negative end of the patient's axis (feet, back, left).
 */
export interface FrameBox {
  readonly x: Interval;
  readonly y: Interval;
  readonly z: Interval;
}

/**
 * The pictures of a volume as one block in mm. The blocks of two volumes run the same way, whatever the order of
 * the axes in their files, so that a place in one can be carried over to the other.
 */
export class PictureFrame {
  readonly sliceSpacing: number;
  readonly sliceCount: number;
  /** The file's axis along x, y and z, and whether it runs the same way. */
  readonly #axes: readonly { readonly axis: number; readonly forwards: boolean }[];
  readonly #grid: Pick<Volume, 'size' | 'affine' | 'spacing'>;
  readonly #plane: Plane;

  constructor(grid: Pick<Volume, 'size' | 'affine' | 'spacing'>, plane: Plane) {
    const orientation = orientationOf(grid.affine);
    const across = stackingAxis(orientation, plane);
    this.#grid = grid;
    this.#plane = plane;
    this.#axes = [
      pictureAxis(orientation, display[plane].x),
      pictureAxis(orientation, display[plane].y),
      // Pictures run towards the negative ends of their axes, the stack towards the positive one.
      { axis: across, forwards: !pictureAxis(orientation, patientAxisAcross[plane]).forwards },
    ];
    this.sliceSpacing = sliceSpacing(grid, plane);
    this.sliceCount = sliceCount(grid, plane);
  }

  /** The whole block. */
  get extent(): FrameBox {
    const { size } = this.#grid;
    return this.boxOf({ low: [0, 0, 0], high: [size[0] - 1, size[1] - 1, size[2] - 1] });
  }

  /** Index along the file's own axis of the slice at a place; of the nearest one where there is none. */
  sliceAt(z: number): number {
    const layer = Math.min(this.sliceCount - 1, Math.max(0, Math.floor(z / this.sliceSpacing)));
    return this.#axes[2]!.forwards ? layer : this.sliceCount - 1 - layer;
  }

  /** From the outer face of one slice to that of another; indices along the file's own axis, from <= to. */
  slab(from: number, to: number): Interval {
    const last = this.sliceCount - 1;
    const [low, high] = this.#axes[2]!.forwards ? [from, to] : [last - to, last - from];
    return [low * this.sliceSpacing, (high + 1) * this.sliceSpacing];
  }

  /** From the outer faces of a block of voxels, their smallest and largest index along each of the file's axes. */
  boxOf({ low, high }: Pick<Region, 'low' | 'high'>): FrameBox {
    const { x0, x1, y0, y1 } = pixelRectangle(this.#grid, this.#plane, low, high);
    const [stepX, stepY] = [this.#spacingAlong(0), this.#spacingAlong(1)];
    const across = this.#axes[2]!.axis;
    return {
      x: [x0 * stepX, x1 * stepX],
      y: [y0 * stepY, y1 * stepY],
      z: this.slab(low[across]!, high[across]!),
    };
  }

  /** @returns the smallest box in patient coordinates, RAS+ mm, that holds a box of the pictures. */
  toPatient({ x, y, z }: FrameBox): PatientBox {
    const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) =>
      this.#pointAt([x[corner & 1]!, y[(corner >> 1) & 1]!, z[(corner >> 2) & 1]!]),
    );
    const along = (patientAxis: 0 | 1 | 2): [number, number] => {
      const coordinates = corners.map((corner) => corner[patientAxis]);
      return [Math.min(...coordinates), Math.max(...coordinates)];
    };
    return { x: along(0), y: along(1), z: along(2) };
  }

  #pointAt(place: Vector3): Vector3 {
    const voxel: [number, number, number] = [0, 0, 0];
    for (const [direction, { axis, forwards }] of this.#axes.entries()) {
      const voxels = place[direction]! / this.#spacingAlong(direction);
      // Voxel indices name centres, half a voxel from the face.
      voxel[axis] = (forwards ? voxels : this.#grid.size[axis]! - voxels) - 0.5;
    }
    return voxelToPatient(this.#grid.affine, voxel);
  }

  #spacingAlong(direction: number): number {
    return this.#grid.spacing[this.#axes[direction]!.axis]!;
  }
}
