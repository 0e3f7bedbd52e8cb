import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Archive } from '../archive/archive.js';
import { type IngestOptions, type IngestProgress, type IngestReport, ingest } from '../archive/ingest.js';
import type { VolumeRecord } from '../archive/records.js';
import type { DicomWebClient } from '../dicomweb/client.js';
import type { PullFacts, PullOptions } from '../dicomweb/pull-options.js';
import { SeriesLedger } from '../dicomweb/series-ledger.js';
import { SeriesPull } from '../dicomweb/series-pull.js';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { Progress } from './progress.js';
import { style } from './style.js';

/** What one look at the server came to. */
export interface ServerRound {
  readonly report: IngestReport;
  readonly server: PullFacts;
  readonly leftOut: readonly LeftOut[];
  /** What ended it early; what had come before is in the archive. */
  readonly failure: VoxseekError | undefined;
}

export interface ServerIngest {
  readonly archive: Archive;
  readonly encoder: Encoder;
  readonly client: DicomWebClient;
  readonly pull: Pick<PullOptions, 'query' | 'series' | 'irregular' | 'parallel'>;
  readonly ingest: Omit<IngestOptions, 'total' | 'signal' | 'onProgress'>;
  /** Look again every so many minutes, until the signal; undefined: once. */
  readonly watchMinutes: number | undefined;
  readonly signal: AbortSignal;
  /** Told of what is printed while a progress bar is shown. */
  readonly onProgressBar: (say: (line: string) => void) => void;
  readonly onVolume?: (progress: IngestProgress) => void;
  /** Called after each look; what it throws ends the watch. */
  readonly onRound: (round: ServerRound) => void;
}

/** Notes which series of which server are in the archive, beside its tables. */
const ledgerFile = 'dicomweb.jsonl';

/**
 * Brings what is new on a server into an archive, once or again and again.
 *
 * @throws VoxseekError what `ingest` throws, and what `onRound` throws
 */
export async function ingestFromServer(request: ServerIngest): Promise<void> {
  const { watchMinutes, signal, onRound } = request;
  const failed = new Map<string, number>();
  for (;;) {
    onRound(await lookOnce(request, failed));
    if (watchMinutes === undefined || signal.aborted) return;
    await wait(watchMinutes * 60_000, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}

async function lookOnce(request: ServerIngest, failed: Map<string, number>): Promise<ServerRound> {
  const { archive, encoder, client, signal, onVolume } = request;
  const ledger = await SeriesLedger.open(join(archive.folder, ledgerFile), client.root);
  const records = await archive.volumes();
  const stored = new Set(records.map(({ id }) => id));
  const leftOut: LeftOut[] = [];
  const studies = new Progress('Asking for series', 0, 'studies');
  let started = performance.now();
  const pull = new SeriesPull(client, ledger, {
    ...request.pull,
    signal,
    failed,
    isStored: (id) => stored.has(id),
    archived: instancesBySeries(records),
    onLeftOut: (one) => leftOut.push(one),
    onStudy: (done, total) => {
      studies.step(done, total, 1, '');
      started = performance.now();
    },
  });
  let progress: Progress | undefined;
  let failure: VoxseekError | undefined;
  // What came before the server failed is to be finished and told like any other ingest.
  async function* untilFailure(): AsyncGenerator<VolumeEntry, void, undefined> {
    try {
      yield* pull;
    } catch (error) {
      if (!(error instanceof VoxseekError)) throw error;
      failure = error;
    }
  }
  try {
    const report = await ingest(archive, encoder, untilFailure(), {
      ...request.ingest,
      signal,
      onProgress: (step) => {
        const { id, outcome, done, slices, detail } = step;
        pull.settle(id, outcome === 'failed' ? undefined : outcome === 'duplicate' ? detail : id);
        if (progress === undefined) {
          progress = new Progress('Ingesting', pull.expectedVolumes, 'slices', started);
          request.onProgressBar((line) => progress?.say(line));
        }
        if (outcome === 'failed') progress.say(`${style('red', 'failed', process.stderr)} ${id}: ${detail}`);
        onVolume?.(step);
        progress.step(done, pull.expectedVolumes, slices, describeTransfer(pull.facts, started));
      },
    });
    return { report, server: pull.facts, leftOut, failure };
  } finally {
    progress?.end();
  }
}

/** Of all volumes of a series together. */
function instancesBySeries(records: readonly VolumeRecord[]): Map<string, number> {
  const instances = new Map<string, number>();
  for (const { dicom } of records) {
    if (dicom === null) continue;
    instances.set(dicom.seriesUid, (instances.get(dicom.seriesUid) ?? 0) + dicom.instanceCount);
  }
  return instances;
}

/** "1.2 GB, 34.5 MB/s". */
function describeTransfer({ fetchedBytes }: PullFacts, started: number): string {
  const rate = fetchedBytes / 1e6 / ((performance.now() - started) / 1000);
  return `${formatBytes(fetchedBytes)}, ${rate.toFixed(1)} MB/s`;
}

function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** What a look at the server found, one line. */
export function describeServerRound({ server }: ServerRound): string {
  const { studies, unchangedSeries, fetchedSeries, failedSeries, fetchedBytes } = server;
  return [
    `${studies} ${studies === 1 ? 'study' : 'studies'} on the server: ${unchangedSeries} series unchanged`,
    `${fetchedSeries} fetched (${formatBytes(fetchedBytes)})`,
    ...(failedSeries > 0 ? [`${failedSeries} could not be fetched`] : []),
  ].join(', ');
}
