import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWithPython } from '../../tests/python.js';
import { describeWithData, sharedData } from '../../tests/shared.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { findVolumes } from './collection.js';
import { orientationCode, orientationOf } from './geometry.js';
import { guessModality, intensityContext } from './intensity.js';
import { countLabels, openMask } from './mask.js';
import { readVolume } from './read.js';
import { extractSlice } from './slice.js';

const image = join(sharedData, 'totalseg_example_ct.nii.gz');
const mask = join(sharedData, 'totalseg_example_seg.nii.gz');
const labels = join(sharedData, 'labels', 'totalsegmentator_total.json');

const program = `
import json, sys
import numpy as np, nibabel as nib
image, mask, table = sys.argv[1:]
names = json.load(open(table))
scan = nib.load(image)
voxels = np.asanyarray(scan.dataobj)
numbers = np.asanyarray(nib.load(mask).dataobj)
canonical = np.asanyarray(nib.as_closest_canonical(scan).dataobj)
orientation = nib.orientations.io_orientation(scan.affine)[:, 0].astype(int).tolist()
counts = {}
for plane, patient_axis in (('sagittal', 0), ('coronal', 1), ('axial', 2)):
    others = tuple(axis for axis in range(3) if orientation[axis] != patient_axis)
    counts[plane] = {names.get(str(n), f'label_{n}'): (numbers == n).sum(axis=others).tolist() for n in np.unique(numbers).tolist() if n}
middle = canonical.shape[2] // 2
low, high = np.quantile(voxels, (0.005, 0.995), method='inverted_cdf')
print(json.dumps(dict(
    size=scan.shape, affine=scan.affine.ravel().tolist(), code=''.join(nib.aff2axcodes(scan.affine)),
    sum=int(voxels.astype(np.int64).sum()), minimum=int(voxels.min()), maximum=int(voxels.max()),
    low=float(low), high=float(high), counts=counts, middle=middle,
    # Rows from front to back, columns from the patient's right to left.
    shown=canonical[::-1, ::-1, middle].T.ravel().tolist())))
`;

interface Expected {
  readonly size: number[];
  readonly affine: number[];
  readonly code: string;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly low: number;
  readonly high: number;
  readonly counts: Record<'axial' | 'coronal' | 'sagittal', Record<string, number[]>>;
  readonly middle: number;
  readonly shown: number[];
}

describeWithData('a real CT and its mask', () => {
  describeWithPython(['nibabel', 'numpy'], 'are as NumPy sees them', (runPython) => {
    const folder = temporaryFolder();
    let expected: Expected;
    beforeAll(() => {
      expected = runPython(folder, program, [image, mask, labels]) as Expected;
    });

    it('voxels, geometry and percentiles', async () => {
      const volume = await readVolume(image);
      expect(volume.size).toEqual(expected.size);
      volume.affine.forEach((value, index) => {
        expect(value).toBeCloseTo(expected.affine[index]!, 5);
      });
      expect(orientationCode(orientationOf(volume.affine))).toBe(expected.code);
      let sum = 0;
      let minimum = Number.POSITIVE_INFINITY;
      let maximum = Number.NEGATIVE_INFINITY;
      for (const value of volume.data) {
        sum += value;
        minimum = Math.min(minimum, value);
        maximum = Math.max(maximum, value);
      }
      expect([sum, minimum, maximum]).toEqual([expected.sum, expected.minimum, expected.maximum]);
      const { percentiles } = intensityContext(volume, 'CT', image);
      const binWidth = (maximum - minimum) / 65535;
      expect(Math.abs(percentiles[0] - expected.low)).toBeLessThanOrEqual(binWidth);
      expect(Math.abs(percentiles[1] - expected.high)).toBeLessThanOrEqual(binWidth);
    });

    it('the middle axial slice, as it is shown', async () => {
      const volume = await readVolume(image);
      const orientation = orientationOf(volume.affine);
      const axis = orientation.findIndex(({ patientAxis }) => patientAxis === 2);
      const up = orientation[axis]!.sign === 1;
      const index = up ? expected.middle : volume.size[axis]! - 1 - expected.middle;
      expect([...extractSlice(volume, 'axial', index).pixels]).toEqual(expected.shown);
    });

    it.each(['axial', 'coronal', 'sagittal'] as const)('every label in every %s slice', async (plane) => {
      const volume = await readVolume(image);
      const counts = await countLabels(await openMask(mask, labels), volume, plane);
      expect(counts.size).toBeGreaterThan(20);
      expect(Object.fromEntries([...counts].map(([name, perSlice]) => [name, [...perSlice]]))).toEqual(
        expected.counts[plane],
      );
    });
  });
});

describeWithData('the real cohort', () => {
  it('is read whole, and CT and MR are told apart by their values', async () => {
    const entries = await findVolumes(join(sharedData, 'cohort.csv'));
    expect(entries.length).toBeGreaterThan(100);
    const wrong: string[] = [];
    for (const { id, image, modality } of entries) {
      // 'CT' has no influence on the percentiles.
      const context = intensityContext(await readVolume(image), 'CT', image);
      if (guessModality(context) !== modality) wrong.push(id);
    }
    expect(wrong).toEqual([]);
  });
});
