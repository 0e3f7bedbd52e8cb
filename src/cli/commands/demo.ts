import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Answer, Hit } from '../../answer/answer.js';
import { writeFigure } from '../../answer/figure/figure.js';
import { SearchEngine } from '../../answer/search-engine.js';
import type { Archive } from '../../archive/archive.js';
import { openForIngest } from '../../archive/archive-encoder.js';
import { ingest } from '../../archive/ingest.js';
import type { Encoder } from '../../encoder/encoder.js';
import { fromSystemError, VoxseekError } from '../../errors.js';
import { findVolumes } from '../../volume/collection.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { portNumber } from '../arguments.js';
import { onInterruption } from '../interruption.js';
import { formatDuration, Progress } from '../progress.js';
import { serveUntilInterrupted } from '../serve-until-interrupted.js';
import { style } from '../style.js';
import { formatTable } from '../table.js';
import { makePhantoms } from './phantom.js';

const volumes = 24;
const seed = 7;
const organ = 'liver';

export function demoCommand(): Command {
  return new Command('demo')
    .description('Try Voxseek: make digital phantoms, ingest them, search, and open the viewer on them.')
    .option('--dir <dir>', 'folder for what the demo makes; it is used again the next time', 'voxseek-demo')
    .option('--port <number>', 'port of the viewer (default: 7700, or any free one)', portNumber)
    .option('--no-serve', 'end after the searches, without the viewer')
    .addHelpText('after', '\nExample:\n  voxseek demo --dir /tmp/voxseek-demo')
    .action(async ({ dir, port, serve }: { dir: string; port?: number; serve: boolean }) => {
      const archive = await runDemo(resolve(dir));
      if (serve) await serveDemo(archive, port);
    });
}

/** Somebody who tries Voxseek twice at the same time sees two viewers. */
async function serveDemo(archive: string, port: number | undefined): Promise<void> {
  try {
    await serveUntilInterrupted(
      archive,
      { thumbnailsAhead: true, ...(port !== undefined && { port }) },
      false,
    );
  } catch (error) {
    const isTaken = error instanceof VoxseekError && error.code === 'ADDRESS_IN_USE';
    if (!isTaken || port !== undefined) throw error;
    await serveUntilInterrupted(archive, { thumbnailsAhead: true, port: 0 }, false);
  }
}

/** @returns folder of the archive. */
async function runDemo(folder: string): Promise<string> {
  const started = performance.now();
  const entries = await findVolumes(await phantomsIn(folder));
  const { archive, encoder } = await openForIngest(join(folder, 'archive'));
  const engine = new SearchEngine(archive, encoder);
  try {
    await ingestTraining(archive, encoder, entries);
    const queries = entries.filter((entry) => entry.split === 'test');
    await showSimilarVolumes(engine, queries);
    await showOrgan(archive, engine, queries, join(folder, `${organ}.png`));
  } finally {
    await engine.close();
    await archive.close();
  }
  print(`\nDone in ${formatDuration((performance.now() - started) / 1000)}. Now with your own scans:\n`);
  print('  voxseek ingest my-archive path/to/scans');
  print('  voxseek search my-archive path/to/scan.nii.gz --figure answer.png');
  print('  voxseek serve my-archive');
  return archive.folder;
}

/** The phantoms of an earlier demo, or new ones; half of a set is never taken for a whole. */
async function phantomsIn(folder: string): Promise<string> {
  const phantoms = join(folder, 'phantoms');
  if (existsSync(phantoms)) return phantoms;
  const draft = join(folder, 'phantoms.unfinished');
  try {
    await mkdir(folder, { recursive: true });
    await rm(draft, { recursive: true, force: true });
  } catch (error) {
    throw fromSystemError(error, folder);
  }
  await makePhantoms(draft, volumes, seed);
  await rename(draft, phantoms);
  return phantoms;
}

async function ingestTraining(
  archive: Archive,
  encoder: Encoder,
  entries: readonly VolumeEntry[],
): Promise<void> {
  const training = entries.filter((entry) => entry.split === 'train');
  const progress = new Progress('Ingesting', training.length, 'slices');
  const interruption = onInterruption((line) => progress.say(line));
  try {
    const report = await ingest(archive, encoder, training, {
      signal: interruption.signal,
      onProgress: ({ id, done, total, slices }) => progress.step(done, total, slices, id),
    });
    if (report.interrupted) {
      throw new VoxseekError('INTERRUPTED', 'the demo was stopped', { subject: archive.folder });
    }
  } finally {
    progress.end();
    interruption.dispose();
  }
}

async function showSimilarVolumes(engine: SearchEngine, queries: readonly VolumeEntry[]): Promise<void> {
  const rows: { query: VolumeEntry; best: Hit; milliseconds: number }[] = [];
  for (const query of queries) {
    const { hits, timings } = await engine.search({ query: query.image, k: 1 });
    rows.push({ query, best: hits[0]!, milliseconds: timings.total });
  }
  print('\nPhantoms that are not in the archive, each with the most similar one that is:\n');
  print(
    formatTable<(typeof rows)[number]>(
      [
        { title: 'QUERY', value: ({ query }) => query.id },
        { title: 'SHOWS', value: ({ query }) => query.region ?? '' },
        { title: 'FOUND', value: ({ best }) => best.volume.id },
        { title: 'SHOWS', value: ({ best }) => best.volume.region ?? '' },
        { title: 'MEAN SIM.', value: ({ best }) => best.meanSimilarity.toFixed(3), align: 'right' },
        { title: 'MS', value: ({ milliseconds }) => String(Math.round(milliseconds)), align: 'right' },
      ],
      rows,
    ),
  );
}

/** Looks for one organ of the first query that has it, and tells how far the ranges found are right. */
async function showOrgan(
  archive: Archive,
  engine: SearchEngine,
  queries: readonly VolumeEntry[],
  figure: string,
): Promise<void> {
  const found = await searchOrgan(engine, queries);
  if (found === undefined) return;
  const { query, answer } = found;
  const rows = await Promise.all(
    answer.hits.map(async (hit) => ({ hit, truth: await extentOf(archive, hit) })),
  );
  print(`\nWhere the ${organ} of ${query.id} is in the most similar volumes, by look alone:\n`);
  const range = (from: number, to: number) => `${Math.round(from)} to ${Math.round(to)} mm`;
  print(
    formatTable<(typeof rows)[number]>(
      [
        { title: 'VOLUME', value: ({ hit }) => hit.volume.id },
        { title: 'SHOWS', value: ({ hit }) => hit.volume.region ?? '' },
        { title: 'FOUND AT', value: ({ hit }) => range(hit.range.fromMm, hit.range.toMm) },
        { title: `ITS MASK SAYS`, value: ({ truth }) => (truth ? range(...truth) : `no ${organ} in it`) },
      ],
      rows,
    ),
  );
  await writeFigure(figure, answer);
  print(`\nThe picture of this search: ${style('bold', figure)}`);
}

async function searchOrgan(
  engine: SearchEngine,
  queries: readonly VolumeEntry[],
): Promise<{ query: VolumeEntry; answer: Answer } | undefined> {
  for (const query of queries) {
    if (query.mask === undefined) continue;
    try {
      const answer = await engine.search({ query: query.image, mask: query.mask, label: organ, k: 3 });
      return { query, answer };
    } catch (error) {
      // Not every field of view has every organ.
      if (!(error instanceof VoxseekError) || error.code !== 'REGION_EMPTY') throw error;
    }
  }
  return undefined;
}

/** First and last position of the organ in an archived volume, in the order of its slices; RAS+ mm. */
async function extentOf(archive: Archive, { volume }: Hit): Promise<[number, number] | undefined> {
  const slices = (await archive.sliceRecords(volume)).filter((slice) => slice.labelVoxels.has(organ));
  return slices.length === 0 ? undefined : [slices[0]!.positionMm, slices.at(-1)!.positionMm];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
