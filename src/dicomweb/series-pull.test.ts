import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { segmentationBytes } from '../../tests/dicom-masks.js';
import { errorOf } from '../../tests/error-of.js';
import { type Relay, startRelay } from '../../tests/relay.js';
import { type SmallSeries, smallSeries } from '../../tests/small-series.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { DicomWebClient } from './client.js';
import type { PullOptions } from './pull-options.js';
import { SeriesLedger } from './series-ledger.js';
import { SeriesPull } from './series-pull.js';

/** A DICOMweb server in memory, whose answers may be spoiled. */
class SmallServer {
  /** Files by series, in studies. */
  readonly studies = new Map<string, Map<string, { modality: string; files: readonly Uint8Array[] }>>();
  /** Answers instead of a whole series where it returns true. */
  spoil: (series: string, answer: ServerResponse) => boolean = () => false;
  /** Instances at the end of each series that do not come, though they are listed. */
  withheld = 0;
  /** By how many the count of instances of each series is too large. */
  miscounted = 0;
  /** A study that nobody may see. */
  hidden: string | undefined;
  /** Answers nothing any more. */
  isDown = false;
  relay!: Relay;

  async start(): Promise<void> {
    this.relay = await startRelay(0, ({ url }, answer) => {
      const { pathname, searchParams } = new URL(url!, 'http://server');
      const [, , study, kind, series, instances] = pathname.split('/');
      if (this.isDown) answer.destroy();
      else if (study !== undefined && study === this.hidden) answer.writeHead(403).end();
      else if (series !== undefined && instances === undefined) this.#sendSeries(study!, series, answer);
      else {
        const list =
          series !== undefined
            ? this.#listInstances(study!, series)
            : kind !== undefined
              ? this.#listSeries(study!)
              : this.#listStudies();
        const page = Number(searchParams.get('offset')) === 0 ? list : [];
        answer.writeHead(200, { 'content-type': 'application/dicom+json' }).end(JSON.stringify(page));
      }
      return true;
    });
  }

  add({ study, series, files }: SmallSeries, modality = 'CT'): void {
    const of = this.studies.get(study) ?? new Map();
    this.studies.set(study, of.set(series, { modality, files }));
  }

  /** UIDs of the series that were asked for as a whole. */
  get fetched(): string[] {
    return this.relay.requests.flatMap((request) => /\/series\/([^?/]+)$/.exec(request)?.[1] ?? []);
  }

  #listStudies() {
    return [...this.studies.keys()].map((uid) => ({ '0020000D': { vr: 'UI', Value: [uid] } }));
  }

  #listSeries(study: string) {
    return [...(this.studies.get(study) ?? [])].map(([uid, { modality, files }]) => ({
      '0020000E': { vr: 'UI', Value: [uid] },
      '00080060': { vr: 'CS', Value: [modality] },
      '00201209': { vr: 'IS', Value: [files.length + this.miscounted] },
    }));
  }

  /** The UIDs are read with dicom-parser. */
  #listInstances(study: string, series: string) {
    return this.studies
      .get(study)!
      .get(series)!
      .files.map((file) => ({
        '00080018': { vr: 'UI', Value: [dicomParser.parseDicom(file).string('x00080018')] },
      }));
  }

  #sendSeries(study: string, series: string, answer: ServerResponse): void {
    if (this.spoil(series, answer)) return;
    answer.writeHead(200, { 'content-type': 'multipart/related; type="application/dicom"; boundary=edge' });
    const { files } = this.studies.get(study)!.get(series)!;
    for (const file of files.slice(0, files.length - this.withheld)) {
      answer.write('--edge\r\nContent-Type: application/dicom\r\n\r\n');
      answer.write(file);
      answer.write('\r\n');
    }
    answer.end('--edge--');
  }
}

let folder: string;
let server: SmallServer;
/** Ids of the volumes that the archive would have. */
let stored: Set<string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxseek-pull-'));
  server = new SmallServer();
  await server.start();
  stored = new Set();
});
afterEach(async () => {
  await server.relay.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a pull as an ingest would: what cannot be read fails, the rest is stored. */
async function pull({ idleMs = 10_000, ...options }: Partial<PullOptions> & { idleMs?: number } = {}) {
  server.relay.requests.length = 0;
  const client = new DicomWebClient(server.relay.origin, { retryDelayMs: 1, idleMs, attempts: 2 });
  const ledger = await SeriesLedger.open(join(folder, 'ledger'), client.root);
  const leftOut: LeftOut[] = [];
  const run = new SeriesPull(client, ledger, {
    irregular: 'resample',
    isStored: (id) => stored.has(id),
    onLeftOut: (one) => leftOut.push(one),
    ...options,
  });
  const entries: VolumeEntry[] = [];
  const failures: string[] = [];
  let error: unknown;
  try {
    for await (const entry of run) {
      entries.push(entry);
      const isRead = await entry.source!.read().then(
        () => true,
        (reason: { code: string }) => {
          failures.push(`${entry.id} ${reason.code}`);
          return false;
        },
      );
      if (isRead) stored.add(entry.id);
      run.settle(entry.id, isRead ? entry.id : undefined);
    }
  } catch (reason) {
    error = reason;
  }
  return { run, entries, failures, leftOut, error, fetched: server.fetched };
}

const someSeries = (count: number) => Array.from({ length: count }, (_, i) => smallSeries(i));
const uids = (series: readonly SmallSeries[]) => series.map((one) => one.series).sort();

describe('a pull', () => {
  it('brings every series once, and later only what is new or has grown', async () => {
    const series = someSeries(6);
    for (const one of series) server.add(one);
    const first = await pull();
    expect(first.entries.map(({ id }) => id).sort()).toEqual(uids(series));
    expect(first.entries[0]!.image).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/studies\/[\d.]+\/series\/[\d.]+$/);
    expect(first.run.facts).toMatchObject({ studies: 6, fetchedSeries: 6, unchangedSeries: 0 });

    expect((await pull()).fetched).toEqual([]);

    const another = smallSeries(100);
    server.add(another);
    const { study, series: grown, files } = series[2]!;
    server.add({ ...series[2]!, files: files.slice(0, -1) });
    const third = await pull();
    expect(third.fetched.sort()).toEqual([another.series, grown].sort());
    expect(third.run.facts).toMatchObject({ studies: 7, fetchedSeries: 2, unchangedSeries: 5 });
    expect(server.studies.get(study)!.size).toBe(1);
  });

  it('brings again what was removed from the archive', async () => {
    const series = someSeries(3);
    for (const one of series) server.add(one);
    await pull();
    stored.delete(series[1]!.series);
    expect((await pull()).fetched).toEqual([series[1]!.series]);
  });

  it('passes over what the archive has from elsewhere, until it changes', async () => {
    const [whole, grown] = someSeries(2);
    server.add(whole!);
    server.add(grown!);
    const archived = new Map([
      [whole!.series, 8],
      [grown!.series, 7],
    ]);
    const { fetched, run } = await pull({ archived });
    expect(fetched).toEqual([grown!.series]);
    expect(run.facts.unchangedSeries).toBe(1);
  });

  it('remembers what is no volume, with the reason told once', async () => {
    const localizer = smallSeries(1, { attributes: { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] } });
    server.add(localizer);
    server.add(smallSeries(2));
    const first = await pull();
    expect(first.entries).toHaveLength(1);
    expect(first.leftOut.map(({ reason }) => reason).join()).toContain('localizer');
    const second = await pull();
    expect(second.fetched).toEqual([]);
    expect(second.leftOut).toEqual([]);
  });

  it('takes no other modalities than CT and MR', async () => {
    server.add(smallSeries(1), 'US');
    server.add(smallSeries(2), 'SR');
    server.add(smallSeries(3), 'SEG');
    expect((await pull()).fetched).toEqual([]);
  });

  it('keeps to its bound on memory, and takes one series that is larger', async () => {
    const series = someSeries(12);
    for (const one of series) server.add(one);
    const sizeOf = (one: SmallSeries) => one.files.reduce((sum, file) => sum + file.length, 0);
    const largest = Math.max(...series.map(sizeOf));
    for (const heldBytes of [1, 2.5 * largest]) {
      stored.clear();
      await rm(join(folder, 'ledger'), { force: true });
      const { entries, run } = await pull({ heldBytes, parallel: 6 });
      expect(entries).toHaveLength(12);
      // The headers of the parts are counted too.
      const mostWithHeaders = (bytes: number) => bytes + 8 * 60 * 6;
      expect(run.facts.mostHeldBytes).toBeLessThan(mostWithHeaders(Math.max(heldBytes, largest)));
    }
  });

  it('ends when it is stopped', async () => {
    for (const one of someSeries(5)) server.add(one);
    server.spoil = () => true;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const { entries, error } = await pull({ signal: controller.signal });
    expect(entries).toEqual([]);
    expect(error).toBeUndefined();
  });

  it('may be left in the middle', async () => {
    for (const one of someSeries(8)) server.add(one);
    const client = new DicomWebClient(server.relay.origin);
    const ledger = await SeriesLedger.open(join(folder, 'ledger'), client.root);
    const run = new SeriesPull(client, ledger, { irregular: 'resample', isStored: () => false, parallel: 2 });
    for await (const entry of run) {
      expect(entry.id).toBeDefined();
      break;
    }
    const asked = server.fetched.length;
    await new Promise((later) => setTimeout(later, 100));
    expect(server.fetched.length).toBe(asked);
  });
});

describe('a series that cannot be had', () => {
  const spoilt: Record<string, (answer: ServerResponse) => void> = {
    'broken multipart': (answer) =>
      answer
        .writeHead(200, { 'content-type': 'multipart/related; boundary=edge' })
        .end('--edge\r\nContent-Length: 3\r\n\r\ntoo long\r\n--edge--'),
    'no DICOM': (answer) =>
      answer
        .writeHead(200, { 'content-type': 'multipart/related; boundary=edge' })
        .end('--edge\r\n\r\nnonsense\r\n--edge--'),
    'broken off': (answer) =>
      answer.writeHead(200, { 'content-type': 'multipart/related; boundary=edge' }).end('--edge\r\n\r\nx'),
    stalls: (answer) =>
      answer.writeHead(200, { 'content-type': 'multipart/related; boundary=edge' }).write('--edge'),
    'not found': (answer) => answer.writeHead(404).end(),
    forbidden: (answer) => answer.writeHead(403).end(),
    'server error': (answer) => answer.writeHead(500).end(),
  };
  const codes: Record<string, string> = {
    'broken multipart': 'PACS_ANSWER_INVALID',
    'no DICOM': 'DICOM_INVALID',
    'broken off': 'PACS_UNREACHABLE',
    stalls: 'PACS_UNREACHABLE',
    'not found': 'SERIES_UNKNOWN',
    forbidden: 'PACS_REFUSED',
    'server error': 'PACS_UNREACHABLE',
  };

  it.each(Object.keys(spoilt))(
    'is told, the others come, and the next run asks for it alone: %s',
    async (how) => {
      const series = someSeries(5);
      for (const one of series) server.add(one);
      const bad = series[3]!.series;
      server.spoil = (asked, answer) => {
        if (asked === bad) spoilt[how]!(answer);
        return asked === bad;
      };
      const { entries, failures, error } = await pull({ idleMs: how === 'stalls' ? 300 : 10_000 });
      expect(error).toBeUndefined();
      expect(entries).toHaveLength(5);
      expect(failures).toEqual([`${bad} ${codes[how]}`]);

      server.spoil = () => false;
      const next = await pull();
      expect(next.fetched).toEqual([bad]);
      expect(next.failures).toEqual([]);
    },
  );

  it('is one that comes without instances that the server lists', async () => {
    const whole = smallSeries(1);
    server.add(whole);
    server.withheld = 2;
    const { failures } = await pull();
    expect(failures).toEqual([`${whole.series} PACS_ANSWER_INVALID`]);
    server.withheld = 0;
    expect((await pull()).failures).toEqual([]);
  });

  it('is not one of which the server counts more instances than it lists', async () => {
    server.add(smallSeries(1));
    server.miscounted = 3;
    const { failures, entries } = await pull();
    expect(failures).toEqual([]);
    expect(entries).toHaveLength(1);
    expect((await pull()).fetched).toEqual([]);
  });

  it('may be all of a study that the server does not list', async () => {
    const [seen, hidden] = someSeries(2);
    server.add(seen!);
    server.add(hidden!);
    server.hidden = hidden!.study;
    const { entries, leftOut } = await pull();
    expect(entries.map(({ id }) => id)).toEqual([seen!.series]);
    expect(leftOut.map(({ path }) => path)).toEqual([`study ${hidden!.study}`]);

    server.studies.delete(seen!.study);
    const { error } = await pull();
    expect((await errorOf(Promise.reject(error))).code).toBe('PACS_REFUSED');
  });

  it('is not asked for again by pulls that share what failed, until it changes', async () => {
    const cut = smallSeries(1, { attributes: { Rows: 500 } });
    server.add(cut);
    const failed = new Map<string, number>();
    const first = await pull({ failed });
    expect(first.failures).toHaveLength(1);
    expect((await pull({ failed })).fetched).toEqual([]);
    expect((await pull()).fetched).toEqual([cut.series]);
    server.add({ ...cut, files: cut.files.slice(1) });
    expect((await pull({ failed })).fetched).toEqual([cut.series]);
  });
});

describe('a server that goes away', () => {
  it('ends the pull, after what has come', async () => {
    for (const one of someSeries(10)) server.add(one);
    let sent = 0;
    server.spoil = () => {
      sent++;
      if (sent > 4) server.isDown = true;
      return false;
    };
    const { entries, error } = await pull({ parallel: 1 });
    expect((await errorOf(Promise.reject(error))).code).toBe('PACS_UNREACHABLE');
    expect(entries.length).toBeGreaterThanOrEqual(4);
    expect(entries.length).toBeLessThan(10);

    server.isDown = false;
    server.spoil = () => false;
    const next = await pull();
    expect(next.error).toBeUndefined();
    expect(next.fetched).toHaveLength(10 - entries.length);
    expect(stored.size).toBe(10);
  });

  it('ends the pull where search works but no series comes', async () => {
    for (const one of someSeries(30)) server.add(one);
    server.spoil = (_, answer) => {
      answer.writeHead(503).end();
      return true;
    };
    const { failures, error } = await pull({ parallel: 1 });
    expect((await errorOf(Promise.reject(error))).code).toBe('PACS_UNREACHABLE');
    expect(failures).toHaveLength(4);
  });
});

describe('masks', () => {
  /** A segmentation of the fifth and sixth image, in the study and frame of reference of a series. */
  const segmentation = (of: SmallSeries, referenced: string): SmallSeries => {
    const planes = [4, 5].map((slice) => ({
      position: [-20, -24, 3 * slice] as const,
      segment: 1,
      pixels: Array.from({ length: 48 * 40 }, (_, i) => (i % 40 < 3 ? 1 : 0)),
    }));
    const series = `${of.series}.9`;
    const file = segmentationBytes({
      labels: ['liver'],
      rows: 48,
      columns: 40,
      planes,
      series: referenced,
      attributes: {
        StudyInstanceUID: of.study,
        SeriesInstanceUID: series,
        FrameOfReferenceUID: of.frameOfReference,
      },
    });
    return { ...of, series, files: [file] };
  };

  it('come with the series that they were drawn on', async () => {
    const drawn = smallSeries(1);
    const other = smallSeries(2, { study: drawn.study });
    server.add(drawn);
    server.add(other);
    server.add(segmentation(drawn, drawn.series), 'SEG');
    const { entries } = await pull();
    const byId = new Map(entries.map((entry) => [entry.id, entry.maskObjects?.length]));
    expect(byId).toEqual(
      new Map([
        [drawn.series, 1],
        [other.series, undefined],
      ]),
    );
    expect((await pull()).fetched).toEqual([]);
  });

  it('that come later bring their series again, and no other', async () => {
    const drawn = smallSeries(1);
    const other = smallSeries(2, { study: drawn.study });
    server.add(drawn);
    server.add(other);
    await pull();
    const mask = segmentation(drawn, drawn.series);
    server.add(mask, 'SEG');
    const { entries, fetched } = await pull();
    expect(fetched).toEqual([mask.series, drawn.series]);
    expect(entries.map(({ id, maskObjects }) => [id, maskObjects?.length])).toEqual([[drawn.series, 1]]);
    expect((await pull()).fetched).toEqual([]);

    // The series grows: the mask that is known has to come with it.
    server.add({ ...drawn, files: drawn.files.slice(1) });
    const third = await pull();
    expect(third.fetched).toEqual([mask.series, drawn.series]);
    expect(third.entries[0]!.maskObjects).toHaveLength(1);
  });

  it('that cannot be had are told, and their series comes without', async () => {
    const drawn = smallSeries(1);
    const mask = segmentation(drawn, drawn.series);
    server.add(drawn);
    server.add(mask, 'SEG');
    server.spoil = (asked, answer) => {
      if (asked === mask.series) answer.writeHead(500).end();
      return asked === mask.series;
    };
    const { entries, leftOut } = await pull();
    expect(entries.map(({ id, maskObjects }) => [id, maskObjects])).toEqual([[drawn.series, undefined]]);
    expect(leftOut.map(({ path }) => path)).toEqual([`series ${mask.series}`]);

    server.spoil = () => false;
    expect((await pull()).entries[0]!.maskObjects).toHaveLength(1);
  });
});
