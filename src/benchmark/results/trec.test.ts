import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import type { LabelledSlices } from '../labelled-slices.js';
import { type AnswerScopeName, modes } from '../outcomes.js';
import { runLines } from './trec-lines.js';
import { decodeName, encodeName } from './trec-names.js';
import { TrecWriter, writeVolumeQrels } from './trec-writer.js';

describe('encodeName', () => {
  it.each([
    'plain-1_2.3',
    'with space',
    'a|b/c',
    '100%~',
    '~none',
    'Niere rechts \u00e4\u{1f980}',
    '#1',
    "*!'()",
  ])('is reversible and has no character with a meaning: %s', (name) => {
    expect(encodeName(name)).toMatch(/^[\w.%-]+$/);
    expect(decodeName(encodeName(name))).toBe(name);
  });
});

describe('runLines', () => {
  const scoresOf = (scores: readonly number[]) =>
    runLines(
      't',
      scores.map((score, position) => ({ document: `d${position}`, score })),
      'tag',
    ).map((line) => Number(line.split(' ')[4]));

  it('keeps scores that fall, and numbers the lines', () => {
    expect(
      runLines(
        't',
        [
          { document: 'a', score: 3 },
          { document: 'b', score: 0.5 },
        ],
        'tag',
      ),
    ).toEqual(['t Q0 a 1 3 tag', 't Q0 b 2 0.5 tag']);
  });

  it('makes equal scores fall by the smallest step of float32', () => {
    // The float32 below 2 is 2 - 2^-23, that below 0 is -2^-149, that below -1 is -1 - 2^-23.
    expect(scoresOf([2, 2, 2])).toEqual([2, 2 - 2 ** -23, 2 - 2 ** -22]);
    expect(scoresOf([0, 0])).toEqual([0, -(2 ** -149)]);
    expect(scoresOf([-1, -1])).toEqual([-1, -1 - 2 ** -23]);
  });

  it('falls where numbers differ as float64 only, as trec_eval reads float32', () => {
    const scores = scoresOf([0.9 + 1e-12, 0.9, 0.9 - 1e-12, 0.9 - 2e-12]);
    for (let line = 1; line < scores.length; line++) {
      expect(Math.fround(scores[line]!)).toBeLessThan(Math.fround(scores[line - 1]!));
    }
  });
});

/** Query q: slices 4 (a), 5 (a, b), 6 (nothing); database: d 1 with slices 0 (a), 1 (nothing), d|2 with slice 0 (b). */
const classes = ['a', 'b c', 'nowhere'];
const queries: LabelledSlices = {
  dimension: 1,
  embeddings: new Float32Array(3).fill(1),
  volumes: [{ id: 'q', patient: 'p', firstRow: 0, rowCount: 3, spacingMm: 1 }],
  sliceIndex: Int32Array.of(4, 5, 6),
  classes,
  voxels: Uint32Array.of(9, 0, 0, 9, 9, 0, 0, 0, 9),
};
const database: LabelledSlices = {
  dimension: 1,
  embeddings: new Float32Array(3).fill(1),
  volumes: [
    { id: 'd 1', patient: 'r', firstRow: 0, rowCount: 2, spacingMm: 1 },
    { id: 'd|2', patient: 's', firstRow: 2, rowCount: 1, spacingMm: 1 },
  ],
  sliceIndex: Int32Array.of(0, 1, 0),
  classes,
  voxels: Uint32Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0),
};

const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8').trimEnd().split('\n');

describe('TrecWriter', () => {
  const open = (folder: string, among: AnswerScopeName = 'all') =>
    new TrecWriter({
      folder,
      encoder: 'e',
      index: 'flat',
      classMap: 'tiny map',
      modes,
      rankings: ['count'],
      database,
      queries,
      among,
    });

  it('writes runs and relevance line by line', () => {
    const folder = temporaryFolder();
    const writer = open(folder);
    // Slice 5 is answered by slice 1 of "d 1", which has nothing; slice 4 and 6 are not answered.
    writer.onSliceAnswer({ queryClass: undefined, queryRow: 1, row: 1, similarity: 0.5 });
    const volumes = [
      { volume: 1, score: 2 },
      { volume: 0, score: 2 },
    ];
    const answer = { ranking: 'count', queryVolume: 0, volumes } as const;
    writer.onRankedAnswer({
      ...answer,
      mode: 'volume',
      queryClass: undefined,
      answeringRows: [2, 2],
      range: undefined,
    });
    writer.onRankedAnswer({
      ...answer,
      mode: 'region',
      queryClass: 1,
      answeringRows: [2, 2],
      range: { from: 0, to: 1 },
    });
    const files = writer.close();

    const name = 'e.flat.count.tiny%20map';
    const below2 = 2 - 2 ** -23;
    expect(files.map(({ mode, run, qrels }) => [mode, run.path, qrels?.path])).toEqual([
      ['slice', `runs/${name}.slice.run`, `qrels/${name}.slice.qrels`],
      ['volume', `runs/${name}.volume.run`, undefined],
      ['region', `runs/${name}.region.run`, undefined],
      ['localized', `runs/${name}.answering.run`, `qrels/${name}.answering.qrels`],
      ['ratio', `runs/${name}.answering.run`, `qrels/${name}.answering.qrels`],
      ['range', `runs/${name}.range.run`, `qrels/${name}.range.qrels`],
      ['range-half', `runs/${name}.range.run`, `qrels/${name}.range.qrels`],
    ]);
    expect(read(folder, `runs/${name}.slice.run`)).toEqual([
      `a|q|5 Q0 d%201/1 1 0.5 ${name}`,
      `b%20c|q|5 Q0 d%201/1 1 0.5 ${name}`,
    ]);
    expect(read(folder, `qrels/${name}.slice.qrels`)).toEqual([
      'a|q|4 0 ~none 1',
      'a|q|5 0 ~none 1',
      'b%20c|q|5 0 ~none 1',
      'nowhere|q|6 0 ~none 1',
    ]);
    expect(read(folder, `runs/${name}.volume.run`)).toEqual(
      ['a|q', 'b%20c|q', 'nowhere|q'].flatMap((topic) => [
        `${topic} Q0 d%7C2 1 2 ${name}`,
        `${topic} Q0 d%201 2 ${below2} ${name}`,
      ]),
    );
    expect(read(folder, `runs/${name}.region.run`)).toEqual([
      `b%20c|q Q0 d%7C2 1 2 ${name}`,
      `b%20c|q Q0 d%201 2 ${below2} ${name}`,
    ]);
    expect(read(folder, `runs/${name}.answering.run`)).toEqual([
      `b%20c|q Q0 d%7C2/0/1 1 2 ${name}`,
      `b%20c|q Q0 d%7C2/0/2 2 1 ${name}`,
    ]);
    expect(read(folder, `qrels/${name}.answering.qrels`)).toEqual([
      'b%20c|q 0 d%7C2/0/1 1',
      'b%20c|q 0 d%7C2/0/2 1',
    ]);
    // The range has slices 0 and 1 of "d|2", slice 0 has the class.
    expect(read(folder, `runs/${name}.range.run`)).toEqual([
      `b%20c|q Q0 d%7C2/0 1 2 ${name}`,
      `b%20c|q Q0 d%7C2/1 2 1 ${name}`,
    ]);
    expect(read(folder, `qrels/${name}.range.qrels`)).toEqual(['b%20c|q 0 d%7C2/0 1']);
  });

  it('takes the answers to each class of a slice apart, among annotated volumes', () => {
    const folder = temporaryFolder();
    const writer = open(folder, 'annotated');
    // Slice 5: b c finds slice 0 of "d|2", which has it; a is not answered.
    writer.onSliceAnswer({ queryClass: 1, queryRow: 1, row: 2, similarity: 0.5 });
    const [slice] = writer.close();
    const name = 'e.flat.count.tiny%20map+annotated';
    expect(slice!.run.path).toBe(`runs/${name}.slice.run`);
    expect(read(folder, slice!.run.path)).toEqual([`b%20c|q|5 Q0 d%7C2/0 1 0.5 ${name}`]);
    expect(read(folder, slice!.qrels!.path)).toEqual([
      'a|q|4 0 ~none 1',
      'a|q|5 0 ~none 1',
      'b%20c|q|5 0 d%7C2/0 1',
      'nowhere|q|6 0 ~none 1',
    ]);
  });

  it('leaves nothing behind when abandoned', () => {
    const folder = temporaryFolder();
    const writer = open(folder);
    writer.abandon();
    writer.abandon();
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
    expect(readdirSync(join(folder, 'qrels'))).toEqual([]);
  });

  it('says so where its folder cannot be made', () => {
    expect(() => open('/dev/null/x')).toThrow(
      expect.objectContaining({ name: 'VoxseekError', code: 'FILE_NOT_FOUND' }),
    );
  });
});

describe('writeVolumeQrels', () => {
  it('names all volumes with the class, and none where the database lacks it', () => {
    const folder = temporaryFolder();
    const { path } = writeVolumeQrels(folder, 'tiny map', { database, queries });
    expect(path).toBe('qrels/tiny%20map.volumes.qrels');
    expect(readFileSync(join(folder, path), 'utf8')).toBe(
      'a|q 0 d%201 1\nb%20c|q 0 d%7C2 1\nnowhere|q 0 ~none 1\n',
    );
  });

  it('names those that were judged, among annotated volumes', () => {
    const folder = temporaryFolder();
    // "d 1" was looked at for a and b c, "d|2" for all.
    const annotated = { ...database, annotated: Uint8Array.of(1, 1, 0, 1, 1, 1) };
    const { path } = writeVolumeQrels(folder, 'm', { database: annotated, queries, among: 'annotated' });
    expect(path).toBe('qrels/m+annotated.volumes.qrels');
    expect(read(folder, path)).toEqual([
      'a|q 0 d%201 1',
      'a|q 0 d%7C2 0',
      'b%20c|q 0 d%7C2 1',
      'b%20c|q 0 d%201 0',
      'nowhere|q 0 ~none 1',
      'nowhere|q 0 d%7C2 0',
    ]);
  });

  it('asks only for classes that a slice has often enough', () => {
    const folder = temporaryFolder();
    const { path } = writeVolumeQrels(folder, 'm', { database, queries, minVoxels: 10 });
    expect(readFileSync(join(folder, path), 'utf8')).toBe('');
  });
});
