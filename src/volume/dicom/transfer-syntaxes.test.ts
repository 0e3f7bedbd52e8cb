import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWithDicomTools, type RunTool } from '../../../tests/dicom-files.js';
import { errorOf } from '../../../tests/error-of.js';
import { describeWithPython } from '../../../tests/python.js';
import { describeWithData, sharedData } from '../../../tests/shared.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { fileBytes, memoryBytes } from './instance-bytes.js';
import { readInstance } from './read-instance.js';
import { readPixels } from './read-pixels.js';

const ct = 'CRLM-CT-1004/image/1-01.dcm';
const mr = 'ProstateX-0000/07-07-2011/4.000000-t2tsetra-00702/1-01.dcm';

/** Writes images of other kinds made of the CT: 8 bits, 12 bits with a sign, 10 bits at the top, three frames. */
const makeVariants = `
import json, os, sys, numpy as np, pydicom
folder, directory = sys.argv[1], sys.argv[2]
def variant(name, voxels, bits, high, signed, frames=1):
    data = pydicom.dcmread(os.path.join(folder, 'ct.dcm'))
    allocated = 8 * voxels.dtype.itemsize
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = allocated, bits, high, int(signed)
    for tag in ('SmallestImagePixelValue', 'LargestImagePixelValue', 'PixelPaddingValue'):
        if tag in data: del data[tag]
    if frames > 1: data.NumberOfFrames = frames
    data.PixelData = voxels.tobytes()
    data['PixelData'].VR = 'OW'
    data.save_as(os.path.join(folder, name + '.dcm'))
hu = pydicom.dcmread(os.path.join(folder, 'ct.dcm')).pixel_array.astype(np.int32)
variant('8-bit', np.clip(hu // 8, 0, 255).astype(np.uint8), 8, 7, False)
variant('12-bit-signed', np.clip(hu - 1024, -2048, 2047).astype(np.int16), 12, 11, True)
paths = [os.path.join(directory, '1-%02d.dcm' % k) for k in (1, 2, 3)]
variant('frames', np.stack([pydicom.dcmread(path).pixel_array for path in paths]), 16, 15, True, 3)
print('null')
`;

/** Decompressed files as NumPy sees them: int32, written beside each. */
const dumpPixels = `
import sys, numpy as np, pydicom
for path in sys.argv[1:]:
    data = pydicom.dcmread(path)
    data.pixel_array.astype('<i4').tofile(path + '.i32')
print('null')
`;

function voxelsOf(path: string): Int32Array {
  const bytes = readFileSync(`${path}.i32`);
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

async function read(path: string) {
  const instance = await readInstance(fileBytes(path));
  return { syntax: instance.transferSyntaxUid, data: (await readPixels(instance)).data };
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  let largest = 0;
  for (let i = 0; i < ours.length; i++) largest = Math.max(largest, Math.abs(ours[i]! - theirs[i]!));
  return largest;
}

interface Compression {
  readonly command: readonly [program: string, ...options: string[]];
  /** What the program writes, for an image that it compresses. */
  readonly syntax: string;
}

const lossless: Readonly<Record<string, Compression>> = {
  'implicit little endian': { command: ['dcmconv', '+ti'], syntax: '1.2.840.10008.1.2' },
  'explicit little endian': { command: ['dcmconv', '+te'], syntax: '1.2.840.10008.1.2.1' },
  'big endian': { command: ['dcmconv', '+tb'], syntax: '1.2.840.10008.1.2.2' },
  deflated: { command: ['dcmconv', '+td'], syntax: '1.2.840.10008.1.2.1.99' },
  'deflated by gdcm': { command: ['gdcmconv', '--deflated'], syntax: '1.2.840.10008.1.2.1.99' },
  'undefined lengths': { command: ['dcmconv', '-e'], syntax: '1.2.840.10008.1.2.1' },
  RLE: { command: ['dcmcrle'], syntax: '1.2.840.10008.1.2.5' },
  'RLE without offset table': {
    command: ['dcmcrle', '-ot'],
    syntax: '1.2.840.10008.1.2.5',
  },
  'RLE by gdcm': { command: ['gdcmconv', '--rle'], syntax: '1.2.840.10008.1.2.5' },
  'JPEG lossless, selection value 1': { command: ['dcmcjpeg', '+e1'], syntax: '1.2.840.10008.1.2.4.70' },
  'JPEG lossless by gdcm': { command: ['gdcmconv', '--jpeg'], syntax: '1.2.840.10008.1.2.4.70' },
  ...Object.fromEntries(
    [2, 3, 4, 5, 6, 7].map((predictor) => [
      `JPEG lossless, selection value ${predictor}`,
      { command: ['dcmcjpeg', '+el', '+sv', `${predictor}`], syntax: '1.2.840.10008.1.2.4.57' } as const,
    ]),
  ),
  'JPEG-LS': { command: ['dcmcjpls'], syntax: '1.2.840.10008.1.2.4.80' },
  'JPEG-LS by gdcm': { command: ['gdcmconv', '--jpegls'], syntax: '1.2.840.10008.1.2.4.80' },
  'JPEG-LS in pieces': { command: ['dcmcjpls', '+fs', '16'], syntax: '1.2.840.10008.1.2.4.80' },
  'JPEG lossless in pieces, without offset table': {
    command: ['dcmcjpeg', '+e1', '+fs', '16', '-ot'],
    syntax: '1.2.840.10008.1.2.4.70',
  },
  'JPEG 2000': { command: ['gdcmconv', '--j2k'], syntax: '1.2.840.10008.1.2.4.90' },
};

/**
 * The bound is 1: both sides decode the same numbers by their own arithmetic, of whole numbers (near-lossless, point
 * transform: nothing to round) or with one rounding at the end (DCT, wavelet), which may fall either way.
 */
const lossy: Readonly<Record<string, Compression & { readonly images: readonly string[] }>> = {
  'JPEG baseline': {
    command: ['dcmcjpeg', '+eb', '+q', '80'],
    syntax: '1.2.840.10008.1.2.4.50',
    images: ['ct', 'mr', '8-bit', 'frames'],
  },
  'JPEG extended, 8 bits': {
    command: ['dcmcjpeg', '+ee', '+q', '80'],
    syntax: '1.2.840.10008.1.2.4.51',
    images: ['8-bit'],
  },
  'JPEG extended, 12 bits': {
    command: ['dcmcjpeg', '+ee', '+q', '80'],
    syntax: '1.2.840.10008.1.2.4.51',
    images: ['mr', 'ct', 'frames'],
  },
  'JPEG lossless with a point transform': {
    command: ['dcmcjpeg', '+el', '+sv', '4', '+pt', '3'],
    syntax: '1.2.840.10008.1.2.4.57',
    images: ['ct', 'mr', '8-bit', 'frames'],
  },
  'JPEG-LS near-lossless': {
    command: ['dcmcjpls', '+en', '+md', '4'],
    syntax: '1.2.840.10008.1.2.4.81',
    images: ['mr', '8-bit'],
  },
  'JPEG-LS near-lossless by gdcm': {
    command: ['gdcmconv', '--jpegls', '--lossy', '-e', '3'],
    syntax: '1.2.840.10008.1.2.4.81',
    images: ['ct', 'mr', '8-bit'],
  },
  'JPEG 2000 irreversible': {
    command: ['gdcmconv', '--j2k', '--lossy', '--irreversible', '-r', '10'],
    syntax: '1.2.840.10008.1.2.4.91',
    images: ['ct', 'mr', '8-bit', 'frames'],
  },
};

describeWithData('pixels of a real CT and MR, recompressed', () => {
  describeWithDicomTools('by dcmtk and gdcm', (runTool) => {
    describeWithPython(['pydicom', 'numpy'], 'beside pydicom', (runPython) => {
      const folder = temporaryFolder();
      const images = ['ct', 'mr', '8-bit', '12-bit-signed', 'frames'];
      const original = (image: string) => join(folder, `${image}.dcm`);

      beforeAll(() => {
        const source = join(sharedData, 'dicom');
        copyFileSync(join(source, ct), original('ct'));
        copyFileSync(join(source, mr), original('mr'));
        runPython(folder, makeVariants, [folder, join(source, 'CRLM-CT-1004/image')]);
        runPython(folder, dumpPixels, images.map(original));
      });

      it.each(images)('%s, as it is', async (image) => {
        const { data } = await read(original(image));
        expect(largestDifference(data, voxelsOf(original(image)))).toBe(0);
      });

      describe('without loss', () => {
        for (const [name, compression] of Object.entries(lossless)) {
          it(`${name}: equal, voxel for voxel`, async () => {
            for (const image of images) {
              const path = join(folder, `${image}-lossless.dcm`);
              compress(runTool, compression, original(image), path);
              const { syntax, data } = await read(path);
              expect(syntax, image).toBe(compression.syntax);
              expect(largestDifference(data, voxelsOf(original(image))), image).toBe(0);
            }
          });
        }
      });

      describe('with loss', () => {
        for (const [name, compression] of Object.entries(lossy)) {
          it(`${name}: as gdcm decodes it`, async () => {
            for (const image of compression.images) {
              const path = join(folder, `${image}-lossy.dcm`);
              const decoded = join(folder, `${image}-decoded.dcm`);
              compress(runTool, compression, original(image), path);
              runTool('gdcmconv', '--raw', path, decoded);
              runPython(folder, dumpPixels, [decoded]);
              const { syntax, data } = await read(path);
              expect(syntax, image).toBe(compression.syntax);
              expect(largestDifference(data, voxelsOf(decoded)), image).toBeLessThanOrEqual(1);
            }
          });
        }

        it('progressive JPEG of 12 bits is refused by name, and so is its transfer syntax', async () => {
          const path = join(folder, 'progressive.dcm');
          runTool('dcmcjpeg', '+ep', original('mr'), path);
          const error = await errorOf(read(path));
          expect(error).toMatchObject({ code: 'TRANSFER_SYNTAX_UNSUPPORTED', subject: path });
          expect(error.reason).toContain('1.2.840.10008.1.2.4.55');

          const file = readFileSync(path);
          file.write('1.2.840.10008.1.2.4.51', file.indexOf('1.2.840.10008.1.2.4.55'), 'latin1');
          writeFileSync(path, file);
          const underAnotherName = await errorOf(read(path));
          expect(underAnotherName.code).toBe('TRANSFER_SYNTAX_UNSUPPORTED');
          expect(underAnotherName.reason).toBe('has pixels in progressive JPEG of 12 bits');
        });
      });

      describe('cut off, with the end of the file put back', () => {
        const commands = {
          RLE: ['dcmcrle'],
          'JPEG baseline': ['dcmcjpeg', '+eb'],
          'JPEG extended': ['dcmcjpeg', '+ee'],
          'JPEG lossless': ['dcmcjpeg', '+e1'],
          'JPEG-LS': ['dcmcjpls'],
          'JPEG 2000': ['gdcmconv', '--j2k'],
        } as const;
        for (const [name, [program, ...options]] of Object.entries(commands)) {
          it(`${name} is refused, wherever it is cut`, async () => {
            const path = join(folder, 'to-cut.dcm');
            runTool(program, ...options, original('mr'), path);
            const file = readFileSync(path);
            const start = lastFragment(file);
            for (const share of [0.02, 0.3, 0.7, 0.99]) {
              const length = Math.floor(((file.length - 8 - start) * share) / 2) * 2;
              const cut = Buffer.concat([file.subarray(0, start + length), file.subarray(file.length - 8)]);
              cut.writeUInt32LE(length, start - 4);
              const instance = await readInstance(memoryBytes('the file', cut));
              const error = await errorOf(readPixels(instance));
              expect(error, `${share}`).toMatchObject({ code: 'DICOM_INVALID', subject: 'the file' });
              expect(error.reason, `${share}`).toMatch(/^frame 0 /);
            }
          });
        }
      });

      it('another matrix in the frame than in the header is refused', async () => {
        for (const options of [
          ['dcmcjpeg', '+e1'],
          ['dcmcjpeg', '+eb'],
          ['dcmcjpls'],
          ['gdcmconv', '--j2k'],
        ]) {
          const [program, ...rest] = options as [string, ...string[]];
          const path = join(folder, 'other-size.dcm');
          runTool(program, ...rest, original('ct'), path);
          const file = readFileSync(path);
          // (0028,0010) Rows, US of 2 bytes: 512 becomes 511.
          const rows = file.indexOf(
            Buffer.from([0x28, 0x00, 0x10, 0x00, 0x55, 0x53, 0x02, 0x00, 0x00, 0x02]),
          );
          file.writeUInt16LE(511, rows + 8);
          writeFileSync(path, file);
          const error = await errorOf(read(path));
          expect(error.code).toBe('DICOM_INVALID');
          expect(error.reason).toBe('frame 0 holds 512 x 512 pixels where the header says 512 x 511');
        }
      });

      it('noise in place of compressed data is refused, and the decoder works again after it', async () => {
        for (const options of [['dcmcjpeg', '+e1'], ['dcmcjpls'], ['gdcmconv', '--j2k']]) {
          const [program, ...rest] = options as [string, ...string[]];
          const path = join(folder, 'noise.dcm');
          runTool(program, ...rest, original('ct'), path);
          const file = readFileSync(path);
          const start = lastFragment(file);
          const broken = Buffer.from(file);
          for (let i = start + 400; i < file.length - 16; i++) broken[i] = (i * 73) & 0x7f;
          const outcome = await readInstance(memoryBytes('the file', broken))
            .then(readPixels)
            .catch((error: unknown) => error);
          // Most noise breaks the rules of the code; where it does not, it is pixels.
          if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'DICOM_INVALID' });
          expect(largestDifference((await read(path)).data, voxelsOf(original('ct')))).toBe(0);
        }
      });
    });
  });
});

function compress(runTool: RunTool, { command }: Compression, from: string, to: string): void {
  const [program, ...options] = command;
  runTool(program, ...options, from, to);
}

/** Where the content of the last fragment of a file begins; the file ends with the delimiter. */
function lastFragment(file: Buffer): number {
  const pixelData = file.lastIndexOf(
    Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
  );
  let position = pixelData + 12;
  for (;;) {
    const length = file.readUInt32LE(position + 4);
    if (position + 8 + length === file.length - 8) return position + 8;
    position += 8 + length;
  }
}
