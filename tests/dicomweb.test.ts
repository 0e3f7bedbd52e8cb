import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Archive } from '../src/archive/archive.js';
import { openArchivedImage, openArchivedMask } from '../src/archive/archived-image.js';
import { filesBelow } from './archive-fixtures.js';
import { startVoxseek, voxseek } from './command.js';
import { segmentationBytes } from './dicom-masks.js';
import { errorOf } from './error-of.js';
import { documentedFields, jsonFields } from './json-fields.js';
import { describeWithOrthanc, Orthanc } from './orthanc.js';
import { type Relay, startRelay } from './relay.js';
import { type SmallSeries, smallSeries, smallSeriesSize } from './small-series.js';

let folder: string;
let archive: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxseek-dicomweb-'));
  archive = join(folder, 'archive');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function volumesOf(path: string) {
  const opened = await Archive.open(path);
  try {
    return await opened.volumes();
  } finally {
    await opened.close();
  }
}

const retrieval = /^GET \/dicom-web\/studies\/[\d.]+\/series\/([\d.]+)$/;
/** UIDs of the series that were fetched whole, as the relay saw it. */
const fetchedSeries = ({ requests }: Relay) =>
  requests.flatMap((request) => retrieval.exec(request)?.[1] ?? []);

describeWithOrthanc('a DICOMweb server: Orthanc', () => {
  let orthanc: Orthanc;
  let relay: Relay;
  /** What is done to requests on their way. */
  let interfere: Parameters<typeof startRelay>[1];
  let root: string;
  beforeEach(async () => {
    orthanc = await Orthanc.start();
    interfere = undefined;
    relay = await startRelay(orthanc.port, (request, answer) => interfere?.(request, answer) ?? false);
    root = `${relay.origin}/dicom-web`;
  });
  afterEach(async () => {
    await relay.close();
    await orthanc.stop();
  });

  const addSeries = async (count: number): Promise<SmallSeries[]> => {
    const series = Array.from({ length: count }, (_, i) => smallSeries(i));
    for (const { files } of series) await orthanc.add(files);
    return series;
  };

  it('gives 20 series, then the one that is new, and nothing twice', async () => {
    const series = await addSeries(20);
    const first = await voxseek('ingest', archive, '--dicomweb', root, '--json');
    expect(first).toMatchObject({ code: 0 });
    const report = JSON.parse(first.stdout);
    expect(report.outcomes.added).toBe(20);
    expect(report.server).toMatchObject({ studies: 20, fetchedSeries: 20, unchangedSeries: 0 });
    const page = await readFile(fileURLToPath(new URL('../docs/dicomweb.md', import.meta.url)), 'utf8');
    expect(documentedFields(page).sort()).toEqual(jsonFields({ server: report.server }).sort());
    const uids = series.map((one) => one.series).sort();
    expect(fetchedSeries(relay).sort()).toEqual(uids);

    relay.requests.length = 0;
    const again = await voxseek('ingest', archive, '--dicomweb', root);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('20 studies on the server: 20 series unchanged, 0 fetched');
    expect(fetchedSeries(relay)).toEqual([]);

    const another = smallSeries(100);
    await orthanc.add(another.files);
    relay.requests.length = 0;
    const third = await voxseek('ingest', archive, '--dicomweb', root);
    expect(third.stdout).toContain('20 series unchanged, 1 fetched');
    expect(fetchedSeries(relay)).toEqual([another.series]);

    const volumes = await volumesOf(archive);
    expect(volumes.map(({ id }) => id).sort()).toEqual([...uids, another.series].sort());
    const { rows, columns, slices } = smallSeriesSize;
    for (const { size, imagePath, id, dicom } of volumes) {
      expect(size).toEqual([columns, rows, slices]);
      expect(imagePath).toBe(`${root}/studies/${dicom!.studyUid}/series/${id}`);
    }
    const seen = [first, again, third].map(({ stdout, stderr }) => stdout + stderr).join();
    expect(seen).not.toMatch(/secret/i);
    for (const file of filesBelow(archive)) {
      expect((await readFile(join(archive, file))).includes('SECRET'), file).toBe(false);
    }
  });

  it('takes only what the query matches', async () => {
    const old = smallSeries(1, { attributes: { StudyDate: '20191231' } });
    const recent = smallSeries(2);
    await orthanc.add([...old.files, ...recent.files]);
    await voxseek(
      'ingest',
      archive,
      '--dicomweb',
      root,
      '--query',
      'ModalitiesInStudy=CT&StudyDate=20240101-',
    );
    expect((await volumesOf(archive)).map(({ id }) => id)).toEqual([recent.series]);
    await voxseek('ingest', archive, '--dicomweb', root, '--series', old.series);
    expect(await volumesOf(archive)).toHaveLength(2);
    expect(fetchedSeries(relay)).toEqual([recent.series, old.series]);
  });

  it('may stop in the middle: what came stays, and the same command goes on', async () => {
    const series = await addSeries(20);
    let retrievals = 0;
    interfere = async ({ method, url }) => {
      if (retrieval.test(`${method} ${url}`) && ++retrievals === 8) await orthanc.kill();
      return false;
    };
    const cut = await voxseek('ingest', archive, '--dicomweb', root, '--parallel', '2');
    expect(cut.code).toBe(69);
    expect(cut.stderr).toContain('PACS_UNREACHABLE');
    expect(cut.stderr).not.toContain('INTERNAL');
    const before = await volumesOf(archive);
    expect(before.length).toBeGreaterThanOrEqual(5);
    expect(before.length).toBeLessThan(8);

    interfere = undefined;
    await orthanc.restart();
    relay.requests.length = 0;
    const rest = await voxseek('ingest', archive, '--dicomweb', root, '--parallel', '2');
    expect(rest).toMatchObject({ code: 0 });
    expect(fetchedSeries(relay)).toHaveLength(20 - before.length);
    expect((await volumesOf(archive)).map(({ id }) => id).sort()).toEqual(
      series.map((one) => one.series).sort(),
    );
  });

  it('may lose a connection in the middle of a series', async () => {
    await addSeries(3);
    let retrievals = 0;
    interfere = ({ method, url }, answer) => {
      const isFirst = retrieval.test(`${method} ${url}`) && ++retrievals === 1;
      if (isFirst)
        answer.writeHead(200, { 'content-type': 'multipart/related; boundary=x' }).write('--x\r\n');
      if (isFirst) setTimeout(() => answer.destroy(), 50);
      return isFirst;
    };
    expect(await voxseek('ingest', archive, '--dicomweb', root)).toMatchObject({ code: 0 });
    expect(await volumesOf(archive)).toHaveLength(3);
    expect(fetchedSeries(relay)).toHaveLength(4);
  });

  it('may send one series broken: it is told, and the others come', async () => {
    const series = await addSeries(3);
    const bad = series[1]!.series;
    interfere = ({ url }, answer) => {
      const isBad = url!.endsWith(bad);
      if (isBad) {
        answer
          .writeHead(200, { 'content-type': 'multipart/related; boundary=x' })
          .end('--x\r\nContent-Length: 2\r\n\r\nabc\r\n--x--');
      }
      return isBad;
    };
    const { code, stdout } = await voxseek('ingest', archive, '--dicomweb', root);
    expect(code).toBe(2);
    expect(stdout).toMatch(new RegExp(`${bad}  PACS_ANSWER_INVALID`));
    expect(await volumesOf(archive)).toHaveLength(2);
  });

  it('is looked at again and again with --watch, until that is stopped', async () => {
    await addSeries(2);
    const watching = startVoxseek('ingest', archive, '--dicomweb', root, '--watch', '0.01');
    await watching.printed(/2 added/);
    await watching.printed(/2 series unchanged, 0 fetched/);
    await orthanc.add(smallSeries(50).files);
    await watching.printed(/2 series unchanged, 1 fetched/);
    await watching.printed(/3 series unchanged, 0 fetched/);
    watching.kill('SIGINT');
    const { code, stdout } = await watching.result;
    expect([0, 130]).toContain(code);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}2 studies on the server/);
    expect(await volumesOf(archive)).toHaveLength(3);
  });

  it('gives masks with their series, also those that come later', async () => {
    const drawn = smallSeries(1);
    await orthanc.add(drawn.files);
    await voxseek('ingest', archive, '--dicomweb', root);
    expect((await volumesOf(archive))[0]!.labels).toEqual([]);

    await orthanc.add([
      segmentationBytes({
        labels: ['liver'],
        rows: 48,
        columns: 40,
        series: drawn.series,
        planes: [4, 5].map((slice) => ({
          position: [-20, -24, 3 * slice],
          segment: 1,
          pixels: Array.from({ length: 48 * 40 }, (_, i) => (i % 40 < 3 ? 1 : 0)),
        })),
        attributes: { StudyInstanceUID: drawn.study, FrameOfReferenceUID: drawn.frameOfReference },
      }),
    ]);
    const { stdout } = await voxseek('ingest', archive, '--dicomweb', root);
    expect(stdout).toContain('1 replaced');
    const [record] = await volumesOf(archive);
    expect(record!.labels).toEqual(['liver']);
    // And both come again from the server, when they are needed.
    expect(await openArchivedMask(record!)).toMatchObject({ kind: 'dicom' });
    const image = await (await openArchivedImage(record!)).read();
    expect(image.size).toEqual([40, 48, 8]);
    const cropped = await voxseek(
      'search',
      archive,
      drawn.series,
      '--label',
      'liver',
      '--crop',
      '--exclude',
      'none',
    );
    expect(cropped).toMatchObject({ code: 0 });
    const fetched = await voxseek(
      ...['search', archive, '--dicomweb', root, '--series', drawn.series, '--label', 'liver', '--json'],
    );
    expect(JSON.parse(fetched.stdout).query).toMatchObject({ mode: 'region', slices: [4, 5] });
  });

  it('gives the series that is searched with, and takes the report', async () => {
    const [query, ...others] = await addSeries(4);
    await voxseek('ingest', archive, '--dicomweb', root);
    const instances = await orthanc.countInstances();
    const report = join(folder, 'answer.dcm');
    const { code, stdout, stderr } = await voxseek(
      ...['search', archive, '--dicomweb', root, '--series', query!.series, '--json'],
      ...['--sr', report, '--store-sr'],
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Stored as ') });
    const { study, series, images } = query!;
    const answer = JSON.parse(stdout);
    expect(answer.query).toMatchObject({ study, series, sopInstances: images });
    expect(answer.hits).toHaveLength(1 + others.length);
    expect(answer.hits[0]).toMatchObject({ volume: series, study, series });
    expect(answer.hits[0].matches.map((match: { sopInstance: string }) => match.sopInstance)).toEqual(images);
    expect(await orthanc.countInstances()).toBe(instances + 1);
    const uid = /Stored as ([\d.]+)/.exec(stderr)![1]!;
    const stored = await fetch(`${orthanc.root}/studies/${query!.study}/instances?SOPInstanceUID=${uid}`);
    const [object] = (await stored.json()) as Record<string, { Value: unknown[] }>[];
    expect(object!['00080060']!.Value).toEqual(['SR']);
    expect(stdout + stderr).not.toMatch(/secret/i);

    const unknown = await voxseek('search', archive, '--dicomweb', root, '--series', '1.2.3');
    expect(unknown.code).toBe(66);
    expect(unknown.stderr).toContain('SERIES_UNKNOWN');
  });
});

describeWithOrthanc('an Orthanc that asks who is there', () => {
  const user = { name: 'reader', password: 'correct horse' };
  let orthanc: Orthanc;
  let series: SmallSeries;
  const environment = { ...process.env };
  beforeAll(async () => {
    orthanc = await Orthanc.start(user);
    series = smallSeries(1);
    await orthanc.add(series.files);
  });
  afterAll(() => orthanc.stop());
  afterEach(() => {
    for (const name of ['URL', 'USER', 'PASSWORD', 'TOKEN'].map((end) => `VOXSEEK_DICOMWEB_${end}`)) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
  });

  it('refuses nobody and a wrong password; no archive is made', async () => {
    const nobody = await voxseek('ingest', archive, '--dicomweb', orthanc.root);
    expect(nobody.code).toBe(77);
    expect(nobody.stderr).toContain('PACS_REFUSED');
    process.env.VOXSEEK_DICOMWEB_PASSWORD = 'battery staple';
    const wrong = await voxseek('ingest', archive, '--dicomweb', orthanc.root, '--dicomweb-user', user.name);
    expect(wrong.code).toBe(77);
    expect(wrong.stderr).toContain('PACS_REFUSED');
    expect(wrong.stdout + wrong.stderr).not.toMatch(/battery|reader/);
    expect(existsSync(archive)).toBe(false);
  });

  it('gives all to whoever it knows, by environment or by file', async () => {
    process.env.VOXSEEK_DICOMWEB_PASSWORD = user.password;
    const known = await voxseek('ingest', archive, '--dicomweb', orthanc.root, '--dicomweb-user', user.name);
    expect(known).toMatchObject({ code: 0 });
    const [record] = await volumesOf(archive);
    expect(record!.imagePath).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/dicom-web\/studies/);
    for (const file of filesBelow(archive)) {
      expect((await readFile(join(archive, file))).includes(user.password), file).toBe(false);
    }

    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, `${user.password}\n`);
    delete process.env.VOXSEEK_DICOMWEB_PASSWORD;
    const byFile = await voxseek(
      ...['search', archive, '--dicomweb', orthanc.root, '--series', series.series],
      ...['--dicomweb-user', user.name, '--dicomweb-password-file', passwordFile],
      ...['--figure', join(folder, 'figure.png')],
    );
    expect(byFile).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'figure.png'))).toBe(true);
  });

  it('gives an archived volume again only where the environment names it', async () => {
    process.env.VOXSEEK_DICOMWEB_USER = user.name;
    process.env.VOXSEEK_DICOMWEB_PASSWORD = user.password;
    await voxseek('ingest', archive, '--dicomweb', orthanc.root);
    const [record] = await volumesOf(archive);
    // An archive may name any server: credentials are not for it to give away.
    expect((await errorOf(openArchivedImage(record!))).code).toBe('PACS_REFUSED');
    process.env.VOXSEEK_DICOMWEB_URL = `${orthanc.root}/`;
    expect((await (await openArchivedImage(record!)).read()).size).toEqual([40, 48, 8]);
  });
});

describe('what is no DICOMweb server', () => {
  it('is told of a web page', async () => {
    const page = await startRelay(0, (_, answer) => {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<title>Viewer</title>');
      return true;
    });
    const { code, stderr } = await voxseek('ingest', archive, '--dicomweb', `${page.origin}/viewer`);
    await page.close();
    expect(code).toBe(76);
    expect(stderr).toContain(`PACS_ANSWER_INVALID ${page.origin}/viewer/studies: answers with a web page`);
    expect(existsSync(archive)).toBe(false);
  });

  it('is told of something that never answers', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const { port } = silent.address() as AddressInfo;
    const { code, stderr } = await voxseek(
      ...['ingest', archive, '--dicomweb', `http://127.0.0.1:${port}`, '--dicomweb-timeout', '0.05'],
    );
    silent.close();
    expect(code).toBe(69);
    expect(stderr).toContain('no byte came for 0.05 s (tried 3 times)');
  });
});
