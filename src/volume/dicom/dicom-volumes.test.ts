import { copyFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dicomFile, newUid, segmentationBytes } from '../../../tests/dicom-masks.js';
import { along, type Dataset, seriesDatasets, writeSeries } from '../../../tests/dicom-series.js';
import { errorOf } from '../../../tests/error-of.js';
import { niftiBytes, temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { findVolumes } from '../collection.js';
import { imageOf } from '../image-source.js';
import type { VolumeEntry } from '../volume-entry.js';
import type { DicomOptions } from './dicom-volumes.js';

const root = temporaryFolder();

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function ct(series: string, attributes: Dataset = {}): Dataset[] {
  return seriesDatasets({ series, positions: along(3), attributes });
}

async function find(input: string, options: DicomOptions = {}) {
  const leftOut: string[] = [];
  const entries = await findVolumes(input, {
    ...options,
    onLeftOut: ({ path, reason }) => leftOut.push(`${basename(path)}: ${reason}`),
  });
  return { ids: entries.map(({ id }) => id), entries, leftOut };
}

/** A DICOMDIR as far as it matters here: told by its media storage class. */
function dicomdirBytes(): Uint8Array {
  return dicomFile({ SOPClassUID: '1.2.840.10008.1.3.10', SOPInstanceUID: newUid(), FileSetID: 'DISC' });
}

describe('DICOM in findVolumes', () => {
  it('finds series at any depth, of any name, among other files', async () => {
    const path = folder('mixed');
    writeSeries(join(path, 'DATA/PAT0/ST0'), ct('2.25.5'), (k) => `SE0/IM${k}`);
    writeSeries(join(path, 'DATA/PAT0/ST0'), ct('2.25.6'), (k) => `SE${k}/IM1.ima`);
    writeFixture(path, 'README.TXT', 'Viewer: start it');
    writeFixture(path, 'scan.nii', niftiBytes({ size: [2, 2, 2] }));
    writeFixture(path, 'DICOMDIR', dicomdirBytes());
    const { entries, leftOut } = await find(path);
    expect(entries).toMatchObject([
      { id: 'scan', image: join(path, 'scan.nii') },
      { id: '2.25.5', image: join(path, 'DATA/PAT0/ST0/SE0'), modality: 'CT', region: 'chest' },
      { id: '2.25.6', image: join(path, 'DATA/PAT0/ST0'), modality: 'CT', region: 'chest' },
    ]);
    expect(leftOut).toEqual([]);
    const volume = await imageOf(entries[1]!).read();
    expect(volume.size).toEqual([4, 3, 3]);
    expect(entries[1]!.source!.location).toBe(join(path, 'DATA/PAT0/ST0/SE0'));
    expect(JSON.stringify(entries.map(({ id, image, patient }) => [id, image, patient]))).not.toMatch(
      /secret/i,
    );
  });

  it('knows a copy that was shuffled and renamed as the same scan', async () => {
    const path = folder('original');
    const files = writeSeries(path, ct('2.25.5'));
    const copy = folder('copy');
    files.forEach((file, k) => {
      copyFileSync(file, join(copy, `${(k * 7 + 3) % 10}_renamed`));
    });
    const [one] = (await find(path)).entries;
    const [other] = (await find(copy)).entries;
    expect(other!.id).toBe(one!.id);
    expect(await imageOf(other!).hash()).toBe(await imageOf(one!).hash());
    expect((await imageOf(other!).read()).data).toEqual((await imageOf(one!).read()).data);
    const different = folder('different');
    writeSeries(different, ct('2.25.5'));
    expect(await imageOf((await find(different)).entries[0]!).hash()).not.toBe(await imageOf(one!).hash());
  });

  it('counts copies of files within a folder as duplicates', async () => {
    const path = folder('doubled');
    const datasets = ct('2.25.5');
    writeSeries(path, [...datasets, ...datasets]);
    const { entries } = await find(path);
    expect(entries.map(({ dicom }) => dicom!.geometry)).toMatchObject([
      { sliceCount: 3, duplicatePositions: 3 },
    ]);
  });

  describe('given one file', () => {
    const path = folder('file');
    const [first] = writeSeries(path, ct('2.25.5'), (k) => `a${k}.dcm`);
    const [other] = writeSeries(path, ct('2.25.6'), (k) => `b${k}`);
    const disc = writeFixture(path, 'DICOMDIR', dicomdirBytes());

    it('means the series of it', async () => {
      expect((await find(first!)).ids).toEqual(['2.25.5']);
      expect((await find(other!)).ids).toEqual(['2.25.6']);
    });

    it('means the whole folder for a DICOMDIR', async () => {
      expect((await find(disc)).ids).toEqual(['2.25.5', '2.25.6']);
    });
  });

  it('says what a segmentation given as the input is', async () => {
    const path = folder('mask-alone');
    const planes = [{ position: [0, 0, 0] as const, segment: 1, pixels: [1] }];
    const file = writeFixture(
      path,
      'seg',
      segmentationBytes({ labels: ['liver'], rows: 1, columns: 1, planes }),
    );
    expect(await errorOf(findVolumes(file))).toMatchObject({
      code: 'SERIES_UNUSABLE',
      subject: file,
      reason: 'SEG is no image: it is drawn on one',
    });
  });

  describe('with a series', () => {
    const path = folder('series');
    const echo = (time: string) => ct('2.25.5', { Modality: 'MR', EchoTime: time });
    writeSeries(path, [...echo('10'), ...echo('80'), ...ct('2.25.6')]);
    writeSeries(path, ct('2.25.7', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }), (k) => `l${k}`);
    writeFixture(path, 'scan.nii', niftiBytes({ size: [2, 2, 2] }));

    it('gives its stacks, or the one that is named', async () => {
      expect((await find(path, { series: '2.25.5' })).ids).toEqual(['2.25.5#echo-10', '2.25.5#echo-80']);
      expect((await find(path, { series: '2.25.5#echo-80' })).ids).toEqual(['2.25.5#echo-80']);
      expect((await find(path, { series: '2.25.6' })).leftOut).toEqual([]);
    });

    it('names those there are where it is none of them', async () => {
      expect(await errorOf(findVolumes(path, { series: '2.25.8' }))).toMatchObject({
        code: 'SERIES_UNKNOWN',
        subject: path,
        advice: 'The volumes there are: 2.25.5#echo-10, 2.25.5#echo-80, 2.25.6.',
      });
    });

    it('says why it is no volume', async () => {
      expect(await errorOf(findVolumes(path, { series: '2.25.7' }))).toMatchObject({
        code: 'SERIES_UNUSABLE',
        reason: 'series 2.25.7, 3 images: a localizer',
      });
    });
  });

  it('takes the option of what becomes of gaps to the reading', async () => {
    const path = folder('gap');
    const positions = along(5).filter((_, k) => k !== 2);
    writeSeries(path, seriesDatasets({ series: '2.25.5', positions }));
    const read = async (options: DicomOptions) => imageOf((await find(path, options)).entries[0]!).read();
    expect((await read({})).size[2]).toBe(5);
    expect(await errorOf(read({ irregular: 'refuse' }))).toMatchObject({ code: 'SERIES_IRREGULAR' });
  });

  it('tells of files that are broken, and of the gap that they leave', async () => {
    const path = folder('broken');
    const files = writeSeries(path, seriesDatasets({ series: '2.25.5', positions: along(5) }));
    truncateSync(files[2]!, 500);
    writeFixture(path, 'empty.dcm', '');
    const { entries, leftOut } = await find(path);
    expect(leftOut).toEqual([
      expect.stringMatching(/^2\.dcm: is truncated/),
      expect.stringMatching(/^empty\.dcm: is no DICOM file/),
    ]);
    expect(entries[0]!.dicom!.geometry.gaps).toEqual([{ after: 1, missing: 1 }]);
  });

  it('fails to read a series whose pixels are truncated, with the file', async () => {
    const path = folder('truncated');
    const files = writeSeries(path, ct('2.25.5'));
    truncateSync(files[1]!, statSync(files[1]!).size - 4);
    const [entry] = (await find(path)).entries;
    expect(entry!.dicom!.geometry.sliceCount).toBe(3);
    expect(await errorOf(imageOf(entry!).read())).toMatchObject({ code: 'DICOM_INVALID', subject: files[1] });
  });

  it('gives a volume the segmentations that were drawn on it, and tells of others', async () => {
    const path = folder('masks');
    writeSeries(path, [...ct('2.25.5'), ...ct('2.25.6')]);
    const mask = (series: string) =>
      segmentationBytes({
        labels: ['liver'],
        rows: 3,
        columns: 4,
        series,
        planes: [{ position: [-10, -20, 0], segment: 1, pixels: new Array(12).fill(1) }],
      });
    writeFixture(path, 'seg.dcm', mask('2.25.6'));
    writeFixture(path, 'lost.dcm', mask('2.25.7'));
    const { entries, leftOut } = await find(path);
    const files = ({ maskObjects }: VolumeEntry) => maskObjects?.map(({ bytes }) => basename(bytes.name));
    expect(entries.map((entry) => [entry.id, files(entry)])).toEqual([
      ['2.25.5', undefined],
      ['2.25.6', ['seg.dcm']],
    ]);
    expect(leftOut).toEqual(['lost.dcm: SEG: the images that it was drawn on are not among the volumes']);
  });

  it('says why a folder of DICOM files holds no volume', async () => {
    const path = folder('unusable');
    writeSeries(path, ct('2.25.5', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }));
    expect(await errorOf(findVolumes(path))).toMatchObject({
      code: 'INPUT_EMPTY',
      subject: path,
      reason: 'the folder holds no volume: series 2.25.5, 3 images: a localizer',
    });
  });

  it('tells of what is left out by its file, or by the folder of its files', async () => {
    const path = folder('left-out');
    const localizer = ct('2.25.7', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] });
    writeSeries(path, localizer, (k) => `a/s${k}/image`);
    writeSeries(path, [...ct('2.25.5'), ...ct('2.25.6').slice(0, 1)]);
    const paths: string[] = [];
    await findVolumes(path, { onLeftOut: (one) => paths.push(one.path) });
    expect(paths).toEqual([join(path, '3.dcm'), join(path, 'a')]);
  });

  it('stops when it is asked to', async () => {
    const path = folder('stopped');
    writeSeries(path, ct('2.25.5'));
    const signal = AbortSignal.abort();
    expect(await errorOf(findVolumes(path, { signal }))).toMatchObject({ code: 'INTERRUPTED' });
  });
});
