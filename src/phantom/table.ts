import type { Canvas } from './canvas.js';
import { unlabelled } from './structures.js';
import type { Subject } from './subject.js';

/** Attenuation of the shell and of the foam inside a patient table of carbon fibre. */
const shellValue = 20;
const foamValue = -930;
const thickness = 26;

/** The table under the body: straight along z whatever the body's pose, and curved like a shallow trough. */
export function drawTable(canvas: Canvas, subject: Subject): void {
  const random = subject.random('table');
  const { grid, hounsfield, structure } = canvas;
  const [nx, ny, nz] = grid.size;
  // At least one row of voxels, whatever their size.
  const shellThickness = Math.max(3.5, 1.5 * grid.spacing[1]);
  const halfWidth = random.between(195, 225);
  const curvature = random.pick([0, 0.0007, 0.0012]);
  const top = lowestBody(canvas) - random.between(1, 5);
  for (let j = 0; j < ny; j++) {
    const y = grid.origin[1] + j * grid.spacing[1];
    for (let i = 0; i < nx; i++) {
      const x = grid.origin[0] + i * grid.spacing[0];
      if (Math.abs(x) > halfWidth) continue;
      const depth = top + curvature * x * x - y;
      if (depth < 0 || depth > thickness) continue;
      const atSurface = Math.min(depth, thickness - depth, halfWidth - Math.abs(x)) < shellThickness;
      for (let k = 0; k < nz; k++) {
        const voxel = i + nx * (j + ny * k);
        if (structure[voxel] !== unlabelled.air) continue;
        hounsfield[voxel] = atSurface ? shellValue : foamValue;
        structure[voxel] = unlabelled.table;
      }
    }
  }
}

/** Height of the lowest row that holds a fair part of the body, mm. */
function lowestBody(canvas: Canvas): number {
  const { grid, structure } = canvas;
  const [nx, ny, nz] = grid.size;
  for (let j = 0; j < ny; j++) {
    let touching = 0;
    for (let k = 0; k < nz; k++) {
      const row = nx * (j + ny * k);
      for (let i = 0; i < nx; i++) if (structure[row + i] !== unlabelled.air) touching++;
    }
    if (touching > 3 * nz) return grid.origin[1] + j * grid.spacing[1];
  }
  return grid.origin[1];
}
