import '../archive/lancedb-environment.js';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, connect, Index, type Table } from '@lancedb/lancedb';
import * as arrow from 'apache-arrow';
import { fromStorageError } from '../archive/storage-error.js';
import { fromWriteError, VoxseekError } from '../errors.js';
import { FlatIndex } from './flat.js';
import { innerProduct } from './inner-product.js';
import type { Neighbours, SliceIndex, SliceVectors } from './slice-index.js';

export interface HnswOptions {
  /** Neighbours of each vector in the graph. More find more, in more time and memory. Default 32. */
  readonly m?: number;
  /** Candidates looked at for the neighbours of a new vector; not less than `ef`. Default 128. */
  readonly efConstruction?: number;
  /** Candidates looked at in a search, at least k. Fewer are faster and find less. Default 128. */
  readonly ef?: number;
  /** Where the temporary folder of the index is made. Default: that of the operating system. */
  readonly folder?: string;
}

export interface HnswParameters {
  readonly library: string;
  readonly m: number;
  readonly efConstruction: number;
  readonly ef: number;
}

/** Queries in one request to LanceDB, which spreads them over its threads. */
const blockQueries = 256;
/** Vectors handed over at once. */
const chunkBytes = 2 ** 27;

/**
 * Hierarchical navigable small world graph (Malkov and Yashunin, arXiv 1603.09320), that of LanceDB
 * (IVF_HNSW_SQ with a single partition): one graph over vectors quantized to 8 bits. All `ef` candidates of a
 * search are compared anew by their exact cosines, so that quantization costs nothing and ties are in order of
 * rows among what was found.
 *
 * LanceDB takes no seed, but in one thread (`lancedb-environment.ts`) it builds the same graph from the same
 * vectors every time; where RAYON_NUM_THREADS asks for more, two builds differ a little.
 */
export class HnswIndex implements SliceIndex {
  readonly parameters: HnswParameters;
  /** Of the graph and the quantized vectors on disk; the vectors themselves are not counted. */
  readonly bytes: number;
  readonly #slices: SliceVectors;
  readonly #folder: string;
  readonly #connection: Connection;
  readonly #table: Table;
  /** First row of each fragment of the table, by the number of the fragment. */
  readonly #fragments: ReadonlyMap<number, number>;

  private constructor(
    parameters: HnswParameters,
    slices: SliceVectors,
    folder: string,
    bytes: number,
    connection: Connection,
    table: Table,
    fragments: ReadonlyMap<number, number>,
  ) {
    this.parameters = parameters;
    this.bytes = bytes;
    this.#slices = slices;
    this.#folder = folder;
    this.#connection = connection;
    this.#table = table;
    this.#fragments = fragments;
  }

  /**
   * @param slices at least one.
   * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND (the folder)
   */
  static async build(slices: SliceVectors, options: HnswOptions = {}): Promise<HnswIndex> {
    const { m = 32, efConstruction = 128, ef = 128, folder: parent = tmpdir() } = options;
    const folder = await mkdtemp(join(parent, 'voxseek-hnsw-')).catch((error: unknown) => {
      throw fromWriteError(error, parent);
    });
    try {
      const connection = await connect(folder);
      const table = await connection.createEmptyTable('slices', tableSchema(slices.dimension));
      for (const chunk of chunks(slices)) await table.add(chunk);
      const config = Index.hnswSq({ distanceType: 'dot', numPartitions: 1, m, efConstruction });
      await table.createIndex('vector', { config });
      await table.createIndex('volume', { config: Index.bitmap() });
      const fragments = await firstRows(table);
      const bytes = await bytesBelow(join(folder, 'slices.lance', '_indices'));
      const parameters = { library: 'LanceDB IVF_HNSW_SQ, one partition', m, efConstruction, ef };
      return new HnswIndex(parameters, slices, folder, bytes, connection, table, fragments);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      const known = fromStorageError(error, folder, 'write');
      // Of the codes for a failure of LanceDB, those that are about an archive mean nothing here.
      if (!known.code.startsWith('ARCHIVE')) throw known;
      throw new VoxseekError('INTERNAL', known.reason, { subject: 'hnsw', cause: error });
    }
  }

  async search(
    queries: Float32Array,
    k: number,
    isAllowed: (volume: number) => boolean = () => true,
  ): Promise<Neighbours> {
    const { dimension, embeddings } = this.#slices;
    const count = queries.length / dimension;
    const { condition, rowCount } = this.#restriction(isAllowed);
    const found = {
      k,
      rows: new Int32Array(count * k).fill(-1),
      similarities: new Float32Array(count * k).fill(Number.NEGATIVE_INFINITY),
    };
    if (rowCount === 0) return found;
    const expected = Math.min(k, rowCount);
    const short: number[] = [];
    for (let first = 0; first < count; first += blockQueries) {
      const last = Math.min(count, first + blockQueries);
      const block = await this.#candidates(queries, first, last, Math.max(this.parameters.ef, k), condition);
      for (const [offset, rows] of block.entries()) {
        const query = first + offset;
        if (rows.length < expected) short.push(query);
        const scored = rows.map((row) => ({
          row,
          similarity: Math.fround(innerProduct(queries, query, embeddings, row, dimension)),
        }));
        scored.sort((a, b) => b.similarity - a.similarity || a.row - b.row);
        for (const [place, { row, similarity }] of scored.slice(0, k).entries()) {
          found.rows[query * k + place] = row;
          found.similarities[query * k + place] = similarity;
        }
      }
    }
    if (short.length > 0) await this.#complete(found, short, queries, isAllowed);
    return found;
  }

  /** Closes the files and removes them. */
  async close(): Promise<void> {
    this.#table.close();
    this.#connection.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** @returns the rows that LanceDB gives for the queries [first, last), at most `depth` each. */
  async #candidates(
    queries: Float32Array,
    first: number,
    last: number,
    depth: number,
    condition: string | undefined,
  ): Promise<number[][]> {
    const { dimension } = this.#slices;
    const vector = (query: number) => queries.slice(query * dimension, (query + 1) * dimension);
    const request = this.#table.query().nearestTo(vector(first)).column('vector').distanceType('dot');
    for (let query = first + 1; query < last; query++) request.addQueryVector(vector(query));
    request.ef(depth).limit(depth);
    if (condition !== undefined) request.where(condition);
    // These two come from the index; any column would have to be fetched from the table, at twice the time.
    const answer = await request.select(['_distance']).withRowId().toArrow();
    const ids = answer.getChild('_rowid')!.toArray() as BigUint64Array;
    // A request with a single vector has no such column.
    const owners = answer.getChild('query_index')?.toArray() as Int32Array | undefined;
    const candidates = Array.from({ length: last - first }, (): number[] => []);
    ids.forEach((id, index) => {
      const { fragment, offset } = splitRowId(id);
      candidates[owners?.[index] ?? 0]!.push(this.#fragments.get(fragment)! + offset);
    });
    return candidates;
  }

  /** Which volumes may answer as an SQL condition (undefined: all), and how many rows they have. */
  #restriction(isAllowed: (volume: number) => boolean): { condition?: string; rowCount: number } {
    const allowed: number[] = [];
    const excluded: number[] = [];
    let rowCount = 0;
    for (const [position, volume] of this.#slices.volumes.entries()) {
      if (isAllowed(position)) {
        allowed.push(position);
        rowCount += volume.rowCount;
      } else {
        excluded.push(position);
      }
    }
    if (excluded.length === 0) return { rowCount };
    const condition =
      allowed.length <= excluded.length
        ? `volume IN (${allowed.join(',')})`
        : `volume NOT IN (${excluded.join(',')})`;
    return { condition, rowCount };
  }

  /** A graph does not always reach k allowed rows that are there; these queries are answered exactly. */
  async #complete(
    found: Neighbours,
    short: readonly number[],
    queries: Float32Array,
    isAllowed: (volume: number) => boolean,
  ): Promise<void> {
    const { dimension } = this.#slices;
    const again = new Float32Array(short.length * dimension);
    for (const [position, query] of short.entries()) {
      again.set(queries.subarray(query * dimension, (query + 1) * dimension), position * dimension);
    }
    const exact = await new FlatIndex(this.#slices).search(again, found.k, isAllowed);
    for (const [position, query] of short.entries()) {
      const line = [position * found.k, (position + 1) * found.k] as const;
      found.rows.set(exact.rows.subarray(...line), query * found.k);
      found.similarities.set(exact.similarities.subarray(...line), query * found.k);
    }
  }
}

function tableSchema(dimension: number): arrow.Schema {
  const item = new arrow.Field('item', new arrow.Float32(), true);
  return new arrow.Schema([
    new arrow.Field('row', new arrow.Int32(), false),
    new arrow.Field('volume', new arrow.Int32(), false),
    new arrow.Field('vector', new arrow.FixedSizeList(dimension, item), false),
  ]);
}

/** The vectors in tables of {@link chunkBytes} each, without copying them. */
function* chunks(slices: SliceVectors): Generator<arrow.Table> {
  const { dimension, embeddings, volumes } = slices;
  const rows = embeddings.length / dimension;
  const volumeOf = new Int32Array(rows);
  for (const [position, { firstRow, rowCount }] of volumes.entries()) {
    volumeOf.fill(position, firstRow, firstRow + rowCount);
  }
  const schema = tableSchema(dimension);
  const step = Math.max(1, Math.floor(chunkBytes / (dimension * Float32Array.BYTES_PER_ELEMENT)));
  for (let first = 0; first < rows; first += step) {
    const length = Math.min(step, rows - first);
    const integers = (data: Int32Array) => arrow.makeData({ type: new arrow.Int32(), data });
    const child = arrow.makeData({
      type: new arrow.Float32(),
      data: embeddings.subarray(first * dimension, (first + length) * dimension),
    });
    const children = [
      integers(Int32Array.from({ length }, (_, row) => first + row)),
      integers(volumeOf.slice(first, first + length)),
      arrow.makeData({ type: schema.fields[2]!.type as arrow.FixedSizeList, length, child }),
    ];
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length, children });
    yield new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
  }
}

/** LanceDB's row ids: the fragment in the upper 32 bits, the place in it in the lower ones. */
function splitRowId(id: bigint): { fragment: number; offset: number } {
  const number = Number(id);
  return { fragment: Math.floor(number / 2 ** 32), offset: number % 2 ** 32 };
}

async function firstRows(table: Table): Promise<Map<number, number>> {
  const fragments = new Map<number, number>();
  for await (const batch of table.query().select(['row']).withRowId()) {
    const ids = batch.getChild('_rowid')!.toArray() as BigUint64Array;
    const rows = batch.getChild('row')!.toArray() as Int32Array;
    ids.forEach((id, index) => {
      const { fragment, offset } = splitRowId(id);
      const firstRow = rows[index]! - offset;
      if ((fragments.get(fragment) ?? firstRow) !== firstRow) {
        throw new VoxseekError('INTERNAL', 'LanceDB did not keep the order of the rows', { subject: 'hnsw' });
      }
      fragments.set(fragment, firstRow);
    });
  }
  return fragments;
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
