/**
 * How well the box of a structure is found in another patient's scan, over an archive of scans with masks: every
 * structure of every volume asks, in five folds over patients; late interaction names the volume of the other folds
 * that answers, among those with the structure. Reported is the mean intersection over union, in 3D, of the box with
 * the true one in that volume, by structure. Rivals: the whole body within the localized range, and the same place
 * in the picture. Run from the root of the repository, with the folder of an archive (a benchmark leaves one in its
 * cache) and the split to look at, on which nothing else is reported:
 *
 *     node --import tsx benchmarks/locate-box.ts results/cache/descriptor-v1-.../ database
 *
 * Prints its report and writes benchmarks/results/locate-box.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BodyOutliner } from '../src/answer/body-outline.js';
import { localize } from '../src/answer/localize.js';
import { locateBox, type ReadableVolume } from '../src/answer/locate-box.js';
import { type FrameBox, PictureFrame } from '../src/answer/picture-frame.js';
import { Archive } from '../src/archive/archive.js';
import { openArchivedImage, openArchivedMask } from '../src/archive/archived-image.js';
import type { VolumeRecord } from '../src/archive/records.js';
import { boxOverlap } from '../src/benchmark/metrics/box-overlap.js';
import { meanOverClasses } from '../src/benchmark/metrics/mean-over-classes.js';
import { byScore, matchVolumes } from '../src/rerank/late-interaction.js';
import { type PatientBox, type Region, structureRegion } from '../src/retrieval/region.js';
import { readStructure } from '../src/volume/mask.js';
import { extractSlice, sliceSpacing } from '../src/volume/slice.js';
import { machine } from './machine.js';

const folds = 5;
/** As elsewhere for ranges. */
const sufficient = 0.5;

interface Scan extends ReadableVolume {
  readonly record: VolumeRecord;
  readonly fold: number;
  readonly regions: ReadonlyMap<string, Region>;
}

const [folder, split] = process.argv.slice(2);
if (folder === undefined || split === undefined) throw new Error('usage: locate-box.ts ARCHIVE SPLIT');
const archive = await Archive.open(folder);
const { plane } = archive.manifest.slicing;

const records = (await archive.volumes()).filter(
  (record) => record.split === split && record.labels.length > 0,
);
const patientOf = (record: VolumeRecord) => record.patient ?? record.id;
const patients = [...new Set(records.map(patientOf))].sort();
const scans = new Map<string, Scan>();
for (const record of records) {
  const volume = await (await openArchivedImage(record)).read();
  const mask = await openArchivedMask(record);
  const regions = new Map<string, Region>();
  for (const label of record.labels) {
    const inside = await readStructure(mask!, label, volume);
    regions.set(label, structureRegion(volume, plane, inside, 1, record.id));
  }
  const intensity = { modality: record.modality, percentiles: record.percentiles };
  scans.set(record.id, {
    record,
    fold: patients.indexOf(patientOf(record)) % folds,
    volume,
    intensity,
    regions,
  });
}

/** What every rival is told. */
interface Question {
  readonly query: Scan & { readonly region: Region };
  readonly hit: Scan & { readonly range: { readonly from: number; readonly to: number } };
}

const outliner = new BodyOutliner();

/** The box around the ellipses of the body in the slices of the range. */
function bodyBox({ hit }: Question): PatientBox {
  const frame = new PictureFrame(hit.volume, plane);
  const edges = { x: [] as number[], y: [] as number[] };
  for (let index = hit.range.from; index <= hit.range.to; index++) {
    const outline = outliner.outline(extractSlice(hit.volume, plane, index), hit.intensity);
    if (outline === undefined) continue;
    edges.x.push(outline.centreX - outline.halfX, outline.centreX + outline.halfX);
    edges.y.push(outline.centreY - outline.halfY, outline.centreY + outline.halfY);
  }
  const around = (values: readonly number[], whole: FrameBox['x']) =>
    values.length === 0 ? whole : ([Math.min(...values), Math.max(...values)] as const);
  const z = frame.slab(hit.range.from, hit.range.to);
  return frame.toPatient({ x: around(edges.x, frame.extent.x), y: around(edges.y, frame.extent.y), z });
}

const methods: Readonly<Record<string, (question: Question) => PatientBox>> = {
  'whole body in the range': bodyBox,
  'same place in the picture': ({ query, hit }) => {
    const frame = new PictureFrame(hit.volume, plane);
    const box = new PictureFrame(query.volume, plane).boxOf(query.region);
    return frame.toPatient({ ...box, z: frame.slab(hit.range.from, hit.range.to) });
  },
  locateBox: ({ query, hit }) => locateBox(query, hit, plane),
  // What is lost across the slices: the range is the true one.
  'locateBox, true range': ({ query, hit }) => {
    const { indices } = hit.regions.get(labelOf(query))!;
    return locateBox(query, { ...hit, range: { from: indices[0]!, to: indices.at(-1)! } }, plane);
  },
};

function labelOf({ regions, region }: Question['query']): string {
  return [...regions].find(([, candidate]) => candidate === region)![0];
}

const stored = await archive.loadSlices(records);
const labels = [...new Set(records.flatMap((record) => record.labels))].sort();
const overlaps = new Map(
  Object.keys(methods).map((name) => [name, new Map(labels.map((label) => [label, [] as number[]]))]),
);
let milliseconds = 0;
let questions = 0;
for (const { volume: record, firstRow, rowCount } of stored.volumes) {
  const query = scans.get(record.id)!;
  for (const [label, region] of query.regions) {
    const wanted = new Set(region.indices);
    const rows = Array.from({ length: rowCount }, (_, row) => firstRow + row).filter((row) =>
      wanted.has(stored.sliceIndex[row]!),
    );
    const embeddings = new Float32Array(rows.length * stored.dimension);
    for (const [place, row] of rows.entries()) {
      const from = row * stored.dimension;
      embeddings.set(stored.embeddings.subarray(from, from + stored.dimension), place * stored.dimension);
    }
    const others = [...stored.volumes.keys()].filter((volume) => {
      const other = scans.get(stored.volumes[volume]!.volume.id)!;
      return other.fold !== query.fold && other.regions.has(label);
    });
    const [best] = (await matchVolumes(stored, embeddings, others)).sort(byScore);
    if (best === undefined) continue;
    const spacing = sliceSpacing(query.volume, plane);
    const extentMm = (region.indices.at(-1)! - region.indices[0]! + 1) * spacing;
    const range = await localize(stored, best.volume, embeddings, extentMm, plane);
    const hit = scans.get(stored.volumes[best.volume]!.volume.id)!;
    const frame = new PictureFrame(hit.volume, plane);
    const truth = frame.toPatient(frame.boxOf(hit.regions.get(label)!));
    questions++;
    for (const [name, method] of Object.entries(methods)) {
      const started = performance.now();
      const box = method({ query: { ...query, region }, hit: { ...hit, range } });
      if (name === 'locateBox') milliseconds += performance.now() - started;
      overlaps.get(name)!.get(label)!.push(boxOverlap(box, truth));
    }
  }
}
await archive.close();

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const asked = labels.filter((label) => overlaps.get('locateBox')!.get(label)!.length > 0);
const report = {
  machine: machine(),
  encoder: archive.manifest.encoder.name,
  split,
  folds,
  volumes: records.length,
  patients: patients.length,
  questions,
  locateBoxMs: Number((milliseconds / questions).toFixed(1)),
  methods: Object.fromEntries(
    [...overlaps].map(([name, byLabel]) => {
      const means = asked.map((label) => mean(byLabel.get(label)!));
      const halves = asked.map((label) =>
        mean(byLabel.get(label)!.map((overlap) => Number(overlap >= sufficient))),
      );
      const overall = meanOverClasses(means)!;
      const digits = (value: number) => Number(value.toFixed(3));
      return [
        name,
        {
          mean: digits(overall.mean),
          std: digits(overall.std),
          atLeastHalf: digits(mean(halves)),
          labels: Object.fromEntries(
            asked.map((label, i) => [
              label,
              {
                questions: byLabel.get(label)!.length,
                mean: digits(means[i]!),
                atLeastHalf: digits(halves[i]!),
              },
            ]),
          ),
        },
      ];
    }),
  ),
};
for (const [name, figures] of Object.entries(report.methods)) {
  console.log(`${name}: ${figures.mean} +- ${figures.std}, ${figures.atLeastHalf} at least ${sufficient}`);
  for (const [label, { questions: count, mean: value }] of Object.entries(figures.labels)) {
    console.log(`    ${label} (${count}): ${value}`);
  }
}
console.log(`${questions} questions, ${report.locateBoxMs} ms for a box`);
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
writeFileSync(join(results, 'locate-box.json'), `${JSON.stringify(report, null, 2)}\n`);
