import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { describeWithData, sharedData } from '../../../tests/shared.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { findVolumes } from '../collection.js';
import { patientToVoxel, voxelToPatient } from '../geometry.js';
import { imageOf } from '../image-source.js';
import { readVolume } from '../read.js';
import type { Vector3, Volume } from '../volume.js';

const folder = temporaryFolder();
const ctFolder = join(sharedData, 'dicom/CRLM-CT-1004');
const mrFolder = join(sharedData, 'dicom/ProstateX-0000');

/** Linear interpolation within the nearest slice. */
function inPlane({ data, size }: Volume, [x, y, z]: Vector3): number {
  const [i, j, k] = [Math.floor(x), Math.floor(y), Math.round(z)];
  const at = (di: number, dj: number) => data[i + di + size[0] * (j + dj + size[1] * k)]!;
  const [right, down] = [x - i, y - j];
  return (
    (1 - down) * ((1 - right) * at(0, 0) + right * at(1, 0)) +
    down * ((1 - right) * at(0, 1) + right * at(1, 1))
  );
}

/**
 * The series of a folder by pydicom and NumPy: for each b-value of a series (Siemens' private element) the SHA-256
 * of its int16 voxels [k, j, i] and its affine to RAS+.
 */
const program = `
import hashlib, json, os, sys
import numpy as np, pydicom
groups = {}
for where, _, names in os.walk(sys.argv[1]):
    for name in names:
        ds = pydicom.dcmread(os.path.join(where, name))
        b = ds.get((0x0019, 0x100c))
        b = None if b is None else int(b.value)
        groups.setdefault((ds.SeriesInstanceUID, b), []).append(ds)
several = {}
for uid, b in groups: several.setdefault(uid, []).append(b)
result = {}
for (uid, b), slices in groups.items():
    x, y = np.array(slices[0].ImageOrientationPatient, float).reshape(2, 3)
    n = np.cross(x, y)
    slices.sort(key=lambda ds: np.dot(n, np.array(ds.ImagePositionPatient, float)))
    voxels = np.stack([
        ds.pixel_array.astype(float) * float(ds.get('RescaleSlope', 1)) + float(ds.get('RescaleIntercept', 0))
        for ds in slices])
    assert np.array_equal(voxels, voxels.astype('<i2'))
    first, last = (np.array(slices[k].ImagePositionPatient, float) for k in (0, -1))
    rows, columns = map(float, slices[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3] = np.stack([x * columns, y * rows, (last - first) / (len(slices) - 1), first], axis=1)
    affine = np.diag([-1, -1, 1, 1]) @ affine
    result[uid + (f'#b-{b}' if len(several[uid]) > 1 else '')] = {
        'size': list(voxels.shape[::-1]),
        'sha256': hashlib.sha256(voxels.astype('<i2').tobytes()).hexdigest(),
        'affine': affine.ravel().tolist(),
    }
print(json.dumps(result))
`;

interface PydicomVolume {
  readonly size: readonly number[];
  readonly sha256: string;
  readonly affine: readonly number[];
}

describeWithData('real series', () => {
  it('splits a prostate MR study of seven series by the b-values of one of them', async () => {
    const entries = await findVolumes(mrFolder);
    // Written down from what pydicom shows of the headers; the derived ADC map and the calculated b-value stay.
    expect(
      entries.map(({ dicom }) => [
        dicom!.seriesDescription,
        dicom!.id.split('#')[1],
        dicom!.geometry.sliceCount,
      ]),
    ).toEqual([
      ['t2_tse_tra', undefined, 19],
      ['ep2d_diff_tra_DYNDIST', 'b-50', 19],
      ['ep2d_diff_tra_DYNDIST', 'b-400', 19],
      ['ep2d_diff_tra_DYNDIST', 'b-800', 19],
      ['t2_tse_sag', undefined, 19],
      ['ep2d_diff_tra_DYNDISTCALC_BVAL', undefined, 19],
      ['ep2d_diff_tra_DYNDIST_ADC', undefined, 19],
      ['t2_tse_cor', undefined, 15],
      ['tfl_3d PD ref_tra_1.5x1.5_t3', undefined, 16],
    ]);
    for (const { dicom, region, modality } of entries) {
      expect([region, modality]).toEqual(['prostate', 'MR']);
      expect(dicom!.geometry).toMatchObject({ gaps: [], duplicatePositions: 0, otherSizes: 0 });
      expect(dicom!.geometry.tilt).toBeLessThan(1e-3);
    }
    // The sagittal series runs along the axes, the others lean with the prostate by 18.5 degrees.
    expect(entries.map(({ dicom }) => Math.round(10 * dicom!.geometry.obliqueness) / 10)).toEqual([
      18.5, 18.5, 18.5, 18.5, 0, 18.5, 18.5, 18.5, 18.5,
    ]);
  });

  it('shows the same anatomy at the same place as a NIfTI of the same CT, made by others at 1.5 mm', async () => {
    const [entry] = await findVolumes(ctFolder);
    const dicom = await imageOf(entry!).read();
    const nifti = await readVolume(join(sharedData, 'crlm_1004_ct.nii.gz'));
    /** Median difference in HU where the DICOM volume is asked `shift` voxels beside the same place. */
    const difference = (shift: Vector3) => {
      const differences: number[] = [];
      for (let k = 4; k < nifti.size[2] - 4; k += 4) {
        for (let j = 10; j < nifti.size[1] - 10; j += 5) {
          for (let i = 10; i < nifti.size[0] - 10; i += 5) {
            const [x, y, z] = patientToVoxel(dicom.affine, voxelToPatient(nifti.affine, [i, j, k]));
            const own = Math.max(-1024, inPlane(dicom, [x + shift[0], y + shift[1], z + shift[2]]));
            differences.push(Math.abs(nifti.data[i + nifti.size[0] * (j + nifti.size[1] * k)]! - own));
          }
        }
      }
      return differences.sort((a, b) => a - b)[Math.floor(differences.length / 2)]!;
    };
    const here = difference([0, 0, 0]);
    expect(here).toBeLessThan(4);
    for (const axis of [0, 1, 2]) {
      for (const shift of [-1, 1]) {
        const beside = difference([0, 1, 2].map((a) => (a === axis ? shift : 0)) as unknown as Vector3);
        expect(beside).toBeGreaterThan(1.5 * here);
      }
    }
  });

  describeWithPython(['pydicom', 'numpy'], 'against pydicom', (runPython) => {
    describe.each([
      ['the CT', ctFolder, 1],
      ['the MR study', mrFolder, 9],
    ])('%s', (_, path, count) => {
      it('has the same voxels, bit for bit, and the same affine', async () => {
        const expected = runPython(folder, program, [path]) as Record<string, PydicomVolume>;
        const entries = await findVolumes(path);
        expect(entries).toHaveLength(count);
        expect(entries.map(({ id }) => id).sort()).toEqual(Object.keys(expected).sort());
        for (const entry of entries) {
          const { data, size, affine } = await imageOf(entry).read();
          const { buffer, byteOffset, byteLength } = data;
          expect(data).toBeInstanceOf(Int16Array);
          const sha256 = createHash('sha256')
            .update(new Uint8Array(buffer, byteOffset, byteLength))
            .digest('hex');
          expect({ size, sha256 }).toEqual({
            size: expected[entry.id]!.size,
            sha256: expected[entry.id]!.sha256,
          });
          affine.forEach((value, index) => {
            expect(value).toBeCloseTo(expected[entry.id]!.affine[index]!, 9);
          });
        }
      });
    });
  });
});
