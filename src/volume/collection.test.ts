import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { findVolumes } from './collection.js';

const root = temporaryFolder();

function tree(name: string, files: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFixture(folder, file, '');
  }
  return folder;
}

async function idsIn(folder: string): Promise<Record<string, string>> {
  const entries = await findVolumes(folder);
  return Object.fromEntries(entries.map(({ id, image }) => [id, image.slice(folder.length + 1)]));
}

describe('findVolumes', () => {
  it('finds the volume files of a tree, by path', async () => {
    const folder = tree('tree', [
      'b/scan2.nrrd',
      'a/deep/scan1.nii.gz',
      'c.mha',
      'c.txt',
      'raw/d.raw',
      'raw/d.mhd',
    ]);
    expect((await findVolumes(folder)).map(({ id }) => id)).toEqual(['scan1', 'scan2', 'c', 'd']);
    expect(await findVolumes(folder)).toContainEqual({
      id: 'scan1',
      image: join(folder, 'a/deep/scan1.nii.gz'),
    });
  });

  it('names files of one stem by their folders, and by their endings where even these agree', async () => {
    const folder = tree('stems', [
      'p1/ct.nii',
      'p2/ct.nii',
      'ct.nii',
      'p3/scan.nii.gz',
      'p3/scan.nrrd',
      'other.mha',
      'other.nii',
      'p4/alone.nii',
    ]);
    expect(await idsIn(folder)).toEqual({
      'p1/ct': 'p1/ct.nii',
      'p2/ct': 'p2/ct.nii',
      ct: 'ct.nii',
      'p3/scan.nii.gz': 'p3/scan.nii.gz',
      'p3/scan.nrrd': 'p3/scan.nrrd',
      'other.mha': 'other.mha',
      'other.nii': 'other.nii',
      alone: 'p4/alone.nii',
    });
  });

  it('passes over hidden files and folders, and folders named as volumes', async () => {
    const folder = tree('hidden', ['._a.nii.gz', '.git/b.nii', 'x/.cache/c.nii', 'd.nii.gz/e.nii', 'f.nii']);
    expect(await idsIn(folder)).toEqual({ e: 'd.nii.gz/e.nii', f: 'f.nii' });
  });

  it('finds a tree that itself lies in a hidden folder', async () => {
    expect(await idsIn(join(tree('.hidden', ['in/a.nii']), 'in'))).toEqual({ a: 'a.nii' });
  });

  it.skipIf(process.platform === 'win32')(
    'follows links to files, also to lost ones, so that they are reported',
    async () => {
      const folder = tree('links', ['store/object']);
      symlinkSync('store/object', join(folder, 'linked.nii.gz'));
      symlinkSync('store/gone', join(folder, 'lost.nii.gz'));
      symlinkSync('store', join(folder, 'folder.nii.gz'));
      expect(await idsIn(folder)).toEqual({ linked: 'linked.nii.gz', lost: 'lost.nii.gz' });
    },
  );

  it('takes one file', async () => {
    const path = join(tree('one', ['head scan.1.nii.gz']), 'head scan.1.nii.gz');
    expect(await findVolumes(path)).toEqual([{ id: 'head scan.1', image: path }]);
  });

  it('takes a cohort', async () => {
    const folder = tree('cohort', []);
    const path = writeFixture(folder, 'LIST.CSV', 'id,image\nx,a.nii\n');
    expect(await findVolumes(path)).toEqual([{ id: 'x', image: join(folder, 'a.nii') }]);
  });

  it('takes a TotalSegmentator data set before it looks for loose files', async () => {
    const folder = tree('totalsegmentator', ['s0001/ct.nii.gz', 's0001/segmentations/liver.nii.gz']);
    expect((await findVolumes(folder)).map(({ id }) => id)).toEqual(['s0001']);
  });

  it.each([
    ['an empty folder', () => tree('empty', []), 'INPUT_EMPTY'],
    ['a folder of other files', () => tree('texts', ['a.txt', 'b/c.json']), 'INPUT_EMPTY'],
    ['a folder that is not there', () => join(root, 'missing'), 'FILE_NOT_FOUND'],
    ['a file of another format', () => join(tree('dicom', ['a.dcm']), 'a.dcm'), 'VOLUME_FORMAT_UNKNOWN'],
  ])('refuses %s', async (_, make, code) => {
    const input = make();
    await expect(findVolumes(input)).rejects.toMatchObject({ code, subject: input });
  });
});
