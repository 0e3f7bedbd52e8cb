/**
 * DICOM: headers of 10,000 files (of a real CT, linked many times); one CT of 512 x 512 x 300 from its folder to the
 * volume (grouped, ordered, checked, rescaled) beside pydicom with NumPy, which only put the pixels together; 60 slices
 * of it in lossless compression beside gdcm. Every reader runs in processes of its own, in turns; the sum of all voxels
 * shows that each has read all of them. Run from the repository:
 *
 *     node --import tsx benchmarks/dicom.ts
 *
 * Needs Python with pydicom and NumPy; gdcmconv and python3-gdcm for the compressed series; the real CT from
 * VOXSEEK_TEST_DATA (default ../shared/data). Prints a table and writes benchmarks/results/dicom.json. The series that
 * is read is made in a temporary folder: random noise on a body, so that nothing compresses well.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findVolumes } from '../src/volume/collection.js';
import { scanFolder } from '../src/volume/dicom/scan-folder.js';
import { imageOf } from '../src/volume/image-source.js';
import { machine } from './machine.js';

const self = fileURLToPath(import.meta.url);
const sharedData = process.env.VOXSEEK_TEST_DATA ?? join(dirname(self), '../../shared/data');
const realCt = join(sharedData, 'dicom/CRLM-CT-1004/image');
const slices = 300;
const scannedFiles = 10_000;
/** Of the series, compressed: decoding all of it takes minutes and tells no more. */
const compressedSlices = 60;
const repetitions = 5;
const size = 512 * 512;

interface Measurement {
  readonly seconds: number;
  /** Of all voxels, or of the files that were found. */
  readonly sum: number;
}

const makeSeries = `
import sys, numpy as np, pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
folder, slices = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(1)
y, x = np.mgrid[-1:1:512j, -1:1:512j]
series, study, frame = generate_uid(), generate_uid(), generate_uid()
for k in range(slices):
    body = np.where(x**2 / .7 + y**2 / .4 < 1, 40 + 20 * np.sin(9 * x + k / 20) * np.cos(7 * y), -1000)
    voxels = (body + random.normal(0, 25, body.shape)).astype(np.int16)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = '1.2.840.10008.5.1.4.1.1.2'
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = Dataset()
    data.file_meta, data.is_little_endian, data.is_implicit_VR, data.preamble = meta, True, False, b'\\0' * 128
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = study, series, frame
    data.Modality, data.ImageType, data.InstanceNumber = 'CT', ['ORIGINAL', 'PRIMARY', 'AXIAL'], k + 1
    data.ImagePositionPatient, data.ImageOrientationPatient = [-200, -200, 1.5 * k], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.SliceThickness = [.78, .78], 1.5
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = 512, 512, 1, 'MONOCHROME2'
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
    data.RescaleSlope, data.RescaleIntercept = 1, 0
    data.PixelData = voxels.tobytes()
    data['PixelData'].VR = 'OW'
    data.save_as(f'{folder}/{k:04}.dcm', write_like_original=False)
`;

const pydicomStack = `
import glob, json, sys, time
import numpy as np, pydicom
start = time.perf_counter()
files = [pydicom.dcmread(path) for path in glob.glob(sys.argv[1] + '/*')]
files.sort(key=lambda data: data.ImagePositionPatient[2])
volume = np.stack([data.pixel_array for data in files])
seconds = time.perf_counter() - start
print(json.dumps(dict(seconds=seconds, sum=int(volume.sum(dtype=np.int64)))))
`;

const pydicomScan = `
import glob, json, sys, time
import pydicom
start = time.perf_counter()
files = [pydicom.dcmread(path, stop_before_pixels=True) for path in glob.glob(sys.argv[1] + '/*')]
seconds = time.perf_counter() - start
print(json.dumps(dict(seconds=seconds, sum=len(files))))
`;

const gdcmStack = `
import glob, json, sys, time
import numpy as np, gdcm
start = time.perf_counter()
volume = []
for path in sorted(glob.glob(sys.argv[1] + '/*')):
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    reader.Read()
    image = reader.GetImage()
    content = image.GetBuffer().encode('utf-8', errors='surrogateescape')
    volume.append(np.frombuffer(content, np.int16))
volume = np.stack(volume)
seconds = time.perf_counter() - start
print(json.dumps(dict(seconds=seconds, sum=int(volume.sum(dtype=np.int64)))))
`;

/** In a process of its own: reads the series as a user of the library would, and prints the measurement. */
async function stackHere(folder: string): Promise<void> {
  const start = performance.now();
  const [entry] = await findVolumes(folder);
  const { data } = await imageOf(entry!).read();
  const seconds = (performance.now() - start) / 1000;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  print({ seconds, sum });
}

async function scanHere(folder: string): Promise<void> {
  const start = performance.now();
  const { instances } = await scanFolder(folder);
  print({ seconds: (performance.now() - start) / 1000, sum: instances.length });
}

function print(measurement: Measurement): void {
  process.stdout.write(JSON.stringify(measurement));
}

const own = (task: 'stack' | 'scan', folder: string) => (): Measurement =>
  JSON.parse(execFileSync(process.execPath, [...process.execArgv, self, task, folder], { encoding: 'utf8' }));
const python = (program: string, folder: string) => (): Measurement =>
  JSON.parse(execFileSync('/usr/bin/python3', ['-c', program, folder], { encoding: 'utf8' }));

interface Comparison {
  readonly task: string;
  /** Of the files; of no interest for headers. */
  readonly megabytes?: number;
  readonly voxseekSeconds: number;
  readonly rival: string;
  readonly rivalSeconds: number;
  /** Median of the ratios of each turn: other work on the machine slows both of one turn alike. */
  readonly ratio: number;
}

/** Runs both in turns. @throws Error where they have not read the same */
function compare(
  task: string,
  megabytes: number | undefined,
  rival: string,
  runs: { ours: () => Measurement; theirs: () => Measurement },
): Comparison {
  const turns = Array.from({ length: repetitions }, () => ({ ours: runs.ours(), theirs: runs.theirs() }));
  if (turns.some(({ ours, theirs }) => ours.sum !== theirs.sum))
    throw new Error(`${task}: Voxseek and ${rival} have read different things`);
  const rounded = (values: readonly number[]) => Number(median(values).toFixed(3));
  return {
    task,
    ...(megabytes === undefined ? {} : { megabytes }),
    voxseekSeconds: rounded(turns.map(({ ours }) => ours.seconds)),
    rival,
    rivalSeconds: rounded(turns.map(({ theirs }) => theirs.seconds)),
    ratio: rounded(turns.map(({ ours, theirs }) => ours.seconds / theirs.seconds)),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${String(k).padStart(4, '0')}.dcm`);
}

function megabytes(folder: string): number {
  return Math.round(
    readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6,
  );
}

function recompress(from: string, to: string, option: string): void {
  mkdirSync(to);
  for (const name of names(compressedSlices))
    execFileSync('gdcmconv', [option, join(from, name), join(to, name)]);
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
  try {
    const raw = join(root, 'raw');
    mkdirSync(raw);
    execFileSync('/usr/bin/python3', ['-c', makeSeries, raw, String(slices)]);
    const many = join(root, 'many');
    mkdirSync(many);
    const originals = readdirSync(realCt).map((name) => {
      copyFileSync(join(realCt, name), join(root, name));
      return join(root, name);
    });
    for (let k = 0; k < scannedFiles; k++) linkSync(originals[k % originals.length]!, join(many, `${k}`));

    const results = [
      compare(`headers of ${scannedFiles} files`, undefined, 'pydicom', {
        ours: own('scan', many),
        theirs: python(pydicomScan, many),
      }),
      compare('uncompressed', megabytes(raw), 'pydicom + NumPy', {
        ours: own('stack', raw),
        theirs: python(pydicomStack, raw),
      }),
    ];
    for (const [name, option] of [
      ['JPEG lossless', '--jpeg'],
      ['JPEG-LS lossless', '--jpegls'],
      ['JPEG 2000 lossless', '--j2k'],
      ['RLE', '--rle'],
    ] as const) {
      const folder = join(root, option.slice(2));
      recompress(raw, folder, option);
      results.push(
        compare(name, megabytes(folder), 'gdcm', {
          ours: own('stack', folder),
          theirs: python(gdcmStack, folder),
        }),
      );
      rmSync(folder, { recursive: true });
    }

    const report = {
      benchmark: 'reading DICOM',
      command: 'node --import tsx benchmarks/dicom.ts',
      date: new Date().toISOString(),
      machine: { ...machine(), loadAverage: Number(loadavg()[0]!.toFixed(1)) },
      series: { size: [512, 512, slices], datatype: 'int16', voxelMB: Math.round((2 * size * slices) / 1e6) },
      repetitions,
      filesPerSecond: Math.round(scannedFiles / results[0]!.voxseekSeconds),
      results,
    };
    const target = join(dirname(self), 'results', 'dicom.json');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
    console.table(results);
    console.log(`${report.filesPerSecond} headers per second`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const [task, folder] = process.argv.slice(2);
if (task === 'stack' && folder !== undefined) await stackHere(folder);
else if (task === 'scan' && folder !== undefined) await scanHere(folder);
else await main();
