import type { Grid } from './grid.js';
import type { Pose } from './pose.js';
import { maximumRow, type Shape } from './shapes.js';

/**
 * The volume while it is painted: attenuation and structure of every voxel of a grid. What is painted later
 * lies on top.
 */
export class Canvas {
  readonly hounsfield: Float32Array;
  /** A structure code for each voxel, see structures.ts. */
  readonly structure: Uint8Array;
  readonly #pose: Pose;
  readonly #nx: number;
  readonly #ny: number;
  /** Width of the blend at a surface, mm: a voxel that is cut by it takes a share of both sides. */
  readonly #softness: number;
  readonly #distances = new Float32Array(maximumRow);

  constructor(
    readonly grid: Grid,
    pose: Pose,
    background: number,
  ) {
    const voxels = grid.size[0] * grid.size[1] * grid.size[2];
    this.hounsfield = new Float32Array(voxels).fill(background);
    this.structure = new Uint8Array(voxels);
    this.#pose = pose;
    this.#nx = grid.size[0];
    this.#ny = grid.size[1];
    this.#softness = (grid.spacing[0] + grid.spacing[1] + grid.spacing[2]) / 3;
  }

  /**
   * Fills a shape with a value. Voxels whose centre is inside also become part of `structure`, if one is given.
   *
   * @param onto for each structure code, whether it may be painted over (see `only`); by default all.
   */
  paint(shape: Shape, value: number, structure?: number, onto?: Uint8Array): void {
    const [i0, i1, j0, j1, k0, k1] = this.#pose.indexRange(shape.box);
    const points = this.#pose.points;
    const distances = this.#distances;
    const count = i1 - i0 + 1;
    if (count <= 0) return;
    const code = structure ?? -1;
    const half = this.#softness / 2;
    for (let k = k0; k <= k1; k++) {
      for (let j = j0; j <= j1; j++) {
        const start = i0 + this.#nx * (j + this.#ny * k);
        shape.measure(points, start, count, distances);
        for (let point = 0; point < count; point++) {
          const distance = distances[point]!;
          if (distance >= half) continue;
          const voxel = start + point;
          if (onto !== undefined && onto[this.structure[voxel]!] === 0) continue;
          if (distance <= -half) this.hounsfield[voxel] = value;
          else {
            const share = 0.5 - distance / this.#softness;
            this.hounsfield[voxel] = this.hounsfield[voxel]! + share * (value - this.hounsfield[voxel]!);
          }
          if (code >= 0 && distance < 0) this.structure[voxel] = code;
        }
      }
    }
  }

  /**
   * Paints a shape whose outermost `depth` mm differ from what is inside, both at once: compact and spongy
   * bone, skin and fat.
   */
  paintLayers(shape: Shape, outer: number, depth: number, inner: number, structure: number): void {
    const [i0, i1, j0, j1, k0, k1] = this.#pose.indexRange(shape.box);
    const count = i1 - i0 + 1;
    if (count <= 0) return;
    const half = this.#softness / 2;
    for (let k = k0; k <= k1; k++) {
      for (let j = j0; j <= j1; j++) {
        const start = i0 + this.#nx * (j + this.#ny * k);
        shape.measure(this.#pose.points, start, count, this.#distances);
        for (let point = 0; point < count; point++) {
          const distance = this.#distances[point]!;
          if (distance >= half) continue;
          const voxel = start + point;
          const share = Math.min(1, 0.5 - distance / this.#softness);
          const innerShare = Math.min(1, Math.max(0, 0.5 - (distance + depth) / this.#softness));
          const painted = this.hounsfield[voxel]! * (1 - share) + outer * share;
          this.hounsfield[voxel] = painted + innerShare * (inner - painted);
          if (distance < 0) this.structure[voxel] = structure;
        }
      }
    }
  }

  /** Makes the voxels of a shape part of a structure without changing their attenuation. */
  mark(shape: Shape, structure: number, onto: Uint8Array): void {
    const [i0, i1, j0, j1, k0, k1] = this.#pose.indexRange(shape.box);
    const count = i1 - i0 + 1;
    if (count <= 0) return;
    for (let k = k0; k <= k1; k++) {
      for (let j = j0; j <= j1; j++) {
        const start = i0 + this.#nx * (j + this.#ny * k);
        shape.measure(this.#pose.points, start, count, this.#distances);
        for (let point = 0; point < count; point++) {
          if (this.#distances[point]! >= 0 || onto[this.structure[start + point]!] === 0) continue;
          this.structure[start + point] = structure;
        }
      }
    }
  }
}
