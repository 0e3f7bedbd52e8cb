import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bytesBelow,
  contentOf,
  orphanSlices,
  rawTables,
  tinyAirSlices,
  tinyEncoder,
  tinyManifest,
  tinySlices,
  writeTinyVolume,
  writeTinyVolumes,
} from '../../tests/archive-fixtures.js';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { createDescriptorEncoder } from '../encoder/descriptor/descriptor.js';
import type { Encoder } from '../encoder/encoder.js';
import { readVolume } from '../volume/read.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { writeNifti } from '../volume/write-nifti.js';
import { Archive } from './archive.js';
import { type IngestOptions, type IngestProgress, ingest } from './ingest.js';

const folder = temporaryFolder();
let archives = 0;

function newArchive(): Promise<Archive> {
  return Archive.openOrCreate(join(folder, `archive-${archives++}`), tinyManifest());
}

/** Counts what it encodes. */
function countingEncoder(): Encoder & { readonly encoded: () => number } {
  const encoder = tinyEncoder();
  let slices = 0;
  return {
    ...encoder,
    encoded: () => slices,
    embed: (images, intensity) => {
      slices += images.length;
      return encoder.embed(images, intensity);
    },
  };
}

const keptSlices = tinySlices - tinyAirSlices;

describe('ingest', () => {
  let entries: VolumeEntry[];

  beforeAll(async () => {
    entries = await writeTinyVolumes(folder, 'v', 3);
  });

  it('adds volumes, leaves out air, tells its progress, and says what it did', async () => {
    const archive = await newArchive();
    const progress: IngestProgress[] = [];
    const report = await ingest(archive, tinyEncoder(), entries, {
      onProgress: (step) => progress.push(step),
    });
    expect(report).toMatchObject({
      volumes: 3,
      outcomes: { added: 3, replaced: 0, updated: 0, unchanged: 0, duplicate: 0, failed: 0 },
      failures: [],
      duplicates: [],
      slices: 3 * keptSlices,
      airSlices: 3 * tinyAirSlices,
      interrupted: false,
    });
    expect(progress).toEqual(
      ['v00', 'v01', 'v02'].map((id, i) => ({ id, outcome: 'added', done: i + 1, total: 3, slices: 4 })),
    );
    const record = await archive.volume('v01');
    expect(record).toMatchObject({
      id: 'v01',
      patient: 'patient-v01',
      split: null,
      modality: 'CT',
      region: null,
      labels: [],
      annotated: null,
      imagePath: entries[1]!.image,
      maskPath: null,
      labelTablePath: null,
      size: [6, 5, 5],
      spacing: [2, 2, 3],
      affine: [2, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, 100, 0, 0, 0, 1],
      sliceCount: keptSlices,
      airSlices: tinyAirSlices,
    });
    const slices = await archive.sliceRecords(record);
    // The first slice, at 100 mm, is air; slices are 3 mm apart; the centre is voxel (2.5, 2) of each.
    expect(slices).toEqual(
      [1, 2, 3, 4].map((index) => ({
        plane: 'axial',
        index,
        positionMm: 100 + 3 * index,
        center: [-5, -16, 100 + 3 * index],
        labelVoxels: new Map(),
        dicomImage: null,
      })),
    );
    await archive.close();
  });

  it('stores the very vectors that the encoder gives', async () => {
    const archive = await newArchive();
    await ingest(archive, createTinyConstant(), entries.slice(0, 1));
    const stored = await archive.loadSlices(await archive.volumes());
    expect([...stored.sliceIndex]).toEqual([1, 2, 3, 4]);
    expect([...stored.positionMm]).toEqual([103, 106, 109, 112]);
    for (let row = 0; row < keptSlices; row++) {
      expect([...stored.embeddings.subarray(8 * row, 8 * row + 8)]).toEqual(
        Array.from({ length: 8 }, (_, i) => (i === row ? 1 : 0)),
      );
    }
    await archive.close();
  });

  it('does not encode again what is there, and leaves the archive as it is', async () => {
    const archive = await newArchive();
    await ingest(archive, tinyEncoder(), entries);
    const before = await contentOf(archive);
    const rows = await rawTables(archive.folder);
    const bytes = bytesBelow(archive.folder);
    for (let run = 0; run < 3; run++) {
      const encoder = countingEncoder();
      const report = await ingest(archive, encoder, entries);
      expect(report.outcomes).toMatchObject({ unchanged: 3, added: 0 });
      expect(encoder.encoded()).toBe(0);
    }
    expect(await contentOf(archive)).toEqual(before);
    expect(await rawTables(archive.folder)).toEqual(rows);
    expect(bytesBelow(archive.folder)).toBe(bytes);
    await archive.close();
  });

  it('updates what the input says about a volume without encoding it again', async () => {
    const archive = await newArchive();
    await ingest(archive, tinyEncoder(), entries);
    const encoder = countingEncoder();
    const moved = join(folder, 'moved.nii');
    copyFileSync(entries[0]!.image, moved);
    const report = await ingest(archive, encoder, [
      { ...entries[0]!, image: moved, patient: 'another', region: 'neck', annotated: ['liver'] },
      { ...entries[1]!, split: 'test' },
      entries[2]!,
    ]);
    expect(report.outcomes).toMatchObject({ updated: 2, unchanged: 1, replaced: 0 });
    expect(encoder.encoded()).toBe(0);
    expect(await archive.volume('v00')).toMatchObject({
      imagePath: moved,
      patient: 'another',
      region: 'neck',
      annotated: ['liver'],
    });
    expect((await archive.volume('v01')).split).toBe('test');
    // Still whole.
    expect((await archive.loadSlices(await archive.volumes())).sliceIndex).toHaveLength(3 * keptSlices);
    await archive.close();
  });

  it('encodes again where the modality is corrected, since intensities are read otherwise then', async () => {
    const archive = await newArchive();
    await ingest(archive, tinyEncoder(), entries.slice(0, 1));
    const report = await ingest(archive, tinyEncoder(), [{ ...entries[0]!, modality: 'MR' }]);
    expect(report.outcomes.replaced).toBe(1);
    expect((await archive.volume('v00')).modality).toBe('MR');
    expect(await orphanSlices(archive.folder)).toBe(0);
    await archive.close();
  });

  it('replaces a volume whose content has changed; its old slices are gone', async () => {
    const archive = await newArchive();
    await ingest(archive, tinyEncoder(), entries);
    const changed = await writeTinyVolume(folder, 'v01', 815);
    const report = await ingest(archive, tinyEncoder(), [changed]);
    expect(report.outcomes).toMatchObject({ replaced: 1, added: 0 });
    const { volumes, slices } = await rawTables(archive.folder);
    expect(volumes).toHaveLength(3);
    expect(slices.filter((slice) => slice.volume === 'v01')).toHaveLength(keptSlices);
    expect(await orphanSlices(archive.folder)).toBe(0);

    const fresh = await newArchive();
    await ingest(fresh, tinyEncoder(), [entries[0]!, changed, entries[2]!]);
    expect(await contentOf(archive)).toEqual(await contentOf(fresh));
    await archive.close();
    await fresh.close();
  });

  it('reports the same scan under another id, in the same run and in a later one', async () => {
    const archive = await newArchive();
    const copy = join(folder, 'copy.nii');
    copyFileSync(entries[0]!.image, copy);
    const twin = { ...entries[0]!, id: 'twin', image: copy };
    const first = await ingest(archive, tinyEncoder(), [...entries, twin]);
    const second = await ingest(archive, tinyEncoder(), [twin]);
    for (const report of [first, second]) {
      expect(report.outcomes.duplicate).toBe(1);
      expect(report.duplicates).toEqual([{ id: 'twin', of: 'v00' }]);
    }
    expect((await archive.volumes()).map((volume) => volume.id)).toEqual(['v00', 'v01', 'v02']);
    await archive.close();
  });

  it('takes the same scan again after it was removed', async () => {
    const archive = await newArchive();
    await ingest(archive, tinyEncoder(), entries);
    const whole = await contentOf(archive);
    expect(await archive.remove(['v01', 'nobody'])).toBe(1);
    expect((await archive.volumes()).map((volume) => volume.id)).toEqual(['v00', 'v02']);
    expect((await rawTables(archive.folder)).slices).toHaveLength(2 * keptSlices);
    await expect(archive.volume('v01')).rejects.toMatchObject({ code: 'VOLUME_UNKNOWN' });
    const report = await ingest(archive, tinyEncoder(), entries);
    expect(report.outcomes).toMatchObject({ added: 1, unchanged: 2 });
    expect(await contentOf(archive)).toEqual(whole);
    await archive.close();
  });

  it('reports volumes that cannot be used, each with its error, and takes the others', async () => {
    const archive = await newArchive();
    const text = writeFixture(folder, 'text.nii', 'this is not an image');
    const cut = writeFixture(folder, 'cut.nii', Buffer.alloc(100));
    const air = join(folder, 'air.nii');
    const { affine, spacing, size } = await readVolume(entries[0]!.image);
    await writeNifti(air, { affine, spacing, size, data: new Int16Array(150).fill(-1000) });
    const report = await ingest(archive, tinyEncoder(), [
      entries[0]!,
      { id: 'text', image: text },
      { id: 'cut', image: cut },
      entries[1]!,
      { id: 'missing', image: join(folder, 'missing.nii') },
      { id: 'air', image: air, modality: 'CT' },
      entries[2]!,
    ]);
    expect(report.outcomes).toMatchObject({ added: 3, failed: 4 });
    expect(report.failures.map(({ id, image, code }) => [id, image, code])).toEqual([
      ['text', text, 'VOLUME_CORRUPT'],
      ['cut', cut, 'VOLUME_CORRUPT'],
      ['missing', join(folder, 'missing.nii'), 'FILE_NOT_FOUND'],
      ['air', air, 'VOLUME_EMPTY'],
    ]);
    expect((await archive.volumes()).map((volume) => volume.id)).toEqual(['v00', 'v01', 'v02']);
    await archive.close();
  });

  it('reports an encoder that fails on one volume as a failure of that volume', async () => {
    const archive = await newArchive();
    let calls = 0;
    const encoder: Encoder = {
      ...tinyEncoder(),
      embed: (images, intensity) => {
        if (calls++ === 1) throw new Error('the network exploded');
        return tinyEncoder().embed(images, intensity);
      },
    };
    const report = await ingest(archive, encoder, entries);
    expect(report.outcomes).toMatchObject({ added: 2, failed: 1 });
    expect(report.failures[0]).toMatchObject({ id: 'v01', code: 'INTERNAL' });
    expect(report.failures[0]!.message).toContain('the network exploded');
    await archive.close();
  });

  it('takes an input that is named twice once, and refuses two files of one id', async () => {
    const archive = await newArchive();
    const report = await ingest(archive, tinyEncoder(), [entries[0]!, entries[0]!]);
    expect(report).toMatchObject({ volumes: 1, outcomes: { added: 1, duplicate: 0 } });
    await expect(
      ingest(archive, tinyEncoder(), [entries[0]!, { id: 'v00', image: entries[1]!.image }]),
    ).rejects.toMatchObject({ code: 'COHORT_INVALID' });
    await archive.close();
  });

  it('stops between and within volumes when asked, and goes on later', async () => {
    const archive = await newArchive();
    const stop = new AbortController();
    const options: IngestOptions = { signal: stop.signal, onProgress: () => stop.abort() };
    const report = await ingest(archive, tinyEncoder(), entries, options);
    expect(report).toMatchObject({ interrupted: true, outcomes: { added: 1 } });
    const whileEncoding = new AbortController();
    const encoder: Encoder = {
      ...tinyEncoder(),
      embed: (images, intensity) => {
        whileEncoding.abort();
        return tinyEncoder().embed(images, intensity);
      },
    };
    const long = join(folder, 'long.nii');
    await writeNifti(long, {
      data: Int16Array.from({ length: 4 * 4 * 40 }, (_, i) => i % 300),
      size: [4, 4, 40],
      spacing: [1, 1, 1],
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    });
    const inside = await ingest(archive, encoder, [{ id: 'long', image: long, modality: 'CT' }], {
      signal: whileEncoding.signal,
    });
    expect(inside).toMatchObject({ interrupted: true, outcomes: { added: 0, failed: 0 } });
    const rest = await ingest(archive, tinyEncoder(), entries);
    expect(rest).toMatchObject({ interrupted: false, outcomes: { added: 2, unchanged: 1 } });
    expect(await orphanSlices(archive.folder)).toBe(0);
    await archive.close();
  });

  it('keeps the labels of a mask: which volume has them, which slice, how many voxels', async () => {
    const archive = await newArchive();
    const entry = await writeTinyVolume(folder, 'labelled', 99);
    const volume = await readVolume(entry.image);
    const mask = new Uint8Array(150);
    mask.fill(1, 30, 33); // three voxels of slice 1
    mask.fill(2, 60, 70); // ten of slice 2
    mask[61] = 1;
    mask[0] = 2; // one voxel of the slice of air
    const maskPath = join(folder, 'mask.nii.gz');
    await writeNifti(maskPath, { ...volume, data: mask });
    const labels = join(folder, 'labels.json');
    writeFileSync(labels, JSON.stringify({ 1: 'liver', 2: 'spleen', 3: 'aorta' }));
    await ingest(archive, tinyEncoder(), [{ ...entry, mask: maskPath, labels }]);
    const record = await archive.volume('labelled');
    expect(record.labels).toEqual(['liver', 'spleen']);
    expect(record).toMatchObject({ maskPath, labelTablePath: labels });
    // A slice of air that holds a label is kept: it is an answer to a search for that label.
    expect((await archive.sliceRecords(record)).map((slice) => [slice.index, slice.labelVoxels])).toEqual([
      [0, new Map([['spleen', 1]])],
      [1, new Map([['liver', 3]])],
      [
        2,
        new Map([
          ['liver', 1],
          ['spleen', 9],
        ]),
      ],
      [3, new Map()],
      [4, new Map()],
    ]);
    expect((await archive.volumes("array_has(labels, 'liver')")).map((v) => v.id)).toEqual(['labelled']);
    expect(await archive.volumes("array_has(labels, 'aorta')")).toEqual([]);

    // Another mask is other content.
    mask[100] = 3;
    await writeNifti(maskPath, { ...volume, data: mask });
    const again = await ingest(archive, tinyEncoder(), [{ ...entry, mask: maskPath, labels }]);
    expect(again.outcomes.replaced).toBe(1);
    expect((await archive.volume('labelled')).labels).toEqual(['aorta', 'liver', 'spleen']);
    await archive.close();
  });

  it('cuts slices in the plane and at the distance of the archive', async () => {
    const archive = await Archive.openOrCreate(
      join(folder, 'coronal'),
      tinyManifest({ slicing: { plane: 'coronal', everyMm: 4 } }),
    );
    await ingest(archive, tinyEncoder(), entries.slice(0, 1));
    const slices = await archive.sliceRecords(await archive.volume('v00'));
    // Five rows 2 mm apart, the first at -20 mm: one for every 4 mm.
    expect(slices.map(({ plane, index, positionMm }) => [plane, index, positionMm])).toEqual([
      ['coronal', 0, -20],
      ['coronal', 2, -16],
      ['coronal', 4, -12],
    ]);
    await archive.close();
  });

  it('works with the built-in encoder as well: vectors of length 1, the same each time', async () => {
    const encoder = createDescriptorEncoder();
    const manifest = tinyManifest({ encoder: encoder.identity });
    const contents = [];
    for (const name of ['descriptor-1', 'descriptor-2']) {
      const archive = await Archive.openOrCreate(join(folder, name), manifest);
      await ingest(archive, encoder, entries);
      const { embeddings, dimension } = await archive.loadSlices(await archive.volumes());
      for (let from = 0; from < embeddings.length; from += dimension) {
        expect(Math.hypot(...embeddings.subarray(from, from + dimension))).toBeCloseTo(1, 5);
      }
      contents.push(await contentOf(archive));
      await archive.close();
    }
    expect(contents[0]).toEqual(contents[1]);
    await encoder.close();
  });
});

/** The n-th slice of a call gets the n-th unit vector. */
function createTinyConstant(): Encoder {
  return {
    ...tinyEncoder(),
    embed: async (slices) =>
      Float32Array.from({ length: slices.length * 8 }, (_, i) => (i % 8 === Math.floor(i / 8) ? 1 : 0)),
  };
}
