import { expect, it } from 'vitest';
import { describeWithPython } from '../../tests/python.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { orientationCode, orientationOf, toCanonical } from './geometry.js';
import { readVolume } from './read.js';
import { slicePositions } from './slice.js';
import type { Plane } from './volume.js';

/** Writes files with nibabel and prints what nibabel itself reads from each of them. */
const program = `
import gzip, itertools, json, sys, warnings
import numpy as np, nibabel as nib
from nibabel.affines import apply_affine
warnings.simplefilter('ignore')
folder = sys.argv[1]
random = np.random.default_rng(405)
shape = (3, 4, 5)
cases = []

def rotation(degrees):
    x, y, z = np.radians(degrees)
    rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return rz @ ry @ rx

def affine_of(linear, origin=(-31.5, 12.25, 801.75)):
    affine = np.eye(4)
    affine[:3, :3] = linear
    affine[:3, 3] = origin
    return affine

def describe(name, file):
    image = nib.load(file)
    canonical = nib.as_closest_canonical(image)
    orientation = nib.orientations.io_orientation(image.affine)
    centers = {}
    for plane, patient_axis in (('sagittal', 0), ('coronal', 1), ('axial', 2)):
        axis = [int(o[0]) for o in orientation].index(patient_axis)
        voxels = np.tile((np.array(image.shape) - 1) / 2, (image.shape[axis], 1))
        voxels[:, axis] = np.arange(image.shape[axis])
        centers[plane] = apply_affine(image.affine, voxels).tolist()
    cases.append(dict(
        name=name, file=file, size=image.shape, affine=image.affine.ravel().tolist(),
        code=''.join(nib.aff2axcodes(image.affine)), data=image.get_fdata().ravel('F').tolist(),
        canonicalSize=canonical.shape, canonicalAffine=canonical.affine.ravel().tolist(),
        canonicalData=canonical.get_fdata().ravel('F').tolist(), centers=centers))

def save(name, affine, data=None, kind=nib.Nifti1Image, sform=True, qform=False, patch=None, **options):
    if data is None:
        data = random.integers(-1000, 1000, shape).astype(np.int16)
    image = kind(data, affine, **options)
    image.set_sform(affine, 1)
    image.set_qform(affine if isinstance(qform, bool) else qform, 1)
    file = f'{folder}/{len(cases)}.nii'
    image.to_filename(file)
    patch = dict(patch or {})
    codes, width = ((252, 254), 2) if kind is nib.Nifti1Image else ((344, 348), 4)
    if qform is False: patch[codes[0]] = bytes(width)
    if sform is False: patch[codes[1]] = bytes(width)
    if patch:
        content = bytearray(open(file, 'rb').read())
        for offset, field in patch.items():
            content[offset:offset + len(field)] = field
        open(file, 'wb').write(content)
    if len(cases) % 2:
        with open(file, 'rb') as plain, gzip.open(file + '.gz', 'wb') as packed:
            packed.write(plain.read())
        file += '.gz'
    describe(name, file)

spacing = np.diag([0.7, 1.3, 4.5])
for axes in itertools.permutations(range(3)):
    for signs in itertools.product((1, -1), repeat=3):
        linear = np.zeros((3, 3))
        for column, (axis, sign) in enumerate(zip(axes, signs)):
            linear[axis, column] = sign
        save(f'axes {axes} {signs}', affine_of(linear @ spacing))
        if axes in ((0, 1, 2), (1, 2, 0), (2, 1, 0)):
            save(f'axes {axes} {signs} by qform', affine_of(linear @ spacing), sform=False, qform=True)
for degrees in ((44, 0, 0), (0, -44, 0), (0, 0, 44), (20, 0, -20), (-15, 25, 30), (10, -40, 12), (-30, -30, 5)):
    for axes, signs in (((0, 1, 2), (1, 1, 1)), ((0, 1, 2), (-1, -1, 1)), ((2, 0, 1), (1, -1, -1)), ((1, 2, 0), (-1, 1, -1))):
        linear = np.zeros((3, 3))
        for column, (axis, sign) in enumerate(zip(axes, signs)):
            linear[axis, column] = sign
        oblique = affine_of(rotation(degrees) @ linear @ spacing)
        save(f'rotated {degrees} {axes} {signs}', oblique)
        save(f'rotated {degrees} {axes} {signs} by qform', oblique, sform=False, qform=True)
for shear in (0.2, -0.6, 1.1, 3.0):
    sheared = np.diag([-0.7, -1.3, 4.5]) @ np.array([[1, 0, 0], [0, 1, shear], [0, 0, 1]])
    save(f'sheared {shear}', affine_of(sheared))
    save(f'sheared {shear} and rotated', affine_of(rotation((12, -8, 31)) @ sheared))
    save(f'sheared in plane {shear}', affine_of(np.array([[1, shear, 0.1], [0, 1, 0], [0, 0.3, 1]]) @ spacing))

lps = affine_of(np.diag([-1, -1, 2.5]))
other = affine_of(rotation((5, 6, 7)) @ np.diag([1, 1, 2.5]), origin=(1, 2, 3))
save('sform and qform differ', lps, sform=True, qform=other)
save('neither sform nor qform', np.diag([1.5, 2.5, 3.5, 1]), sform=False, qform=False)
save('negative pixdim without a form', np.diag([1.5, 2.5, 3.5, 1]), sform=False, qform=False,
     patch={80: np.float32(-1.5).tobytes()})
save('qfac 0 counts as 1', other, sform=False, qform=True, patch={76: np.float32(0).tobytes()})
save('NIfTI-2', lps, kind=nib.Nifti2Image)
save('NIfTI-2 by qform', other, kind=nib.Nifti2Image, sform=False, qform=True)
for kind, label in ((nib.Nifti1Image, 'NIfTI-1'), (nib.Nifti2Image, 'NIfTI-2')):
    for dtype in ('i2', 'i4', 'u2', 'f4', 'f8', 'u1'):
        header = kind.header_class(endianness='>')
        header.set_data_dtype(np.dtype('>' + dtype))
        save(f'{label} big endian {dtype}', other, data=random.integers(0, 200, shape).astype('>' + dtype), kind=kind, header=header)
for dtype in ('u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'f4', 'f8', 'i8', 'u8'):
    limits = (-5, 5) if dtype[0] == 'f' else (max(np.iinfo(dtype).min, -2**31), min(np.iinfo(dtype).max, 2**31 - 1))
    data = random.uniform(*limits, shape) if dtype[0] == 'f' else random.integers(*limits, shape, endpoint=True)
    data = data.astype(dtype)
    data.flat[:2] = limits
    save(f'datatype {dtype}', lps, data=data, dtype=dtype)
for slope, inter in ((0, 7), (np.nan, 7), (1, -1024), (2, -1024), (0.25, 0), (-1, 0), (0.0371, -3.3), (3000, 5)):
    for dtype in ('u1', 'i2', 'u2', 'i4', 'f4'):
        save(f'slope {slope} intercept {inter} of {dtype}', lps, data=random.integers(0, 250, shape).astype(dtype),
             patch={112: np.float32(slope).tobytes() + np.float32(inter).tobytes()})
print(json.dumps(cases))
`;

interface Case {
  readonly name: string;
  readonly file: string;
  readonly size: readonly number[];
  readonly affine: readonly number[];
  readonly code: string;
  readonly data: readonly number[];
  readonly canonicalSize: readonly number[];
  readonly canonicalAffine: readonly number[];
  readonly canonicalData: readonly number[];
  readonly centers: Readonly<Record<Plane, readonly (readonly number[])[]>>;
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  expect(largest).toBeLessThanOrEqual(tolerance);
}

describeWithPython(['nibabel', 'numpy'], 'files that nibabel wrote', (runPython) => {
  const folder = temporaryFolder();
  const cases = runPython(folder, program, [folder]) as Case[];

  it('are many', () => {
    expect(cases.length).toBeGreaterThan(200);
  });

  it.each(cases)('are read as nibabel reads them: $name', async (expected) => {
    const volume = await readVolume(expected.file);
    expect(volume.size).toEqual(expected.size);
    // Quaternions are stored as float32; nibabel completes them in another order of operations.
    expectClose(volume.affine, expected.affine, 1e-4);
    expect(orientationCode(orientationOf(volume.affine))).toBe(expected.code);
    const range = Math.max(...expected.data.map(Math.abs));
    expectClose(Array.from(volume.data), expected.data, range * 1e-7);

    const canonical = toCanonical(volume);
    expect(canonical.size).toEqual(expected.canonicalSize);
    expectClose(canonical.affine, expected.canonicalAffine, 1e-4);
    expectClose(Array.from(canonical.data), expected.canonicalData, range * 1e-7);

    for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
      const positions = slicePositions(volume, plane);
      const axis = { sagittal: 0, coronal: 1, axial: 2 }[plane];
      expect(positions.map(({ index }) => index)).toEqual(expected.centers[plane].map((_, index) => index));
      expectClose(
        positions.flatMap(({ center, positionMm }) => [...center, positionMm]),
        expected.centers[plane].flatMap((center) => [...center, center[axis]!]),
        1e-4,
      );
    }
  });
});
