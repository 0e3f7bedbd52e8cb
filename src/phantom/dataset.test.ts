import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { totalSegmentatorV1 } from '../volume/totalsegmentator-v1.js';
import { writePhantomDataset } from './dataset.js';
import { generatePhantom } from './generate.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxseek-phantoms-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Voxels of a .nii.gz as this project writes it: behind a header of 352 bytes. */
function voxels(path: string): Buffer {
  return gunzipSync(readFileSync(path)).subarray(352);
}

describe('writePhantomDataset', () => {
  it('writes the layout of TotalSegmentator', async () => {
    const progress: string[] = [];
    const dataset = await writePhantomDataset(join(folder, 'out'), {
      volumes: 2,
      seed: 7,
      onProgress: (done, total, { id }) => progress.push(`${id} ${done}/${total}`),
    });
    expect(progress).toEqual(['s0001 1/2', 's0002 2/2']);
    expect(readdirSync(dataset.folder).sort()).toEqual(['meta.csv', 's0001', 's0002']);
    expect(dataset.volumes.map(({ image }) => image)).toEqual([
      join(folder, 'out', 's0001', 'ct.nii.gz'),
      join(folder, 'out', 's0002', 'ct.nii.gz'),
    ]);

    const [header, ...rows] = readFileSync(join(dataset.folder, 'meta.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('image_id;age;gender;institute;study_type;split');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^s0001;\d+\.0;[fm];phantom;ct [a-z-]+;train$/);

    const phantom = generatePhantom({ seed: 7, index: 1 });
    const files = readdirSync(join(dataset.folder, 's0002', 'segmentations')).sort();
    expect(files).toEqual(totalSegmentatorV1.map((name) => `${name}.nii.gz`).sort());
    expect(voxels(join(dataset.folder, 's0002', 'ct.nii.gz')).length).toBe(phantom.image.data.length * 2);
    // Every voxel of every binary mask adds up to the mask with all labels: they are disjoint and complete.
    const sum = new Uint16Array(phantom.mask.data.length);
    for (const [index, name] of totalSegmentatorV1.entries()) {
      const mask = voxels(join(dataset.folder, 's0002', 'segmentations', `${name}.nii.gz`));
      expect(mask.length).toBe(sum.length);
      for (let voxel = 0; voxel < sum.length; voxel++) sum[voxel]! += mask[voxel]! * (index + 1);
    }
    expect(Buffer.compare(Buffer.from(Uint8Array.from(sum)), Buffer.from(phantom.mask.data))).toBe(0);
  });

  it('refuses a folder that is not empty, and writes nothing to it', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await expect(writePhantomDataset(folder, { volumes: 1, seed: 1 })).rejects.toMatchObject({
      code: 'STORAGE_NOT_WRITABLE',
    });
    expect(readdirSync(folder)).toEqual(['notes.txt']);
    await expect(
      writePhantomDataset(join(folder, 'notes.txt'), { volumes: 1, seed: 1 }),
    ).rejects.toMatchObject({ code: 'STORAGE_NOT_WRITABLE' });
  });

  it('leaves whole volumes only when it is interrupted', async () => {
    const stop = new AbortController();
    const running = writePhantomDataset(folder, {
      volumes: 50,
      seed: 2,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const entries = readdirSync(folder).sort();
    const volumes = entries.filter((name) => name !== 'meta.csv');
    expect(volumes.length).toBeGreaterThan(0);
    expect(volumes.length).toBeLessThan(5);
    for (const id of volumes) {
      expect(id).toMatch(/^s\d{4}$/);
      expect(readdirSync(join(folder, id, 'segmentations'))).toHaveLength(104);
    }
    const rows = readFileSync(join(folder, 'meta.csv'), 'utf8').trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(';')[0])).toEqual(volumes);
  });

  it.each([[{ volumes: 0, seed: 1 }], [{ volumes: 1.5, seed: 1 }], [{ volumes: 1, seed: 0.5 }]])(
    'refuses %o',
    async (options) => {
      await expect(writePhantomDataset(folder, options)).rejects.toMatchObject({ code: 'USAGE' });
    },
  );
});
