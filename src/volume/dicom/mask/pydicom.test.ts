import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWithPython } from '../../../../tests/python.js';
import { temporaryFolder } from '../../../../tests/volume-fixtures.js';
import { countLabels, openMask, readStructure } from '../../mask.js';
import type { Grid } from './plane-on-grid.js';

/**
 * A segmentation and a structure set written by pydicom on an oblique grid, and their masks worked out with NumPy:
 * packed bits by packbits, contours by the sign of edge functions (the polygons are convex).
 */
const writeMasks = `
import json, sys, numpy as np, pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid
folder = sys.argv[1]
rng = np.random.default_rng(5)
ni, nj, nk = 13, 11, 9
q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
row, col = q[:, 0], q[:, 1]
normal = np.cross(row, col)
origin = np.array([-31.7, 12.3, 88.1])
di, dj, dk = 0.7, 1.3, 2.9

def item(**values):
    d = Dataset()
    for key, value in values.items():
        setattr(d, key, value)
    return d

def decimals(values):
    return ['%.10g' % v for v in values]

def write(name, d, sop_class, modality, implicit):
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = sop_class
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    d.StudyInstanceUID, d.SeriesInstanceUID, d.Modality = generate_uid(), generate_uid(), modality
    d.is_little_endian, d.is_implicit_VR = True, implicit
    d.save_as(f'{folder}/{name}', write_like_original=False)

masks = {f'segment {n}': rng.random((nk, nj, ni)) < 0.3 for n in (1, 2, 3)}
frames, bits = [], []
for n in rng.permutation([1, 2, 3]):
    for k in rng.permutation(nk):
        frames.append(item(
            PlanePositionSequence=Sequence([item(ImagePositionPatient=decimals(origin + normal * dk * k))]),
            SegmentIdentificationSequence=Sequence([item(ReferencedSegmentNumber=int(n))])))
        bits.append(masks[f'segment {n}'][k].ravel())
seg = item(SegmentationType='BINARY', Rows=nj, Columns=ni, BitsAllocated=1, BitsStored=1, HighBit=0, PixelRepresentation=0,
    SamplesPerPixel=1, PhotometricInterpretation='MONOCHROME2', NumberOfFrames=len(frames),
    SegmentSequence=Sequence([item(SegmentNumber=n, SegmentLabel=f'segment {n}') for n in (1, 2, 3)]),
    SharedFunctionalGroupsSequence=Sequence([item(
        PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=decimals([*row, *col]))]),
        PixelMeasuresSequence=Sequence([item(PixelSpacing=decimals([dj, di]), SliceThickness='2.9')]))]),
    PerFrameFunctionalGroupsSequence=Sequence(frames))
packed = np.packbits(np.concatenate(bits), bitorder='little').tobytes()
seg.PixelData = packed + b'\\0' * (len(packed) % 2)
write('explicit.dcm', seg, '1.2.840.10008.5.1.4.1.1.66.4', 'SEG', False)
write('implicit.dcm', seg, '1.2.840.10008.5.1.4.1.1.66.4', 'SEG', True)

jj, ii = np.mgrid[0:nj, 0:ni]
triangles = rng.uniform(-2, 14, size=(nk, 3, 2))
contours = []
inside = np.zeros((nk, nj, ni), bool)
for k, t in enumerate(triangles):
    signs = [np.sign((t[(e + 1) % 3, 0] - t[e, 0]) * (jj - t[e, 1]) - (t[(e + 1) % 3, 1] - t[e, 1]) * (ii - t[e, 0])) for e in range(3)]
    inside[k] = np.abs(sum(signs)) == 3
    points = [origin + row * di * i + col * dj * j + normal * dk * (k + 0.2) for i, j in t]
    contours.append(item(ContourGeometricType='CLOSED_PLANAR', NumberOfContourPoints=3, ContourData=decimals(np.ravel(points))))
rt = item(StructureSetROISequence=Sequence([item(ROINumber=4, ROIName='triangles')]),
    ROIContourSequence=Sequence([item(ReferencedROINumber=4, ContourSequence=Sequence(contours))]))
write('contours.dcm', rt, '1.2.840.10008.5.1.4.1.1.481.3', 'RTSTRUCT', True)

lps = np.stack([row * di, col * dj, normal * dk, origin], axis=1)
ras = np.diag([-1, -1, 1]) @ lps
print(json.dumps({'size': [ni, nj, nk], 'affine': [*ras.ravel(), 0, 0, 0, 1],
    'masks': {name: mask.astype(int).ravel().tolist() for name, mask in masks.items()},
    'triangles': inside.astype(int).ravel().tolist()}))
`;

interface Truth extends Grid {
  readonly masks: Readonly<Record<string, readonly number[]>>;
  readonly triangles: readonly number[];
}

const folder = temporaryFolder();

describeWithPython(['pydicom', 'numpy'], 'masks that pydicom wrote', (runPython) => {
  let truth: Truth;
  beforeAll(() => {
    truth = runPython(folder, writeMasks, [folder]) as Truth;
  });

  it.each(['explicit.dcm', 'implicit.dcm'])('segments are those of NumPy (%s)', async (file) => {
    const mask = await openMask(join(folder, file));
    for (const [name, voxels] of Object.entries(truth.masks)) {
      expect([...(await readStructure(mask, name, truth))]).toEqual(voxels);
    }
    const counts = await countLabels(mask, truth, 'axial');
    expect([...counts.keys()]).toEqual(Object.keys(truth.masks));
    for (const [name, perSlice] of counts) {
      const total = truth.masks[name]!.reduce((sum, voxel) => sum + voxel, 0);
      expect(perSlice.reduce((sum, voxels) => sum + voxels, 0)).toBe(total);
    }
  });

  it('contours enclose the voxels of NumPy', async () => {
    const mask = await openMask(join(folder, 'contours.dcm'));
    expect([...(await readStructure(mask, 'triangles', truth))]).toEqual(truth.triangles);
    expect(truth.triangles.filter((voxel) => voxel === 1).length).toBeGreaterThan(100);
  });
});
