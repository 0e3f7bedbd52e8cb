import { VoxseekError } from '../../errors.js';
import { readTable } from '../../volume/table.js';
import { NpyMatrix } from './npy.js';

export interface MatrixFiles {
  /** Path of a .npy file: one row a slice. */
  readonly matrix: string;
  /** Path of a CSV with the columns `volume` and `slice`: one line for each row of the matrix, in its order. */
  readonly slices: string;
}

/** Embeddings that were computed elsewhere: a matrix, and which slice each of its rows is. */
export interface EmbeddingMatrix {
  readonly matrix: NpyMatrix;
  /** Path of the CSV. */
  readonly slices: string;
  /** By volume id: row of the matrix by slice index along the file's own axis. */
  readonly rowsOf: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/**
 * Reads which slices a matrix has; its numbers are read later.
 *
 * @throws VoxseekError USAGE where the matrix is none, COHORT_INVALID (naming the line) where the CSV is not
 *   valid, has a slice twice, or another number of lines than the matrix has rows; FILE_NOT_FOUND,
 *   FILE_NOT_READABLE
 */
export async function openEmbeddingMatrix(files: MatrixFiles): Promise<EmbeddingMatrix> {
  const matrix = await NpyMatrix.open(files.matrix);
  const invalid = (reason: string) => new VoxseekError('COHORT_INVALID', reason, { subject: files.slices });
  const table = await readTable(files.slices, ',', ['volume', 'slice']);
  const rowsOf = new Map<string, Map<number, number>>();
  for (const [row, { line, fields }] of table.entries()) {
    const { volume, slice } = fields;
    if (volume === undefined) throw invalid(`line ${line}: the field volume is empty`);
    if (slice === undefined || !/^\d+$/.test(slice)) {
      throw invalid(`line ${line}: the slice "${slice ?? ''}" is no index (0, 1, ...)`);
    }
    const index = Number(slice);
    let rows = rowsOf.get(volume);
    if (rows === undefined) {
      rows = new Map();
      rowsOf.set(volume, rows);
    }
    const first = rows.get(index);
    if (first !== undefined) {
      throw invalid(
        `line ${line}: slice ${index} of volume "${volume}" stands on line ${table[first]!.line} already`,
      );
    }
    rows.set(index, row);
  }
  if (table.length !== matrix.header.rows) {
    throw invalid(`it names ${table.length} slices, but ${matrix.path} has ${matrix.header.rows} rows`);
  }
  return { matrix, slices: files.slices, rowsOf };
}
