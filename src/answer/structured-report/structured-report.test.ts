import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyEncoder, tinyManifest } from '../../../tests/archive-fixtures.js';
import { describeWithDicomValidators } from '../../../tests/dicom-validators.js';
import { errorOf } from '../../../tests/error-of.js';
import { describeWithPython } from '../../../tests/python.js';
import { type SmallSeries, smallSeries } from '../../../tests/small-series.js';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { Archive } from '../../archive/archive.js';
import { ingest } from '../../archive/ingest.js';
import { findVolumes } from '../../volume/collection.js';
import { writeNifti } from '../../volume/write-nifti.js';
import type { Answer } from '../answer.js';
import { SearchEngine, type SearchRequest } from '../search-engine.js';
import { voxseek } from './codes.js';
import { writeStructuredReport } from './structured-report.js';

const folder = temporaryFolder();
const report = join(folder, 'report.dcm');
/** The query, another series of its study, a series of another patient. */
const query = smallSeries(1, {
  study: '2.25.100',
  attributes: {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: 'Müller^Jürgen=山田^太郎',
    PatientID: 'P-17',
    PatientBirthDate: '19530412',
    PatientSex: 'M',
    StudyID: 'S1',
    StudyTime: '101112',
    AccessionNumber: 'A-9',
    ReferringPhysicianName: 'House^Gregory',
    StudyDescription: 'CT abdomen',
  },
});
const sibling = smallSeries(2, { study: '2.25.100' });
const stranger = smallSeries(3, { study: '2.25.200' });
const fileImage = join(folder, 'scan.nii.gz');

let archive: Archive;
let answer: Answer;

function writeSeries(name: string, { files }: SmallSeries): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [index, file] of files.entries()) writeFixture(path, `${index}`, file);
  return path;
}

async function search(request: SearchRequest): Promise<Answer> {
  return new SearchEngine(archive, tinyEncoder()).search(request);
}

beforeAll(async () => {
  const folders = [
    writeSeries('query', query),
    writeSeries('sibling', sibling),
    writeSeries('stranger', stranger),
  ];
  await writeNifti(fileImage, {
    data: Int16Array.from({ length: 8 * 8 * 4 }, (_, voxel) => (voxel * 37) % 300),
    size: [8, 8, 4],
    spacing: [1, 1, 2],
    affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  });
  archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
  const encoder = tinyEncoder();
  for (const input of [...folders, fileImage]) {
    const { failures } = await ingest(archive, encoder, await findVolumes(input), { modality: 'CT' });
    expect(failures).toEqual([]);
  }
  answer = await search({ query: folders[0]!, slices: [1, 4], k: 4 });
  await writeStructuredReport(report, answer);
});

describeWithDicomValidators('a structured report and the programs of others', (validate) => {
  it('is valid for dciodvfy', () => {
    const { exitCode, output } = validate('dciodvfy', '-new', report);
    expect(output).toContain('ComprehensiveSR');
    // What it cannot know of is our own coding scheme, which the report declares.
    const findings = output.split('\n').filter((line) => line !== '' && !line.includes('<99VOXSEEK>'));
    expect(findings).toEqual(['ComprehensiveSR']);
    expect(exitCode).toBe(0);
  });

  it('is read by dsrdump without a warning', () => {
    // +Pc: with the codes of the concept names.
    const { exitCode, output } = validate('dsrdump', '+Pc', report);
    expect(exitCode).toBe(0);
    const warnings = output.split('\n').filter((line) => /^[WEF]:/.test(line));
    expect(warnings).toEqual(['W: The VR checker does not support this Specific Character Set: ISO_IR 192']);
    expect(output).toContain('<CONTAINER:(report,99VOXSEEK,"Similar volumes report")=SEPARATE>');
    expect(output.match(/CONTAINER:\(hit,99VOXSEEK/g)).toHaveLength(4);
  });

  it('may refer to single frames of enhanced objects', async () => {
    const sopClassUid = '1.2.840.10008.5.1.4.1.1.2.1';
    const frame = (frameNumber: number) => ({ sopInstanceUid: query.images[0]!, frameNumber });
    const path = join(folder, 'enhanced.dcm');
    await writeStructuredReport(path, {
      ...answer,
      query: {
        ...answer.query,
        series: { ...answer.query.series!, sopClassUid },
        dicomImages: answer.query.slices.map((_, index) => frame(index + 1)),
      },
      hits: [],
    });
    expect(validate('dciodvfy', '-new', path).output).not.toMatch(/^Error/m);
    const { output } = validate('dsrdump', '+Pu', path);
    const images = output.match(/Query image"\)=\(\S* ?[^)]*\)/g) ?? [];
    expect(images).toHaveLength(answer.query.slices.length);
    expect(images[2]).toContain(query.images[0]);
    expect(images[2]).toMatch(/,3\)$/);
  });
});

/** What pydicom makes of a report, written without knowledge of how it was made. */
const readReport = `
import json, sys, pydicom
ds = pydicom.dcmread(sys.argv[1])

def code(seq):
    return f"{seq[0].CodingSchemeDesignator}:{seq[0].CodeValue}"

def item(node):
    kind = node.ValueType
    value = {
        'CONTAINER': lambda: None,
        'TEXT': lambda: node.TextValue,
        'CODE': lambda: code(node.ConceptCodeSequence),
        'UIDREF': lambda: node.UID,
        'NUM': lambda: [float(node.MeasuredValueSequence[0].NumericValue), code(node.MeasuredValueSequence[0].MeasurementUnitsCodeSequence)],
        'IMAGE': lambda: [node.ReferencedSOPSequence[0].ReferencedSOPClassUID, node.ReferencedSOPSequence[0].ReferencedSOPInstanceUID],
    }[kind]()
    return {'kind': kind, 'name': code(node.ConceptNameCodeSequence), 'value': value,
            'items': [item(child) for child in node.get('ContentSequence', [])]}

def evidence(keyword):
    return {study.StudyInstanceUID: {series.SeriesInstanceUID: sorted(i.ReferencedSOPInstanceUID for i in series.ReferencedSOPSequence)
            for series in study.ReferencedSeriesSequence} for study in ds.get(keyword, [])}

print(json.dumps({
    'attributes': {k: str(ds.get(k)) for k in ['PatientName', 'PatientID', 'PatientBirthDate', 'PatientSex', 'StudyInstanceUID',
        'StudyID', 'StudyDate', 'StudyTime', 'AccessionNumber', 'ReferringPhysicianName', 'StudyDescription', 'Modality',
        'SOPClassUID', 'CompletionFlag', 'VerificationFlag']},
    'series': ds.SeriesInstanceUID, 'instance': ds.SOPInstanceUID, 'meta': ds.file_meta.MediaStorageSOPInstanceUID,
    'schemes': [s.CodingSchemeDesignator for s in ds.CodingSchemeIdentificationSequence],
    'current': evidence('CurrentRequestedProcedureEvidenceSequence'), 'other': evidence('PertinentOtherEvidenceSequence'),
    'root': item(ds)}))
`;

interface Item {
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
  readonly items: readonly Item[];
}
interface ParsedReport {
  readonly attributes: Readonly<Record<string, string>>;
  readonly series: string;
  readonly instance: string;
  readonly meta: string;
  readonly schemes: readonly string[];
  readonly current: Evidence;
  readonly other: Evidence;
  readonly root: Item;
}
type Evidence = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

describeWithPython(['pydicom'], 'a structured report as pydicom reads it', (runPython) => {
  let parsed: ParsedReport;
  beforeAll(() => {
    parsed = runPython(folder, readReport, [report]) as ParsedReport;
  });
  const own = (code: { value: string }) => `99VOXSEEK:${code.value}`;
  const named = (items: readonly Item[], name: string) => items.filter((item) => item.name === name);
  const valueIn = (items: readonly Item[], name: string) => named(items, name)[0]?.value;
  const hits = () => named(parsed.root.items, own(voxseek.hit)).map((hit) => hit.items);

  it('belongs to the patient and the study of the query', () => {
    expect(parsed.attributes).toEqual({
      PatientName: 'Müller^Jürgen=山田^太郎',
      PatientID: 'P-17',
      PatientBirthDate: '19530412',
      PatientSex: 'M',
      StudyInstanceUID: '2.25.100',
      StudyID: 'S1',
      StudyDate: '20240105',
      StudyTime: '101112',
      AccessionNumber: 'A-9',
      ReferringPhysicianName: 'House^Gregory',
      StudyDescription: 'CT abdomen',
      Modality: 'SR',
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      CompletionFlag: 'COMPLETE',
      VerificationFlag: 'UNVERIFIED',
    });
    expect(parsed.meta).toBe(parsed.instance);
    expect([query.series, sibling.series]).not.toContain(parsed.series);
    expect(parsed.schemes).toEqual(['99VOXSEEK']);
  });

  it('names the query, its images, and how was searched', () => {
    const [asked] = named(parsed.root.items, own(voxseek.query));
    expect(valueIn(asked!.items, 'DCM:110180')).toBe('2.25.100');
    expect(valueIn(asked!.items, 'DCM:112002')).toBe(query.series);
    expect(valueIn(asked!.items, 'DCM:121139')).toBe('DCM:CT');
    expect(named(asked!.items, own(voxseek.queryImage)).map(({ value }) => value)).toEqual(
      query.images.slice(1, 5).map((image) => ['1.2.840.10008.5.1.4.1.1.2', image]),
    );
    expect(valueIn(parsed.root.items, own(voxseek.encoder))).toBe('tiny');
    expect(valueIn(parsed.root.items, own(voxseek.ranking))).toBe('late-interaction');
    expect(named(parsed.root.items, own(voxseek.warning)).map(({ value }) => value)).toEqual(answer.warnings);
    expect(answer.warnings.length).toBeGreaterThan(0);
  });

  it('gives every hit with rank, series, similarity and range', () => {
    expect(
      hits().map((items) => [
        valueIn(items, own(voxseek.rank)),
        valueIn(items, 'DCM:110180'),
        valueIn(items, 'DCM:112002'),
        valueIn(items, own(voxseek.volumeId)),
      ]),
    ).toEqual(
      answer.hits.map(({ volume }, place) => [
        [place + 1, 'UCUM:1'],
        volume.dicom?.studyUid,
        volume.dicom?.seriesUid,
        volume.id,
      ]),
    );
    for (const [place, items] of hits().entries()) {
      const { meanSimilarity, range } = answer.hits[place]!;
      const [mean] = valueIn(items, own(voxseek.meanSimilarity)) as [number];
      expect(mean).toBeCloseTo(meanSimilarity, 6);
      expect(valueIn(items, own(voxseek.rangeFrom))).toEqual([range.fromMm, 'UCUM:mm']);
      expect(valueIn(items, own(voxseek.rangeTo))).toEqual([range.toMm, 'UCUM:mm']);
    }
  });

  it('gives the image of every match, or the index of its slice where it is a file', () => {
    const seriesOf = new Map([query, sibling, stranger].map((series) => [series.series, series.images]));
    for (const [place, items] of hits().entries()) {
      const hit = answer.hits[place]!;
      const images = seriesOf.get(hit.volume.dicom?.seriesUid ?? '');
      const matches = named(items, own(voxseek.similarity)).map((match) => ({
        similarity: (match.value as [number])[0],
        slices: match.items.map(({ name, value }) => [name, value]),
      }));
      expect(matches.map(({ slices }) => slices)).toEqual(
        hit.matches.map(({ querySlice, slice }) => [
          [own(voxseek.queryImage), ['1.2.840.10008.5.1.4.1.1.2', query.images[querySlice]]],
          images
            ? [own(voxseek.matchedImage), ['1.2.840.10008.5.1.4.1.1.2', images[slice]]]
            : [own(voxseek.matchedSlice), String(slice)],
        ]),
      );
      for (const [index, { similarity }] of matches.entries()) {
        expect(similarity).toBeCloseTo(hit.matches[index]!.similarity, 6);
      }
    }
  });

  it('lists every image that it refers to once, those of its own study apart', () => {
    const referred = new Map<string, Set<string>>();
    const collect = ({ kind, value, items }: Item): void => {
      if (kind === 'IMAGE') {
        const [, image] = value as [string, string];
        const series = [query, sibling, stranger].find(({ images }) => images.includes(image))!;
        referred.set(series.series, (referred.get(series.series) ?? new Set()).add(image));
      }
      for (const child of items) collect(child);
    };
    collect(parsed.root);
    const of = ({ series }: SmallSeries) => ({ [series]: [...referred.get(series)!].sort() });
    expect(parsed.current).toEqual({ '2.25.100': { ...of(query), ...of(sibling) } });
    expect(parsed.other).toEqual({ '2.25.200': of(stranger) });
  });
});

describe('writing a structured report', () => {
  it('leaves nothing of the patient of the query in the archive or in the answer', async () => {
    const { openImage, ...rest } = answer.query;
    expect(openImage).toBeTypeOf('function');
    const told = JSON.stringify({ rest, hits: answer.hits, warnings: answer.warnings });
    expect(told).not.toMatch(/Müller|P-17|19530412/);
    expect(readFileSync(report).includes('P-17')).toBe(true);
  });

  it('works for an archived query, from the files that it was made from', async () => {
    const path = join(folder, 'by-id.dcm');
    await writeStructuredReport(path, await search({ query: query.series, k: 2 }));
    expect(readFileSync(path).includes('P-17')).toBe(true);
  });

  it('is refused for a file, which belongs to no study', async () => {
    const path = join(folder, 'none.dcm');
    const error = await errorOf(writeStructuredReport(path, await search({ query: fileImage, k: 1 })));
    expect(error.code).toBe('USAGE');
    expect(error.reason).toBe('a structured report belongs to a DICOM study, but this is a file');
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });
});
