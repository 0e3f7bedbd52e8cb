import { mkdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Archive } from '../../archive/archive.js';
import { fromWriteError, VoxseekError } from '../../errors.js';
import { version } from '../../version.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { ClassMap } from '../class-maps/class-map.js';
import { detailed } from '../class-maps/detailed.js';
import { resolveClassMap } from '../class-maps/resolve-class-map.js';
import { annotatedNames, withAnnotations } from '../dataset/annotations.js';
import { type CaseLabels, readCaseLabels } from '../dataset/case-labels.js';
import { datasetContentHash } from '../dataset/content-hash.js';
import { LabelCounts } from '../dataset/label-counts.js';
import type { LabelledSource } from '../dataset/labelled-source.js';
import { type BenchmarkDataset, openDataset } from '../dataset/open-dataset.js';
import type { GalleryEntry } from '../report/input.js';
import { writeReport } from '../report/write.js';
import { readResults, writeResults } from '../results/results-file.js';
import { type Results, resultsVersion } from '../results/schema.js';
import { compareAll, type Measured } from './comparisons.js';
import { drawGallery } from './gallery.js';
import { classesThatAreLabels, GalleryQueries } from './gallery-queries.js';
import { Measurement } from './measurement.js';
import { type BenchmarkRequest, parameters, seeds } from './request.js';
import { encodeVolumes, openMatrix, type VectorSource } from './vector-source.js';

/**
 * Runs a benchmark: encodes what is not in the cache, asks all queries of every encoder, index and class map,
 * and writes results.json, tables, TREC runs and qrels, report.md and report.html.
 *
 * @returns the results and the path of results.json.
 * @throws VoxseekError INTERRUPTED, USAGE, and those of openDataset, readCaseLabels, resolveClassMap, openEncoder
 *   and ingest
 */
export async function runBenchmark(request: BenchmarkRequest): Promise<{ results: Results; path: string }> {
  if (request.encoders.length + request.embeddings.length === 0) {
    throw new VoxseekError('USAGE', 'there is neither an encoder nor a matrix of embeddings', {
      subject: 'bench',
    });
  }
  const dataset = await openDataset(request.dataset, {
    ...(request.databaseSplit !== undefined && { database: request.databaseSplit }),
    ...(request.querySplit !== undefined && { queries: request.querySplit }),
    ...(request.splits !== undefined && { splits: request.splits }),
  });
  const caseLabels = await caseLabelsOf(dataset, request.caseLabels ?? []);
  const out = resolve(request.out);
  await mkdir(join(out, 'cache'), { recursive: true }).catch((error: unknown) => {
    throw fromWriteError(error, request.out);
  });
  await removeEarlier(out);
  const labelCounts = new LabelCounts(join(out, 'cache', 'labels'));
  const measurement = new Measurement(out, request, caseLabels);
  const leftOut = new Map(
    [...dataset.database.leftOut, ...dataset.queries.leftOut].map((v) => [v.id, v.reason as string]),
  );
  let facts: DatasetFacts | undefined;
  let gallery: GalleryEntry[] | undefined;
  for (const open of openers(request, dataset, labelCounts, join(out, 'cache'))) {
    const started = performance.now();
    const source = await open();
    measurement.addTiming(`embeddings of ${source.facts.name}`, started);
    try {
      for (const { id, reason } of source.leftOut) leftOut.set(id, reason);
      const entries = [...dataset.database.entries, ...dataset.queries.entries];
      const labels = await source.labelsOf(entries);
      const names = [...new Set([...labels, ...annotatedNames(entries)])];
      const asked = await source.labelsOf(dataset.queries.entries);
      for (const spec of request.classMaps ?? usualClassMaps(asked)) {
        const classMap = await resolveClassMap(spec, labels);
        const sideOf = async (side: readonly VolumeEntry[]) =>
          withAnnotations(await source.labelled(side, classMap), side, classMap, names);
        const database = await sideOf(dataset.database.entries);
        const queries = await sideOf(dataset.queries.entries);
        for (const { id, reason } of [...database.leftOut, ...queries.leftOut]) leftOut.set(id, reason);
        facts ??= {
          database: sizeOf(database),
          queries: sizeOf(queries),
          contentHashes: source.contentHashes,
        };
        const chosen =
          source.archive && gallery === undefined
            ? galleryQueries(request, classMap, labels, database, queries)
            : undefined;
        await measurement.measure(source.facts, classMap, database, queries, (answer) => chosen?.add(answer));
        if (source.archive && chosen) gallery = await galleryOf(request, source.archive, chosen);
      }
      await measurement.closeIndexes();
    } finally {
      await source.close();
    }
  }
  const results = await assemble(request, dataset, facts!, leftOut, measurement, caseLabels);
  const path = await writeResults(out, results);
  await writeReport(out, results, {
    regionSizes: measurement.regionSizes,
    ...(gallery && { gallery }),
  });
  return { results, path };
}

async function caseLabelsOf(dataset: BenchmarkDataset, paths: readonly string[]): Promise<CaseLabels[]> {
  const ids = (side: 'database' | 'queries') => dataset[side].entries.map(({ id }) => id);
  const all = await readCaseLabels(paths, [...ids('database'), ...ids('queries')]);
  for (const [position, { labelOf }] of all.entries()) {
    for (const side of ['database', 'queries'] as const) {
      if (ids(side).some((id) => labelOf.has(id))) continue;
      throw new VoxseekError('COHORT_INVALID', `no volume of the ${side} has a case label`, {
        subject: paths[position]!,
        advice: 'The names of the labels are those of the volumes, with or without .nii.gz.',
      });
    }
  }
  return all;
}

/** What an earlier benchmark wrote into the folder; whatever else is called so there is not touched. */
async function removeEarlier(out: string): Promise<void> {
  const isOurs = await readResults(join(out, 'results.json')).then(
    () => true,
    () => false,
  );
  if (!isOurs) return;
  // results.json first: without it nobody takes the rest for whole.
  for (const name of ['results.json', 'report.md', 'report.html', 'tables', 'runs', 'qrels']) {
    await rm(join(out, name), { recursive: true, force: true });
  }
}

/** One function for each source, in the order of the request, so that only one is in memory at a time. */
function* openers(
  request: BenchmarkRequest,
  dataset: BenchmarkDataset,
  labelCounts: LabelCounts,
  cache: string,
): Generator<() => Promise<VectorSource>> {
  const entries: VolumeEntry[] = [...dataset.database.entries, ...dataset.queries.entries];
  const { onProgress, onWarning, signal } = request;
  for (const encoder of request.encoders) {
    const task = `Encoding with ${basename(encoder.encoder)}`;
    yield () =>
      encodeVolumes(encoder, cache, entries, {
        ...(onProgress && {
          onProgress: ({ done, total, slices }) => onProgress({ task, done, total, slices }),
        }),
        ...(onWarning && { onWarning }),
        ...(signal && { signal }),
        ...(request.device !== undefined && { device: request.device }),
      });
  }
  for (const { name, ...files } of request.embeddings) {
    yield () => openMatrix(name, files, labelCounts, onWarning);
  }
}

const galleryRankings = ['late-interaction', 'late-interaction-all'] as const;
/** Of the best and of the worst. */
const galleryPictures = 3;

/** @returns undefined where nothing of this can be drawn: the figure shows late interaction for one label. */
function galleryQueries(
  { rankings, indexes, minVoxels = 1 }: BenchmarkRequest,
  classMap: ClassMap,
  labels: readonly string[],
  database: LabelledSource,
  queries: LabelledSource,
): GalleryQueries | undefined {
  const ranking = galleryRankings.find((candidate) => rankings.includes(candidate));
  const classes = classesThatAreLabels(classMap, labels);
  if (ranking === undefined || classes.length === 0 || !indexes.includes('flat')) return undefined;
  return new GalleryQueries({ database, queries, minVoxels, ranking, classes });
}

async function galleryOf(
  { minVoxels = 1, onProgress, signal }: BenchmarkRequest,
  archive: Archive,
  queries: GalleryQueries,
): Promise<GalleryEntry[] | undefined> {
  const choice = queries.choose(galleryPictures);
  if (choice.best.length + choice.worst.length === 0) return undefined;
  const task = 'Drawing the gallery';
  return drawGallery(archive, choice, {
    minVoxels,
    ...(onProgress && {
      onProgress: (done: number, total: number, slices: number) => onProgress({ task, done, total, slices }),
    }),
    ...(signal && { signal }),
  });
}

/** The paper's two, where most labels of the queries are TotalSegmentator's. */
function usualClassMaps(labels: readonly string[]): readonly string[] {
  const known = labels.filter((label) => detailed.classOf(label) !== undefined).length;
  return known > labels.length / 2 ? ['detailed', 'coarse'] : ['all'];
}

type SideSize = Pick<Results['dataset']['database'], 'volumes' | 'slices' | 'patients'>;

interface DatasetFacts {
  readonly database: SideSize;
  readonly queries: SideSize;
  readonly contentHashes: ReadonlyMap<string, string>;
}

function sizeOf(side: {
  readonly volumes: readonly { readonly patient: string }[];
  readonly sliceIndex: Int32Array;
}): SideSize {
  const patients = new Set(side.volumes.map(({ patient }) => patient)).size;
  return { volumes: side.volumes.length, slices: side.sliceIndex.length, patients };
}

async function assemble(
  request: BenchmarkRequest,
  dataset: BenchmarkDataset,
  facts: DatasetFacts,
  leftOut: ReadonlyMap<string, string>,
  measurement: Measurement,
  caseLabels: readonly CaseLabels[],
): Promise<Results> {
  const measured: readonly Measured[] = measurement.measured;
  const name = request.name ?? dataset.name;
  return {
    format: 'voxseek-benchmark',
    formatVersion: resultsVersion,
    voxseekVersion: version,
    dataset: {
      name,
      identity: name,
      contentHash: await datasetContentHash(dataset, facts.contentHashes),
      database: { split: dataset.database.split, ...facts.database },
      queries: { split: dataset.queries.split, ...facts.queries },
      leftOut: [...leftOut].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, reason]) => ({ id, reason })),
      ...(caseLabels.length > 0 && {
        caseLabels: caseLabels.map((labels) => caseLabelFacts(labels, dataset, leftOut)),
      }),
    },
    classMaps: measurement.classMaps,
    encoders: measurement.encoders,
    indexes: measurement.indexes,
    parameters: { ...parameters, minVoxels: request.minVoxels ?? 1 },
    seeds,
    configurations: measured.map(({ configuration }) => configuration),
    ...(caseLabels.length > 0 && { caseFigures: measurement.caseFigures }),
    comparisons: compareAll(measured, { permutations: parameters.permutations, seed: seeds.permutation }),
    environment: {
      date: new Date().toISOString(),
      machine: request.machine ?? {},
      indexes: measurement.indexTimes,
      timings: measurement.timings,
    },
  };
}

function caseLabelFacts(
  { name, sha256, labelOf, unmatched }: CaseLabels,
  dataset: BenchmarkDataset,
  leftOut: ReadonlyMap<string, string>,
): NonNullable<Results['dataset']['caseLabels']>[number] {
  const present = (side: 'database' | 'queries') =>
    dataset[side].entries.map(({ id }) => id).filter((id) => !leftOut.has(id));
  const labelled = (side: 'database' | 'queries') => present(side).filter((id) => labelOf.has(id)).length;
  return {
    name,
    sha256,
    database: labelled('database'),
    queries: labelled('queries'),
    unlabelled: [...present('database'), ...present('queries')].filter((id) => !labelOf.has(id)).sort(),
    unmatched,
  };
}
