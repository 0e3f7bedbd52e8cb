import { createHmac } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyEncoder, tinyManifest, writeTinyVolumes } from '../../tests/archive-fixtures.js';
import { segmentationBytes } from '../../tests/dicom-masks.js';
import {
  along,
  ctImage,
  type Dataset,
  enhancedDataset,
  type SeriesFixture,
  seriesDatasets,
  writeSeries,
} from '../../tests/dicom-series.js';
import { errorOf } from '../../tests/error-of.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { findVolumes } from '../volume/collection.js';
import { imageOf } from '../volume/image-source.js';
import { readStructure } from '../volume/mask.js';
import type { Plane } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { Archive } from './archive.js';
import { openArchivedImage, openArchivedMask } from './archived-image.js';
import { type IngestOptions, type IngestProgress, ingest } from './ingest.js';
import type { VolumeRecord } from './records.js';

const folder = temporaryFolder();
let folders = 0;

function newFolder(): string {
  const path = join(folder, `folder-${folders++}`);
  mkdirSync(path);
  return path;
}

async function newArchive(plane: Plane = 'axial'): Promise<Archive> {
  return Archive.openOrCreate(
    join(folder, `archive-${folders++}`),
    tinyManifest({ slicing: { plane, everyMm: null } }),
  );
}

/** A series in a folder of its own, as a person would have it. */
function seriesFolder(fixture: SeriesFixture): { path: string; datasets: Dataset[] } {
  const path = newFolder();
  const datasets = seriesDatasets(fixture);
  writeSeries(path, datasets, (index) => `IM${index}`);
  return { path, datasets };
}

async function ingested(
  path: string,
  { archive, ...options }: IngestOptions & { archive?: Archive } = {},
): Promise<{ archive: Archive; record: VolumeRecord; entry: VolumeEntry }> {
  const into = archive ?? (await newArchive());
  const [entry] = await findVolumes(path);
  const { failures } = await ingest(into, tinyEncoder(), [entry!], options);
  expect(failures).toEqual([]);
  return { archive: into, record: await into.volume(entry!.id), entry: entry! };
}

const heightOf = ({ ImagePositionPatient }: Dataset) => Number((ImagePositionPatient as string[])[2]);

describe('a DICOM series in the archive', () => {
  it('keeps its identity, the names of its files, and the image of every slice', async () => {
    const { path, datasets } = seriesFolder({ positions: along(5), study: '2.25.77' });
    const { archive, record } = await ingested(path);
    expect(record).toMatchObject({
      id: datasets[0]!.SeriesInstanceUID,
      modality: 'CT',
      region: 'chest',
      imagePath: path,
      size: [4, 3, 5],
    });
    expect(record.dicom).toEqual({
      studyUid: '2.25.77',
      seriesUid: datasets[0]!.SeriesInstanceUID,
      frameOfReferenceUid: '2.25.22',
      sopClassUid: ctImage,
      bodyPart: 'CHEST',
      geometry: null,
      instanceCount: 5,
      sourceFiles: ['IM0', 'IM1', 'IM2', 'IM3', 'IM4'],
      maskFiles: null,
    });
    const slices = await archive.sliceRecords(record);
    expect(slices.map(({ positionMm, dicomImage }) => [positionMm, dicomImage])).toEqual(
      datasets.map((dataset) => [
        heightOf(dataset),
        { sopInstanceUid: dataset.SOPInstanceUID, frameNumber: null },
      ]),
    );
    await archive.close();
  });

  it('names no images for slices of a plane that was not acquired', async () => {
    const { path } = seriesFolder({ positions: along(5), columns: 6, rows: 6 });
    const { archive, record } = await ingested(path, { archive: await newArchive('sagittal') });
    const slices = await archive.sliceRecords(record);
    expect(slices.length).toBeGreaterThan(0);
    expect(slices.every((slice) => slice.dicomImage === null)).toBe(true);
    await archive.close();
  });

  it('counts the frames of an object with several images from 1', async () => {
    const path = newFolder();
    const dataset = enhancedDataset(
      [4, 0, 2, -2].map((height) => ({ position: [0, 0, height], echoTime: 30, value: 100 + height })),
    );
    writeSeries(path, [dataset]);
    // The lowest one is the darkest, and counts as air.
    const { archive, record } = await ingested(path);
    const slices = await archive.sliceRecords(record);
    expect(slices.map(({ positionMm, dicomImage }) => [positionMm, dicomImage?.frameNumber])).toEqual([
      [0, 2],
      [2, 3],
      [4, 1],
    ]);
    expect(new Set(slices.map((slice) => slice.dicomImage?.sopInstanceUid))).toEqual(
      new Set([dataset.SOPInstanceUID]),
    );
    expect(record.dicom).toMatchObject({ instanceCount: 1, sourceFiles: ['.'] });
    const again = await (await openArchivedImage(record)).read();
    expect(again.size).toEqual(record.size);
    await archive.close();
  });

  it('says what was corrected, and names the nearest image of an interpolated slice', async () => {
    const positions = along(6).filter((_, k) => k !== 2);
    const { path, datasets } = seriesFolder({ positions });
    const { archive, record } = await ingested(path);
    expect(record.dicom?.geometry).toBe('1 missing slice interpolated');
    expect(record.size[2]).toBe(6);
    const slices = await archive.sliceRecords(record);
    const uidAt = (height: number) => datasets.find((one) => heightOf(one) === height)?.SOPInstanceUID;
    const named = slices.map(({ dicomImage }) => dicomImage?.sopInstanceUid);
    expect([...named.slice(0, 2), ...named.slice(3)]).toEqual([0, 2, 6, 8, 10].map(uidAt));
    expect([uidAt(2), uidAt(6)]).toContain(named[2]);
    await archive.close();
  });

  it('is refused with its gaps where that is asked for, and reported with them', async () => {
    const { path } = seriesFolder({ positions: along(6).filter((_, k) => k !== 2) });
    const archive = await newArchive();
    const entries = await findVolumes(path, { irregular: 'refuse' });
    const report = await ingest(archive, tinyEncoder(), entries);
    expect(report.failures).toMatchObject([{ code: 'SERIES_IRREGULAR' }]);
    expect(report.series).toMatchObject([
      { outcome: 'failed', correction: null, geometry: { sliceCount: 5, gaps: [{ after: 1, missing: 1 }] } },
    ]);
    await archive.close();
  });

  it('is not read again when it is there, and follows its files where they move', async () => {
    const { path } = seriesFolder({ positions: along(5).filter((_, k) => k !== 2) });
    const { archive, record } = await ingested(path);
    const outcomeOf = async (place: string) =>
      (await ingest(archive, tinyEncoder(), await findVolumes(place))).series[0];
    expect(await outcomeOf(path)).toMatchObject({
      outcome: 'unchanged',
      correction: '1 missing slice interpolated',
    });
    const moved = `${path}-moved`;
    renameSync(path, moved);
    renameSync(join(moved, 'IM0'), join(moved, 'A'));
    const error = await errorOf(openArchivedImage(record));
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', subject: expect.stringContaining(path) });
    expect((await outcomeOf(moved))?.outcome).toBe('updated');
    const found = await archive.volume(record.id);
    expect(found).toEqual({
      ...record,
      imagePath: moved,
      dicom: { ...record.dicom, sourceFiles: ['A', 'IM1', 'IM2', 'IM3'] },
    });
    expect((await (await openArchivedImage(found)).read()).size).toEqual([4, 3, 5]);
    await archive.close();
  });
});

describe('an archived series is opened again', () => {
  it('as it was ingested, whatever else lies beside it by now', async () => {
    const { path, datasets } = seriesFolder({ positions: along(5).filter((_, k) => k !== 2) });
    const { archive, record, entry } = await ingested(path);
    // The missing slice arrives late.
    const [late] = seriesDatasets({
      positions: [[-10, -20, 4]],
      series: String(datasets[0]!.SeriesInstanceUID),
      value: () => 3000,
    });
    writeSeries(path, [late!], () => 'LATE');
    const source = await openArchivedImage(record);
    expect(source.location).toBe(path);
    expect(await source.hash()).toBe(record.imageHash);
    const volume = await source.read();
    const { data, size, affine } = await imageOf(entry).read();
    expect(volume).toMatchObject({ data, size, affine });
    expect(Math.max(...volume.data)).toBeLessThan(3000);
    await archive.close();
  });

  it('but not where its files hold another one', async () => {
    const { path } = seriesFolder({ positions: along(4) });
    const { archive, record } = await ingested(path);
    rmSync(path, { recursive: true });
    mkdirSync(path);
    writeSeries(path, seriesDatasets({ positions: along(4) }), (index) => `IM${index}`);
    expect(await errorOf(openArchivedImage(record))).toMatchObject({
      code: 'VOLUME_CORRUPT',
      subject: path,
    });
    await archive.close();
  });

  it('but not where paths were left out', async () => {
    const { path } = seriesFolder({ positions: along(4) });
    const { archive, record } = await ingested(path, { keepPaths: false });
    expect(record).toMatchObject({
      imagePath: '',
      dicom: { sourceFiles: null, maskFiles: null, instanceCount: 4 },
    });
    expect(await errorOf(openArchivedImage(record))).toMatchObject({ code: 'FILE_NOT_FOUND' });
    await archive.close();
  });
});

describe('the patient of a DICOM series', () => {
  const keyOf = (archive: Archive) =>
    Buffer.from(readFileSync(join(archive.folder, 'patient.key'), 'utf8').trim(), 'hex');
  const patientOf = async (archive: Archive, attributes: Dataset, options: IngestOptions = {}) => {
    const { path } = seriesFolder({ positions: along(3), attributes });
    return (await ingested(path, { archive, ...options })).record.patient;
  };

  it('is a keyed hash, which keeps the volumes of a patient together', async () => {
    const archive = await newArchive();
    const first = await patientOf(archive, { PatientID: 'PAT-1' });
    expect(first).toBe(createHmac('sha256', keyOf(archive)).update('PAT-1\0').digest('hex').slice(0, 16));
    expect(await patientOf(archive, { PatientID: 'PAT-1 ', PatientName: 'Other^Spelling' })).toBe(first);
    const others = [
      await patientOf(archive, { PatientID: 'PAT-2' }),
      await patientOf(archive, { PatientID: 'PAT-1', IssuerOfPatientID: 'ELSEWHERE' }),
      await patientOf(await newArchive(), { PatientID: 'PAT-1' }),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
    await archive.close();
  });

  it('is not known where the ID is empty, and needs no key then', async () => {
    const archive = await newArchive();
    expect(await patientOf(archive, { PatientID: '' })).toBeNull();
    expect(existsSync(join(archive.folder, 'patient.key'))).toBe(false);
    await archive.close();
  });

  it('is the ID itself where that is asked for', async () => {
    const archive = await newArchive();
    expect(await patientOf(archive, { PatientID: 'PAT-1' }, { keepIdentifiers: true })).toBe('PAT-1');
    expect(existsSync(join(archive.folder, 'patient.key'))).toBe(false);
    await archive.close();
  });

  it('is the same in archives that share a key; a wrong key stops the run', async () => {
    const patientKeyFile = join(folder, 'shared.key');
    writeFileSync(patientKeyFile, 'ab'.repeat(32));
    const [a, b] = [await newArchive(), await newArchive()];
    const name = await patientOf(a, { PatientID: 'PAT-1' }, { patientKeyFile });
    expect(await patientOf(b, { PatientID: 'PAT-1' }, { patientKeyFile })).toBe(name);
    const { path } = seriesFolder({ positions: along(3) });
    const error = await errorOf(ingest(a, tinyEncoder(), await findVolumes(path)));
    expect(error).toMatchObject({ code: 'USAGE', subject: a.folder });
    for (const archive of [a, b]) await archive.close();
  });
});

describe('segmentations beside a series', () => {
  const series = '2.25.991';
  const segmentation = (label: string, attributes: Dataset = {}) =>
    segmentationBytes({
      labels: [label],
      rows: 3,
      columns: 4,
      planes: [2, 4].map((height) => ({
        position: [-10, -20, height] as const,
        segment: 1,
        pixels: [1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      })),
      spacing: [0.5, 0.75],
      series,
      attributes: { FrameOfReferenceUID: '2.25.22', StudyInstanceUID: '2.25.21', ...attributes },
    });

  it('become the labels of its slices, and can be read again', async () => {
    const { path } = seriesFolder({ positions: along(5), series });
    mkdirSync(join(path, 'masks'));
    writeFileSync(join(path, 'masks', 'SEG1'), segmentation('Liver'));
    const { archive, record } = await ingested(path);
    expect(record.labels).toEqual(['Liver']);
    expect(record.dicom?.maskFiles).toEqual(['masks/SEG1']);
    const slices = await archive.sliceRecords(record);
    expect(slices.map(({ labelVoxels }) => labelVoxels.get('Liver') ?? 0)).toEqual([0, 3, 3, 0, 0]);
    const mask = await openArchivedMask(record);
    const inside = await readStructure(mask!, 'Liver', record);
    expect(inside.reduce((sum, voxel) => sum + voxel)).toBe(6);
    await archive.close();
  });

  it('that are broken do not keep it from the archive: a warning names them', async () => {
    const { path } = seriesFolder({ positions: along(5), series });
    writeFileSync(join(path, 'SEG1'), segmentation('Liver'));
    writeFileSync(join(path, 'SEG2'), segmentation('Spleen', { SegmentationType: 'CURSED' }));
    const archive = await newArchive();
    const run = async () => ingest(archive, tinyEncoder(), await findVolumes(path));
    const report = await run();
    expect(report).toMatchObject({ outcomes: { added: 1 }, failures: [] });
    expect(report.warnings).toHaveLength(1);
    expect(report.warnings[0]).toMatchObject({ id: series });
    expect(report.warnings[0]!.message).toContain(join(path, 'SEG2'));
    const record = await archive.volume(series);
    expect(record.labels).toEqual(['Liver']);
    expect(record.dicom?.maskFiles).toEqual(['SEG1']);
    expect((await run()).outcomes.unchanged).toBe(1);
    await archive.close();
  });
});

describe('copies of one series', () => {
  it('that are whole count as one', async () => {
    const { path } = seriesFolder({ positions: along(4) });
    const copy = newFolder();
    cpSync(path, copy, { recursive: true });
    const archive = await newArchive();
    const entries = [...(await findVolumes(path)), ...(await findVolumes(copy))];
    const report = await ingest(archive, tinyEncoder(), entries);
    expect(report).toMatchObject({ outcomes: { added: 1, duplicate: 1 }, failures: [] });
    expect((await archive.volumes()).map(({ imagePath }) => imagePath)).toEqual([path]);
    await archive.close();
  });

  it('of which one lacks images are told apart: the first one stays', async () => {
    const { path } = seriesFolder({ positions: along(4) });
    const part = newFolder();
    cpSync(path, part, { recursive: true });
    rmSync(join(part, 'IM3'));
    const archive = await newArchive();
    const entries = [...(await findVolumes(path)), ...(await findVolumes(part))];
    const report = await ingest(archive, tinyEncoder(), entries);
    expect(report).toMatchObject({ outcomes: { added: 1, failed: 1 } });
    expect(report.failures).toMatchObject([{ code: 'COHORT_INVALID', image: part }]);
    expect((await archive.volumes())[0]).toMatchObject({ imagePath: path, size: [4, 3, 4] });
    await archive.close();
  });
});

describe('volumes that come one by one', () => {
  async function* oneByOne(entries: readonly VolumeEntry[], onNext?: (index: number) => void) {
    for (const [index, entry] of entries.entries()) {
      onNext?.(index);
      yield entry;
    }
  }

  it('are stored as they come, whether or not their number is known', async () => {
    const entries = await writeTinyVolumes(folder, 'stream', 3);
    for (const [total, expected] of [
      [undefined, [1, 2, 3]],
      [3, [3, 3, 3]],
    ] as const) {
      const archive = await newArchive();
      const progress: IngestProgress[] = [];
      const before: number[] = [];
      const stored = async () => void before.push((await archive.volumes()).length);
      const pending: Promise<void>[] = [];
      const report = await ingest(
        archive,
        tinyEncoder(),
        oneByOne(entries, () => void pending.push(stored())),
        { ...(total !== undefined && { total }), onProgress: (step) => void progress.push(step) },
      );
      await Promise.all(pending);
      expect(report).toMatchObject({ volumes: 3, outcomes: { added: 3 }, interrupted: false });
      expect(progress.map((step) => step.total)).toEqual(expected);
      expect(before).toEqual([0, 1, 2]);
      await archive.close();
    }
  });

  it('stay where their source breaks off', async () => {
    const entries = await writeTinyVolumes(folder, 'broken', 3);
    const archive = await newArchive();
    const source = oneByOne(entries, (index) => {
      if (index === 2) throw new RangeError('gone');
    });
    await expect(ingest(archive, tinyEncoder(), source)).rejects.toThrow('gone');
    expect((await archive.volumes()).map(({ id }) => id)).toEqual(['broken00', 'broken01']);
    await archive.close();
  });

  it('are not asked for any more when the run is stopped', async () => {
    const entries = await writeTinyVolumes(folder, 'stopped', 4);
    const archive = await newArchive();
    const controller = new AbortController();
    let [asked, isReturned] = [0, false];
    const source = (async function* () {
      try {
        yield* oneByOne(entries, () => void asked++);
      } finally {
        isReturned = true;
      }
    })();
    const report = await ingest(archive, tinyEncoder(), source, {
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    expect(report).toMatchObject({ interrupted: true, outcomes: { added: 2 } });
    expect([asked, isReturned]).toEqual([3, true]);
    await archive.close();
  });
});
