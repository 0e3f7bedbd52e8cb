import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  dicomFile,
  instanceInMemory,
  newUid,
  segmentationBytes,
  structureSetBytes,
} from '../../../../tests/dicom-masks.js';
import { errorOf } from '../../../../tests/error-of.js';
import { temporaryFolder, writeFixture } from '../../../../tests/volume-fixtures.js';
import { hashWithCompanions } from '../../content-hash.js';
import {
  countLabels,
  countLabelsOfMask,
  type MaskSource,
  maskFiles,
  openMask,
  readStructure,
} from '../../mask.js';
import { dicomMask } from './dicom-mask.js';
import type { Grid } from './plane-on-grid.js';

const folder = temporaryFolder();
const [ni, nj, nk] = [6, 5, 4] as const;
const grid: Grid = { size: [ni, nj, nk], affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] };

/** The columns i0 to i1 of a slice, all rows. */
const columns = (i0: number, i1: number) =>
  Array.from({ length: ni * nj }, (_, p) => (p % ni >= i0 && p % ni <= i1 ? 1 : 0));
const plane = (k: number, segment: number, i0: number, i1: number) => ({
  position: [0, 0, 2 * k] as const,
  segment,
  pixels: columns(i0, i1),
});
const segmentation = (labels: readonly string[], ...planes: ReturnType<typeof plane>[]) =>
  segmentationBytes({ labels, rows: nj, columns: ni, planes });

/** The same columns as a contour, LPS mm: half a voxel around the centres. */
const contour = (k: number, i0: number, i1: number) => ({
  points: [
    [i0 - 0.5, -0.5, 2 * k],
    [i1 + 0.5, -0.5, 2 * k],
    [i1 + 0.5, nj - 0.5, 2 * k],
    [i0 - 0.5, nj - 0.5, 2 * k],
  ] as const,
});

const liverAndTumour = segmentation(
  ['liver', 'tumour'],
  plane(0, 1, 0, 2),
  plane(1, 1, 0, 3),
  plane(1, 2, 2, 2),
);
const contours = structureSetBytes({
  rois: [
    { name: 'liver', contours: [contour(1, 3, 4), contour(2, 0, 0)] },
    { name: 'cord', contours: [contour(3, 5, 5)] },
  ],
});

function asArrays(counts: ReadonlyMap<string, Uint32Array>): Record<string, number[]> {
  return Object.fromEntries([...counts].map(([name, perSlice]) => [name, [...perSlice]]));
}

describe('a mask of DICOM objects', () => {
  it('is told by the content of a file, whatever its name', async () => {
    for (const [name, bytes] of [
      ['IM000001', liverAndTumour],
      ['structures.dcm', contours],
    ] as const) {
      const path = writeFixture(folder, name, bytes);
      expect(await openMask(path)).toMatchObject({ kind: 'dicom', path });
    }
  });

  it('may be all segmentations and structure sets of a folder', async () => {
    const study = join(folder, 'study');
    mkdirSync(join(study, 'deep'), { recursive: true });
    writeFixture(study, 'a', liverAndTumour);
    writeFixture(join(study, 'deep'), 'b.dcm', contours);
    writeFixture(study, 'notes.txt', 'no mask');
    const mask = await openMask(study);
    expect(mask).toMatchObject({ kind: 'dicom', path: study });
    expect([...(await countLabels(mask, grid, 'axial')).keys()]).toEqual(['cord', 'liver', 'tumour']);
  });

  it('is refused where the object is something else', async () => {
    const report = dicomFile({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      SOPInstanceUID: newUid(),
      Modality: 'SR',
      PatientName: 'Secret^Patient',
      StudyInstanceUID: '2.25.1',
      SeriesInstanceUID: '2.25.2',
    });
    const path = writeFixture(folder, 'report.dcm', report);
    const error = await errorOf(openMask(path));
    expect(error).toMatchObject({ code: 'MASK_INVALID', subject: path });
    expect(error.reason).toBe('a DICOM object of the modality SR is no mask');
    await expect(
      openMask(writeFixture(folder, 'broken.dcm', contours.subarray(0, 900))),
    ).rejects.toMatchObject({
      code: 'DICOM_INVALID',
    });
  });

  describe('of several objects in memory', () => {
    const open = async (): Promise<MaskSource> =>
      dicomMask([await instanceInMemory(liverAndTumour, 'seg'), await instanceInMemory(contours, 'rt')]);

    it('counts the voxels of every structure, of equal names together', async () => {
      const mask = await open();
      expect(asArrays(await countLabels(mask, grid, 'axial'))).toEqual({
        liver: [15, 25, 5, 0],
        tumour: [0, 5, 0, 0],
        cord: [0, 0, 0, 5],
      });
      expect(asArrays(await countLabels(mask, grid, 'sagittal'))).toEqual({
        liver: [15, 10, 10, 5, 5, 0],
        tumour: [0, 0, 5, 0, 0, 0],
        cord: [0, 0, 0, 0, 0, 5],
      });
      expect(asArrays(await countLabels(mask, grid, 'coronal'))).toMatchObject({ tumour: [1, 1, 1, 1, 1] });
    });

    it('gives the voxels of one, also where another overlaps it', async () => {
      const empty = columns(0, -1);
      expect([...(await readStructure(await open(), 'liver', grid))]).toEqual([
        ...columns(0, 2),
        ...columns(0, 4),
        ...columns(0, 0),
        ...empty,
      ]);
      expect([...(await readStructure(await open(), 'tumour', grid))]).toEqual([
        ...empty,
        ...columns(2, 2),
        ...empty,
        ...empty,
      ]);
    });

    it('refuses a name that is not there, with those that are', async () => {
      expect(await errorOf(readStructure(await open(), 'spleen', grid))).toMatchObject({
        code: 'LABEL_UNKNOWN',
        advice: 'The labels are: cord, liver, tumour.',
      });
    });

    it('is hashed by its bytes, with the UID for a name', async () => {
      const files = maskFiles(await open());
      const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes);
      const uid = (await instanceInMemory(contours)).sopInstanceUid;
      expect(files).toHaveLength(2);
      expect(await hashWithCompanions('image', [files[1]!])).toBe(
        sha256('image')
          .update(`\0${uid}\0${sha256(contours).digest('hex')}`)
          .digest('hex'),
      );
    });

    it('has no grid of its own', async () => {
      expect(await errorOf(countLabelsOfMask(await open(), 'axial'))).toMatchObject({ code: 'MASK_INVALID' });
    });
  });

  it('warns of what is left out, without the patient', async () => {
    const warnings: string[] = [];
    const mask = dicomMask([
      await instanceInMemory(segmentation(['a'], plane(1, 1, 0, 1), plane(9, 1, 0, 1)), 'seg.dcm'),
    ]);
    await countLabels(mask, grid, 'axial', (warning) => warnings.push(warning));
    expect(warnings).toEqual(['seg.dcm: 1 of 2 planes of "a" lie outside the image: left out.']);
  });

  it('that lies wholly beside the image is refused', async () => {
    const mask = dicomMask([await instanceInMemory(segmentation(['a', 'b'], plane(9, 1, 0, 1)), 'seg.dcm')]);
    const error = await errorOf(countLabels(mask, grid, 'axial'));
    expect(error).toMatchObject({ code: 'MASK_GRID_MISMATCH', subject: 'seg.dcm' });
    expect(error.reason).toMatch(/^everything in the mask lies outside the image \(6 x 5 x 4, 1 x 1 x 2 mm/);
    expect(await errorOf(readStructure(mask, 'a', grid))).toMatchObject({ code: 'MASK_GRID_MISMATCH' });
    expect(await errorOf(readStructure(mask, 'b', grid))).toMatchObject({ code: 'REGION_EMPTY' });
  });

  it('in planes across the slices is refused', async () => {
    const across = segmentationBytes({
      labels: ['a'],
      rows: nj,
      columns: ni,
      orientation: [1, 0, 0, 0, 0, 1],
      planes: [plane(1, 1, 0, 1)],
    });
    const mask = dicomMask([await instanceInMemory(across, 'seg.dcm')]);
    expect(await errorOf(readStructure(mask, 'a', grid))).toMatchObject({
      code: 'MASK_GRID_MISMATCH',
      subject: 'seg.dcm',
    });
  });
});
