import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ctImage, ctImageStorage, fileBytesOf, metaBytes } from '../../../tests/dicom-bytes.js';
import { errorOf } from '../../../tests/error-of.js';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { scanFolder } from './scan-folder.js';

const image = (uid: string) => fileBytesOf(ctImage([{ tag: 0x00080018, vr: 'UI', value: uid }]));

/** As discs have it: its class stands in group 2, and it has neither study nor series. */
const dicomdir = Buffer.concat([
  Buffer.from(
    metaBytes('1.2.840.10008.1.2.1')
      .toString('latin1')
      .replace(ctImageStorage, '1.2.840.10008.1.3.10\0\0\0\0\0'),
    'latin1',
  ),
  Buffer.from([0x04, 0x00, 0x30, 0x11, 0x43, 0x53, 0x04, 0x00, 0x41, 0x42, 0x43, 0x44]),
]);

function disc(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'DICOM/P1/.cache'), { recursive: true });
  mkdirSync(join(folder, '.hidden'));
  writeFixture(folder, 'DICOMDIR', dicomdir);
  writeFixture(folder, 'README.TXT', 'A disc of the hospital. Insert and wait.');
  writeFixture(folder, 'empty', '');
  writeFixture(folder, 'DICOM/P1/00000001', image('1.1'));
  writeFixture(folder, 'DICOM/P1/slice 2.jpg', image('1.2'));
  writeFixture(folder, 'DICOM/without-preamble.dcm', image('1.3').subarray(132));
  writeFixture(folder, 'DICOM/cut.dcm', image('1.4').subarray(0, 300));
  writeFixture(folder, 'DICOM/P1/.cache/IM1', image('1.5'));
  writeFixture(folder, '.hidden/IM1', image('1.6'));
  symlinkSync('slice 2.jpg', join(folder, 'DICOM/P1/linked'));
  symlinkSync('gone', join(folder, 'DICOM/P1/lost'));
  symlinkSync('..', join(folder, 'DICOM/P1/round'));
  return folder;
}

it('finds instances at any depth and of any name by their content', async () => {
  const folder = disc();
  const { instances, leftOut } = await scanFolder(folder);
  expect(instances.map(({ bytes, sopInstanceUid }) => [bytes.name, sopInstanceUid])).toEqual([
    [join(folder, 'DICOM/P1/00000001'), '1.1'],
    [join(folder, 'DICOM/P1/linked'), '1.2'],
    [join(folder, 'DICOM/P1/slice 2.jpg'), '1.2'],
    [join(folder, 'DICOM/without-preamble.dcm'), '1.3'],
  ]);
  expect(leftOut).toEqual([
    {
      path: join(folder, 'DICOM/cut.dcm'),
      reason: expect.stringMatching(/^is truncated, or a length in it is wrong: it ends in the middle of/),
      isDicom: true,
    },
    { path: join(folder, 'README.TXT'), reason: 'is no DICOM file', isDicom: false },
    { path: join(folder, 'empty'), reason: 'is no DICOM file', isDicom: false },
  ]);
});

it('tells how far it is', async () => {
  const calls: [number, number][] = [];
  await scanFolder(disc(), { onProgress: (done, total) => calls.push([done, total]) });
  expect(calls).toEqual(Array.from({ length: 8 }, (_, k) => [k + 1, 8]));
});

it('stops when it is told to', async () => {
  const stop = new AbortController();
  const scan = scanFolder(disc(), { signal: stop.signal, onProgress: () => stop.abort() });
  expect(await errorOf(scan)).toMatchObject({ code: 'INTERRUPTED' });
});

it('refuses a folder that is not there, and goes on past files and folders that may not be read', async () => {
  expect(await errorOf(scanFolder('/no/such/folder'))).toMatchObject({
    code: 'FILE_NOT_FOUND',
    subject: '/no/such/folder',
  });
  if (process.getuid?.() === 0) return;
  const folder = disc();
  chmodSync(join(folder, 'DICOM/P1'), 0);
  chmodSync(join(folder, 'README.TXT'), 0);
  const { leftOut } = await scanFolder(folder);
  chmodSync(join(folder, 'DICOM/P1'), 0o755);
  expect(leftOut).toContainEqual({
    path: join(folder, 'DICOM/P1'),
    reason: 'permission denied',
    isDicom: false,
  });
});
