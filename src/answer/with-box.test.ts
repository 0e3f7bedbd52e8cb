import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive } from '../archive/archive.js';
import { ingest } from '../archive/ingest.js';
import { createDescriptorEncoder } from '../encoder/descriptor/descriptor.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { writeNifti } from '../volume/write-nifti.js';
import { search } from './search.js';
import type { SearchRequest } from './search-engine.js';
import { withBox } from './with-box.js';

const folder = mkdtempSync(join(tmpdir(), 'voxseek-box-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [width, slices, spacing] = [48, 16, 5];
/** Slices 4 to 7, columns 20 to 27, rows 10 to 15. */
const organ = (i: number, j: number, k: number) => i >= 20 && i < 28 && j >= 10 && j < 16 && k >= 4 && k < 8;

/** A body that grows from slice to slice and has an organ; its place in the world is moved. */
async function writeBody(id: string, [x, y, z]: readonly [number, number, number]): Promise<VolumeEntry> {
  const voxels = width * width * slices;
  const data = new Int16Array(voxels).fill(-1000);
  const labels = new Uint8Array(voxels);
  for (let voxel = 0; voxel < voxels; voxel++) {
    const i = voxel % width;
    const j = Math.floor(voxel / width) % width;
    const k = Math.floor(voxel / width / width);
    if (Math.hypot(i - 23.5, (j - 23.5) * 1.3) > 16 + 0.4 * k) continue;
    data[voxel] = organ(i, j, k) ? 300 + 20 * k : 20;
    if (organ(i, j, k)) labels[voxel] = 1;
  }
  const grid = {
    size: [width, width, slices] as const,
    spacing: [spacing, spacing, spacing] as const,
    affine: [...[spacing, 0, 0, x], ...[0, spacing, 0, y], ...[0, 0, spacing, z], ...[0, 0, 0, 1]],
  };
  const [image, mask, table] = [`${id}.nii`, `${id}_mask.nii`, 'labels.json'].map((name) =>
    join(folder, name),
  );
  await writeNifti(image!, { ...grid, data });
  await writeNifti(mask!, { ...grid, data: labels });
  writeFileSync(table!, JSON.stringify({ 1: 'organ' }));
  return { id, image: image!, mask: mask!, labels: table!, modality: 'CT' };
}

describe('withBox', () => {
  let archive: Archive;

  beforeAll(async () => {
    const encoder = createDescriptorEncoder();
    archive = await Archive.openOrCreate(join(folder, 'archive'), {
      encoder: encoder.identity,
      encoderSource: { name: 'descriptor-v1', options: {} },
      slicing: { plane: 'axial', everyMm: null },
      createdWith: 'test',
    });
    const entries = [await writeBody('here', [0, 0, 0]), await writeBody('moved', [100, -200, 300])];
    await ingest(archive, encoder, entries);
  });
  afterAll(() => archive.close());

  const boxOf = async (request: SearchRequest) => {
    const { hits, warnings } = await withBox(archive, request, await search(archive, request));
    return { id: hits[0]!.volume.id, box: hits[0]!.box, warnings };
  };
  /** The organ's outer faces: voxel centres are at 5 mm times their index. */
  const inMoved = { x: [197.5, 237.5], y: [-152.5, -122.5], z: [317.5, 337.5] };

  it('gives the box around a structure in the first hit, for an id and for a file', async () => {
    const byId = await boxOf({ query: 'here', label: 'organ' });
    expect(byId).toEqual({ id: 'moved', box: inMoved, warnings: [] });
    const file = join(folder, 'here.nii');
    const mask = join(folder, 'here_mask.nii');
    const labels = join(folder, 'labels.json');
    const byFile = await boxOf({ query: file, mask, labels, label: 'organ', exclude: 'self' });
    expect(byFile.box).toEqual(inMoved);
  });

  it('gives the box of a box, of the voxels in it', async () => {
    const box = { x: [99, 136], y: [49, 76], z: [19, 36] } as const;
    expect((await boxOf({ query: 'here', box })).box).toEqual(inMoved);
  });

  it('gives no box to other queries', async () => {
    expect((await boxOf({ query: 'here' })).box).toBeUndefined();
    expect((await boxOf({ query: 'here', slices: [4, 7] })).box).toBeUndefined();
  });

  it('warns where the image of the hit is gone', async () => {
    rmSync(join(folder, 'moved.nii'));
    const { box, warnings } = await boxOf({ query: 'here', label: 'organ' });
    expect(box).toBeUndefined();
    expect(warnings).toEqual(['The box in moved is not known: no such file or folder.']);
  });
});
