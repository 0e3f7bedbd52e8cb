import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sliceLikeVectors } from '../../benchmarks/slice-like.js';
import { type BuiltIndex, buildIndex, type IndexName, recallAgainst } from './open-index.js';
import type { Neighbours, SliceVectors } from './slice-index.js';

/** What every index must do, and how much of the exact answer it must find where it may miss some. */
const promises: readonly {
  readonly name: IndexName;
  readonly recall: number;
  /** Share of its own answers that a second build gives too: LanceDB builds a graph without a seed. */
  readonly rebuild: number;
  /** `lsh` lists by Hamming distance instead; see lsh.test.ts. */
  readonly descends: boolean;
}[] = [
  { name: 'flat', recall: 1, rebuild: 1, descends: true },
  { name: 'hnsw', recall: 0.95, rebuild: 0.98, descends: true },
  { name: 'lsh', recall: 0.3, rebuild: 1, descends: false },
];

const dimension = 45;
/** Not a multiple of 32: codes end within a word. */
const nbits = 203;
const slices = sliceLikeVectors(3000, dimension, 100, 1);
const { embeddings: queries } = sliceLikeVectors(300, dimension, 100, 2);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxseek-index-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const opened: BuiltIndex[] = [];
afterAll(() => Promise.all(opened.map((built) => built.close())));

async function build(name: IndexName, vectors: SliceVectors): Promise<BuiltIndex> {
  const built = await buildIndex(name, vectors, { hnsw: { folder }, lsh: { nbits } });
  opened.push(built);
  return built;
}

/** By query: similarities of all rows with it, in float64. */
const similarities = Array.from({ length: 300 }, (_, query) =>
  Array.from({ length: 3000 }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) {
      sum += slices.embeddings[row * dimension + i]! * queries[query * dimension + i]!;
    }
    return sum;
  }),
);

/** The exact answer to all queries by brute force, over the rows that are allowed. */
function exactNeighbours(k: number, isRow: (row: number) => boolean = () => true): Neighbours {
  const best = similarities.map((line) =>
    line
      .map((similarity, row) => ({ similarity, row }))
      .filter(({ row }) => isRow(row))
      .sort((a, b) => b.similarity - a.similarity || a.row - b.row)
      .slice(0, k),
  );
  return {
    k,
    rows: Int32Array.from(best.flat(), ({ row }) => row),
    similarities: Float32Array.from(best.flat(), ({ similarity }) => similarity),
  };
}

function lines(found: Neighbours): { rows: number[]; similarities: number[] }[] {
  return Array.from({ length: found.rows.length / found.k }, (_, line) => ({
    rows: [...found.rows.subarray(line * found.k, (line + 1) * found.k)],
    similarities: [...found.similarities.subarray(line * found.k, (line + 1) * found.k)],
  }));
}

/** No row twice, the similarity of each as brute force has it, what is missing at the end of a line. */
function expectSound(found: Neighbours, descends: boolean): void {
  const wrong: string[] = [];
  for (const [query, line] of lines(found).entries()) {
    const answers = line.rows.filter((row) => row >= 0);
    if (new Set(answers).size < answers.length) wrong.push(`query ${query}: a row twice`);
    for (const [place, row] of line.rows.entries()) {
      const similarity = line.similarities[place]!;
      const expected = place < answers.length ? similarities[query]![row]! : Number.NEGATIVE_INFINITY;
      if (!(similarity === expected || Math.abs(similarity - expected) < 1e-5)) {
        wrong.push(`query ${query}, place ${place}: row ${row} has ${similarity}, not ${expected}`);
      }
      if (descends && place > 0 && similarity > line.similarities[place - 1]!) {
        wrong.push(`query ${query}, place ${place}: ascends`);
      }
    }
  }
  expect(wrong).toEqual([]);
}

describe.each(promises)('the index $name', ({ name, recall, rebuild, descends }) => {
  let built: BuiltIndex;
  beforeAll(async () => {
    built = await build(name, slices);
  });

  it('finds its share of the exact nearest slices, for 300 queries at once', async () => {
    const found = await built.index.search(queries, 10);
    expect([found.k, found.rows.length, found.similarities.length]).toEqual([10, 3000, 3000]);
    expectSound(found, descends);
    expect(recallAgainst(exactNeighbours(10), found)).toBeGreaterThanOrEqual(recall);
  });

  it('answers one query as it answers it among others', async () => {
    const one = await built.index.search(queries.subarray(0, dimension), 10);
    const among = await built.index.search(queries, 10);
    expect(lines(one)[0]!.rows).toEqual(lines(among)[0]!.rows);
  });

  it('finds every stored slice itself first', async () => {
    const own = slices.embeddings.subarray(500 * dimension, 540 * dimension);
    const found = await built.index.search(own, 1);
    expect([...found.rows]).toEqual(Array.from({ length: 40 }, (_, i) => 500 + i));
    for (const similarity of found.similarities) expect(similarity).toBeCloseTo(1, 5);
  });

  it('gives the same first slice whatever k is', async () => {
    const first = await built.index.search(queries, 1);
    const many = await built.index.search(queries, 100);
    expect([...first.rows]).toEqual(lines(many).map(({ rows }) => rows[0]));
    expectSound(many, descends);
  });

  it.each([
    ['one volume', (volume: number) => volume === 7],
    ['all but one volume', (volume: number) => volume !== 7],
    ['every other volume', (volume: number) => volume % 2 === 0],
  ])('answers with allowed volumes only: %s', async (_, isAllowed) => {
    const found = await built.index.search(queries, 20, isAllowed);
    expectSound(found, descends);
    const isRow = (row: number) => isAllowed(Math.floor(row / 100));
    expect([...found.rows].every((row) => row >= 0 && isRow(row))).toBe(true);
    expect(recallAgainst(exactNeighbours(20, isRow), found)).toBeGreaterThanOrEqual(recall);
  });

  it('says -1 where fewer slices may answer than are asked for', async () => {
    const found = await built.index.search(queries.subarray(0, 3 * dimension), 150, (volume) => volume === 2);
    expectSound(found, descends);
    for (const { rows } of lines(found)) {
      expect(rows.filter((row) => row >= 0).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 100 }, (_, i) => 200 + i),
      );
      expect(rows.slice(100)).toEqual(Array(50).fill(-1));
    }
    const nothing = await built.index.search(queries.subarray(0, dimension), 2, () => false);
    expect([...nothing.rows]).toEqual([-1, -1]);
    expect([...nothing.similarities]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it('lists duplicates in the order of their rows', async () => {
    const one = slices.embeddings.subarray(0, dimension);
    const other = slices.embeddings.subarray(50 * dimension, 51 * dimension);
    const embeddings = new Float32Array(12 * dimension);
    for (let row = 0; row < 12; row++) embeddings.set(row % 3 === 0 ? other : one, row * dimension);
    const volumes = [
      { firstRow: 0, rowCount: 5 },
      { firstRow: 5, rowCount: 7 },
    ];
    const { index } = await build(name, { dimension, embeddings, volumes });
    expect([...(await index.search(one, 12)).rows]).toEqual([1, 2, 4, 5, 7, 8, 10, 11, 0, 3, 6, 9]);
    expect([...(await index.search(one, 1)).rows]).toEqual([1]);
  });

  it('holds a single slice', async () => {
    const embeddings = slices.embeddings.slice(0, dimension);
    const { index } = await build(name, { dimension, embeddings, volumes: [{ firstRow: 0, rowCount: 1 }] });
    const found = await index.search(queries.subarray(0, 2 * dimension), 2);
    expect([...found.rows]).toEqual([0, -1, 0, -1]);
  });

  it('answers the same again', async () => {
    expect(await built.index.search(queries, 10)).toEqual(await built.index.search(queries, 10));
  });

  it(`answers ${rebuild === 1 ? 'the same' : 'nearly the same'} when it is built again`, async () => {
    const again = await build(name, slices);
    const found = await built.index.search(queries, 10);
    const anew = await again.index.search(queries, 10);
    expect(recallAgainst(found, anew)).toBeGreaterThanOrEqual(rebuild);
    if (rebuild === 1) expect(anew).toEqual(found);
    expect(again.parameters).toEqual(built.parameters);
  });

  it('tells its name, its parameters as plain JSON, the time of its build and its size', () => {
    expect(built.name).toBe(name);
    expect(JSON.parse(JSON.stringify(built.parameters))).toEqual(built.parameters);
    expect(built.buildSeconds).toBeGreaterThanOrEqual(0);
    expect(built.bytes).toBeGreaterThan(0);
  });

  it('leaves no file when it is closed', async () => {
    const place = mkdtempSync(join(folder, 'place-'));
    const { close } = await buildIndex(name, slices, { hnsw: { folder: place } });
    await close();
    expect(readdirSync(place)).toEqual([]);
  });
});
