import { describe, expect, it } from 'vitest';
import {
  type ContourFixture,
  instanceInMemory,
  type StructureSetFixture,
  structureSetBytes,
} from '../../../../tests/dicom-masks.js';
import { voxelToPatient } from '../../geometry.js';
import type { Vector3 } from '../../volume.js';
import type { Grid } from './plane-on-grid.js';
import type { DrawnStructure } from './structure.js';
import { openStructureSet } from './structure-set.js';

/** 1 x 1 x 2.5 mm, 60 x 50 x 30, as a DICOM axial series gives it: i to the left, j to the back, k to the head. */
const axial: Grid = {
  size: [60, 50, 30],
  affine: [-1, 0, 0, 30, 0, -1, 0, 25, 0, 0, 2.5, -40, 0, 0, 0, 1],
};

/** Turned about all three axes, with unequal spacing. */
const oblique: Grid = (() => {
  const [a, b] = [0.4, 0.7];
  const row = [Math.cos(a), Math.sin(a), 0];
  const column = [-Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b), Math.sin(b)];
  const normal = [Math.sin(a) * Math.sin(b), -Math.cos(a) * Math.sin(b), Math.cos(b)];
  const origin = [-20, 13, 7];
  return {
    size: [60, 50, 30],
    affine: [
      ...[0, 1, 2].flatMap((r) => [0.8 * row[r]!, 1.1 * column[r]!, 3 * normal[r]!, origin[r]!]),
      ...[0, 0, 0, 1],
    ],
  };
})();

/** A point given in voxels of the grid, as a structure set states it: LPS mm. */
function lps(grid: Grid, voxel: Vector3): Vector3 {
  const [x, y, z] = voxelToPatient(grid.affine, voxel);
  return [-x, -y, z];
}

const polygon = (grid: Grid, k: number, points: readonly (readonly [number, number])[]): ContourFixture => ({
  points: points.map(([i, j]) => lps(grid, [i, j, k])),
});
const rectangle = (grid: Grid, k: number, i0: number, j0: number, i1: number, j1: number) =>
  polygon(grid, k, [
    [i0, j0],
    [i1, j0],
    [i1, j1],
    [i0, j1],
  ]);

async function open(
  rois: StructureSetFixture['rois'],
  attributes?: StructureSetFixture['attributes'],
  grid = axial,
) {
  return openStructureSet(
    await instanceInMemory(structureSetBytes({ rois, ...(attributes && { attributes }) }), 'rt.dcm'),
    grid,
  );
}

async function draw(grid: Grid, contours: readonly ContourFixture[]): Promise<DrawnStructure> {
  const { structures } = await open([{ name: 'one', contours }], {}, grid);
  return structures[0]!.draw();
}

function voxelsBySlice({ slices }: DrawnStructure): Record<number, number> {
  return Object.fromEntries(
    [...slices].map(([k, slice]) => [k, slice.reduce((sum, voxel) => sum + voxel, 0)]),
  );
}

describe('the contours of a structure set', () => {
  it.each([
    ['axial', axial],
    ['oblique', oblique],
  ])('fill the voxels inside of a sphere on an %s grid', async (_, grid) => {
    // In voxels of the grid, so a sphere of the patient is an ellipsoid here: radii 15 mm along each axis.
    const centre = [29.3, 24.6, 14.2] as const;
    const spacing = [0, 1, 2].map((axis) =>
      Math.hypot(grid.affine[axis]!, grid.affine[4 + axis]!, grid.affine[8 + axis]!),
    ) as [number, number, number];
    const radius = 15;
    const contours: ContourFixture[] = [];
    for (let k = 0; k < grid.size[2]; k++) {
      const height = (k - centre[2]) * spacing[2];
      if (Math.abs(height) >= radius) continue;
      const r = Math.sqrt(radius ** 2 - height ** 2);
      contours.push(
        polygon(
          grid,
          k,
          Array.from({ length: 720 }, (_, n) => [
            centre[0] + (r * Math.cos((n * Math.PI) / 360)) / spacing[0],
            centre[1] + (r * Math.sin((n * Math.PI) / 360)) / spacing[1],
          ]),
        ),
      );
    }
    const drawn = await draw(grid, contours);
    let wrong = 0;
    let voxels = 0;
    for (let k = 0; k < grid.size[2]; k++) {
      const slice = drawn.slices.get(k);
      for (let j = 0; j < grid.size[1]; j++) {
        for (let i = 0; i < grid.size[0]; i++) {
          const distance = Math.hypot(
            ...[i, j, k].map((index, axis) => (index - centre[axis]!) * spacing[axis]!),
          );
          const drawnInside = slice?.[j * grid.size[0] + i] === 1;
          voxels += drawnInside ? 1 : 0;
          // A polygon of 720 corners lies at most 0.0002 mm within its circle.
          if (drawnInside !== distance < radius && Math.abs(distance - radius) > 1e-3) wrong++;
        }
      }
    }
    expect(wrong).toBe(0);
    const volume = voxels * spacing[0] * spacing[1] * spacing[2];
    expect(volume / ((4 / 3) * Math.PI * radius ** 3)).toBeCloseTo(1, 1);
  });

  it('fill a box voxel by voxel', async () => {
    const drawn = await draw(
      axial,
      [3, 4, 5].map((k) => rectangle(axial, k, 9.5, 4.5, 19.5, 24.5)),
    );
    expect(voxelsBySlice(drawn)).toEqual({ 3: 200, 4: 200, 5: 200 });
    expect(drawn.slices.get(4)![5 * 60 + 10]).toBe(1);
    expect(drawn.slices.get(4)![5 * 60 + 9]).toBe(0);
  });

  it('between two slices go to the nearer one, and never to two', async () => {
    const drawn = await draw(axial, [
      rectangle(axial, 3.3, 0.5, 0.5, 4.5, 4.5),
      rectangle(axial, 4.4, 0.5, 0.5, 5.5, 4.5),
      rectangle(axial, 5.6, 0.5, 0.5, 6.5, 4.5),
    ]);
    expect(voxelsBySlice(drawn)).toEqual({ 3: 16, 4: 20, 6: 24 });
  });

  it('closer than the slices do not cut holes into each other', async () => {
    const contours = Array.from({ length: 10 }, (_, n) =>
      rectangle(axial, 3 + n / 5, 0.5, 0.5, 4.5 + n, 4.5),
    );
    // Slices 3 and 4 have contours of their own, the others lie between.
    expect(voxelsBySlice(await draw(axial, contours))).toEqual({ 3: 16, 4: 36 });
  });

  it('in one slice are combined by exclusive or: an inner one is a hole', async () => {
    const drawn = await draw(axial, [
      rectangle(axial, 8, 0.5, 0.5, 20.5, 20.5),
      rectangle(axial, 8, 5.5, 5.5, 15.5, 10.5),
      rectangle(axial, 8, 30.5, 0.5, 33.5, 2.5),
    ]);
    expect(voxelsBySlice(drawn)).toEqual({ 8: 400 - 50 + 6 });
  });

  it('may be keyholes: a hole that is joined to the border by a channel', async () => {
    const drawn = await draw(axial, [
      polygon(axial, 8, [
        [2.5, 2.5],
        [30.5, 2.5],
        [30.5, 25.5],
        [2.5, 25.5],
        [2.5, 2.5],
        [8.3, 8.3],
        [8.3, 20.7],
        [20.7, 20.7],
        [20.7, 8.3],
        [8.3, 8.3],
      ]),
    ]);
    expect(voxelsBySlice(drawn)).toEqual({ 8: 28 * 23 - 12 * 12 });
  });

  it('that are points or open are left out and told of', async () => {
    const points = rectangle(axial, 3, 0.5, 0.5, 4.5, 4.5).points;
    const { structures, warnings } = await open([
      {
        name: 'marks',
        contours: [
          { type: 'POINT', points: [points[0]!] },
          { type: 'OPEN_PLANAR', points },
          { type: 'CLOSEDPLANAR_XOR', points },
        ],
      },
    ]);
    expect(warnings).toEqual(['2 points or open contours have no inside: left out.']);
    expect(voxelsBySlice(structures[0]!.draw())).toEqual({ 3: 16 });
  });

  it('outside the volume and those that are not parallel to its slices are counted', async () => {
    const tilted = { points: [lps(axial, [1, 1, 3]), lps(axial, [9, 1, 3]), lps(axial, [9, 9, 6])] };
    const drawn = await draw(axial, [
      rectangle(axial, 3, 0.5, 0.5, 4.5, 4.5),
      rectangle(axial, -1, 0.5, 0.5, 4.5, 4.5),
      rectangle(axial, 31, 0.5, 0.5, 4.5, 4.5),
      tilted,
    ]);
    expect(drawn).toMatchObject({ planes: 4, outside: 2, notParallel: 1 });
    expect(voxelsBySlice(drawn)).toEqual({ 3: 16 });
  });

  it('belong to the region of their number, whose name is trimmed', async () => {
    const { structures } = await open([
      { name: ' Parotid L ', contours: [rectangle(axial, 3, 0.5, 0.5, 4.5, 4.5)] },
      { name: '', contours: [] },
      { name: 'Rückenmark', contours: [rectangle(axial, 3, 0.5, 0.5, 2.5, 4.5)] },
    ]);
    expect(structures.map(({ name, draw }) => [name, voxelsBySlice(draw())])).toEqual([
      ['Parotid L', { 3: 16 }],
      ['roi_2', {}],
      ['Rückenmark', { 3: 8 }],
    ]);
  });
});

describe('a structure set that cannot be used', () => {
  it.each([
    ['no whole points', { ContourData: ['1', '2', '3', '4'] }],
    ['text', { ContourData: ['1', '2', 'left'] }],
    ['nothing', { ContourData: [] }],
  ])('has a contour of %s', async (_, contour) => {
    const broken = open([{ name: 'one', contours: [] }], {
      ROIContourSequence: [
        {
          ReferencedROINumber: '1',
          ContourSequence: [{ ContourGeometricType: 'CLOSED_PLANAR', ...contour }],
        },
      ],
    });
    await expect(broken).rejects.toMatchObject({ code: 'MASK_INVALID', subject: 'rt.dcm' });
  });

  it('has contours of a region that is not in its list', async () => {
    const broken = open([{ name: 'one', contours: [] }], {
      ROIContourSequence: [{ ReferencedROINumber: '7' }],
    });
    await expect(broken).rejects.toMatchObject({ code: 'MASK_INVALID', subject: 'rt.dcm' });
  });
});
