import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyEncoder, tinyManifest, writeTinyVolume } from '../../../tests/archive-fixtures.js';
import { niftiBytes, temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { Archive } from '../../archive/archive.js';
import { ingest } from '../../archive/ingest.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { classMap } from '../class-maps/class-map.js';
import { datasetContentHash } from './content-hash.js';
import { LabelCounts } from './label-counts.js';
import { archiveLabels, labelledFromArchive } from './labelled-from-archive.js';

const folder = temporaryFolder();
const labels = writeFixture(
  folder,
  'labels.json',
  JSON.stringify({ 1: 'liver', 2: 'kidney_left', 3: 'kidney_right', 4: 'cyst' }),
);
const map = classMap('test', 'made up', { kidney: ['kidney_left', 'kidney_right'], liver: ['liver'] });
const grid = { size: [6, 5, 5], sform: [2, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, 100] };

/** Tiny volumes have five slices of 30 voxels, the first of them air. @param slices numbers that a slice begins with. */
function tinyVolume(
  id: string,
  seed: number,
  slices: readonly (readonly number[])[],
  stated: Partial<VolumeEntry> = {},
) {
  const values = slices.flatMap((numbers) => [...numbers, ...Array<number>(30 - numbers.length).fill(0)]);
  const mask = writeFixture(folder, `${id}-mask.nii`, niftiBytes({ ...grid, datatype: 'uint8', values }));
  return writeTinyVolume(folder, id, seed, { mask, labels, ...stated });
}

let archive: Archive;
let a: VolumeEntry;
let b: VolumeEntry;
let empty: VolumeEntry;
let other: VolumeEntry;

beforeAll(async () => {
  a = await tinyVolume('a', 1, [[], [1, 1, 2], [2, 3, 3], [4], []], { patient: 'p1' });
  b = await tinyVolume('b', 2, [[1], [], [], [], [3, 1, 1, 1]]);
  empty = await tinyVolume('empty', 3, [[], [], [], [], []]);
  other = await tinyVolume('other', 4, [[], [1], [], [], []]);
  archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
  await ingest(archive, tinyEncoder(), [other, b, empty, a]);
  return () => archive.close();
});

describe('labelledFromArchive', () => {
  it('has the slices that are stored, with the voxels of merged labels summed', async () => {
    const labelled = await labelledFromArchive(archive, [b, empty, a], map);
    expect(labelled.volumes).toEqual([
      { id: 'a', patient: 'p1', firstRow: 0, rowCount: 4, spacingMm: 3 },
      { id: 'b', patient: 'b', firstRow: 4, rowCount: 5, spacingMm: 3 },
    ]);
    // The first slice of "a" is air; that of "b" too, but it has a label.
    expect([...labelled.sliceIndex]).toEqual([1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(labelled.classes).toEqual(['kidney', 'liver']);
    expect([...labelled.voxels]).toEqual([...[1, 2, 3, 0, 0, 0, 0, 0], ...[0, 1, 0, 0, 0, 0, 0, 0, 1, 3]]);
    expect(labelled.leftOut).toEqual([{ id: 'empty', reason: 'empty mask' }]);
    expect(labelled.labelsWithoutClass).toEqual(['cyst']);
    const stored = await archive.loadSlices(await archive.volumes("id IN ('a', 'b')"));
    expect(labelled.dimension).toBe(8);
    expect(labelled.embeddings).toEqual(stored.embeddings);
  });

  it('says the same of every slice as the masks do', async () => {
    const labelled = await labelledFromArchive(archive, [other], map);
    const { counts } = await new LabelCounts(join(folder, 'cache')).of(other);
    expect([...labelled.sliceIndex].map((slice, row) => [labelled.voxels[2 * row + 1], slice])).toEqual(
      [...labelled.sliceIndex].map((slice) => [counts.get('liver')![slice], slice]),
    );
  });

  it('names the labels that occur in some volumes', async () => {
    expect(await archiveLabels(archive, [b, empty])).toEqual(['kidney_right', 'liver']);
  });

  it('refuses volumes that are not in the archive, and nothing but empty masks', async () => {
    await expect(labelledFromArchive(archive, [a, { ...a, id: 'new' }], map)).rejects.toMatchObject({
      code: 'VOLUME_UNKNOWN',
      reason: '1 volumes are not in the archive: new',
    });
    await expect(labelledFromArchive(archive, [empty], map)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });
});

describe('datasetContentHash', () => {
  const dataset = (database: VolumeEntry[], queries: VolumeEntry[]) => ({
    path: 'cohort.csv',
    database: { split: 'database', entries: database, leftOut: [] },
    queries: { split: 'query', entries: queries, leftOut: [] },
  });

  it('is the same from the files and from what an archive knows of them', async () => {
    const hash = await datasetContentHash(dataset([a, b], [other]));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const known = new Map((await archive.volumes()).map((volume) => [volume.id, volume.contentHash]));
    const elsewhere = (entry: VolumeEntry) => ({ ...entry, image: 'gone.nii', mask: 'gone-mask.nii' });
    const moved = dataset([a, b].map(elsewhere), [elsewhere(other)]);
    expect(await datasetContentHash(moved, known)).toBe(hash);
  });

  it('changes with the side, the id, the patient, the image and the mask of a volume', async () => {
    const hashes = await Promise.all(
      [
        dataset([a, b], [other]),
        dataset([a], [b, other]),
        dataset([a, { ...b, id: 'b2' }], [other]),
        dataset([{ ...a, patient: 'p9' }, b], [other]),
        dataset([{ ...a, image: empty.image }, b], [other]),
        dataset([{ ...a, mask: empty.mask! }, b], [other]),
        dataset([{ ...a, image: join(folder, 'not-there.nii') }, b], [other]),
      ].map((variant) => datasetContentHash(variant)),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('refuses the same scan on both sides', async () => {
    await expect(datasetContentHash(dataset([a, b], [{ ...a, id: 'again' }]))).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      reason: 'the volume "a" of the database and the volume "again" of the queries are the same scan',
    });
  });
});
