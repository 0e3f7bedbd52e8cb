import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { decodeFloat16 } from '../../encoder/float16.js';
import { fromSystemError, VoxseekError } from '../../errors.js';

type FloatType = 'float16' | 'float32' | 'float64';

const typeOfCode: Readonly<Record<string, FloatType>> = { f2: 'float16', f4: 'float32', f8: 'float64' };
const bytesOf: Readonly<Record<FloatType, number>> = { float16: 2, float32: 4, float64: 8 };
const magic = '\x93NUMPY';
/** Far above what numpy writes for a matrix: more is no header. */
const maximalHeaderBytes = 1 << 20;
const chunkBytes = 1 << 22;

/** What the header of a matrix in NumPy's format says. */
export interface NpyHeader {
  readonly type: FloatType;
  readonly bigEndian: boolean;
  readonly rows: number;
  readonly columns: number;
  /** Where the numbers begin, in bytes. */
  readonly offset: number;
}

/**
 * A matrix of floating-point numbers in NumPy's format, versions 1 to 3, in C order
 * (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
export class NpyMatrix {
  readonly path: string;
  readonly header: NpyHeader;

  private constructor(path: string, header: NpyHeader) {
    this.path = path;
    this.header = header;
  }

  /** @throws VoxseekError USAGE where the file is not such a matrix, FILE_NOT_FOUND, FILE_NOT_READABLE */
  static async open(path: string): Promise<NpyMatrix> {
    return withFile(path, async (file) => {
      const header = await readHeader(file, path);
      const { size } = await file.stat();
      const expected = header.offset + header.rows * header.columns * bytesOf[header.type];
      if (size !== expected) {
        const how = size < expected ? 'is truncated' : 'has more than its matrix';
        throw invalid(
          path,
          `the file ${how}: ${header.rows} x ${header.columns} ${header.type} end at byte ${expected}, but it has ${size}`,
        );
      }
      return new NpyMatrix(path, header);
    });
  }

  /**
   * Visits the rows one after the other; a few megabytes are in memory at a time.
   *
   * @param visit is given the same memory again later: numbers that are to stay must be copied.
   * @throws VoxseekError FILE_NOT_READABLE, USAGE where the file was changed meanwhile
   */
  async forEachRow(visit: (row: number, numbers: Float32Array | Float64Array) => void): Promise<void> {
    const { type, bigEndian, rows, columns, offset } = this.header;
    const rowBytes = columns * bytesOf[type];
    const rowsAtOnce = Math.max(1, Math.floor(chunkBytes / rowBytes));
    // A buffer of its own memory, so that it may be looked at as numbers.
    const buffer = Buffer.from(new ArrayBuffer(rowsAtOnce * rowBytes));
    const swap = bigEndian !== (endianness() === 'BE');
    await withFile(this.path, async (file) => {
      for (let first = 0; first < rows; first += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, rows - first);
        const bytes = buffer.subarray(0, count * rowBytes);
        await readFully(file, bytes, offset + first * rowBytes, this.path);
        if (swap) swapBytes(bytes, type);
        const numbers = asNumbers(bytes, type);
        for (let i = 0; i < count; i++) visit(first + i, numbers.subarray(i * columns, (i + 1) * columns));
      }
    });
  }
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await work(file);
  } catch (error) {
    throw fromSystemError(error, path);
  } finally {
    await file?.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<NpyHeader> {
  const start = Buffer.alloc(12);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  if (start.toString('latin1', 0, magic.length) !== magic) {
    throw invalid(path, 'the file does not begin as one of NumPy (it is no .npy file)');
  }
  if (bytesRead < 10) throw invalid(path, 'the file is truncated: it ends within its header');
  const version = start[6]!;
  if (version < 1 || version > 3) {
    throw invalid(path, `version ${version} of NumPy's format is not known (versions 1 to 3 are)`);
  }
  const [length, textStart] = version === 1 ? [start.readUInt16LE(8), 10] : [start.readUInt32LE(8), 12];
  if (length > maximalHeaderBytes) throw invalid(path, `its header would have ${length} bytes`);
  const bytes = Buffer.alloc(length);
  await readFully(file, bytes, textStart, path);
  return {
    ...parseHeader(bytes.toString(version === 3 ? 'utf8' : 'latin1'), path),
    offset: textStart + length,
  };
}

/** @param text a dictionary in Python's notation: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
function parseHeader(text: string, path: string): Omit<NpyHeader, 'offset'> {
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const description = /'descr'\s*:\s*('[^']*'|\[)/.exec(text)?.[1];
  if (shape === undefined || order === undefined || description === undefined) {
    throw invalid(path, `its header cannot be read: ${text.trim().slice(0, 80)}`);
  }
  const dtype = /^'([<>=|]?)(f[248])'$/.exec(description);
  if (dtype === null) {
    const found = description === '[' ? 'a structure of fields' : description;
    throw invalid(path, `its numbers are ${found}; they must be float16, float32 or float64`);
  }
  const sizes = shape
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const [rows, columns, ...more] = sizes;
  if (rows === undefined || columns === undefined || more.length > 0) {
    throw invalid(path, `its shape is (${shape}); it must be a matrix with one row a slice`);
  }
  if (!Number.isSafeInteger(rows) || !Number.isSafeInteger(columns) || rows < 1 || columns < 1) {
    throw invalid(path, `its shape is (${shape}): there is nothing in it`);
  }
  if (order === 'True') {
    throw invalid(path, 'it is in Fortran order; save numpy.ascontiguousarray(matrix)');
  }
  return { type: typeOfCode[dtype[2]!]!, bigEndian: dtype[1] === '>', rows, columns };
}

async function readFully(file: FileHandle, target: Buffer, position: number, path: string): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) throw invalid(path, `the file is truncated: it ends at byte ${position + filled}`);
    filled += bytesRead;
  }
}

function swapBytes(bytes: Buffer, type: FloatType): void {
  if (type === 'float16') bytes.swap16();
  else if (type === 'float32') bytes.swap32();
  else bytes.swap64();
}

function asNumbers(bytes: Buffer, type: FloatType): Float32Array | Float64Array {
  const { buffer, byteOffset } = bytes;
  const length = bytes.length / bytesOf[type];
  if (type === 'float32') return new Float32Array(buffer, byteOffset, length);
  if (type === 'float64') return new Float64Array(buffer, byteOffset, length);
  const table = float16Values();
  const bits = new Uint16Array(buffer, byteOffset, length);
  const numbers = new Float32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = table[bits[i]!]!;
  return numbers;
}

let float16Table: Float32Array | undefined;

/** The values of all float16 numbers by their bits: 223 million of them make a matrix of the paper's size. */
function float16Values(): Float32Array {
  float16Table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => decodeFloat16(bits));
  return float16Table;
}

function invalid(path: string, reason: string): VoxseekError {
  return new VoxseekError('USAGE', reason, {
    subject: path,
    advice: 'Embeddings are a matrix that numpy.save wrote: float16, float32 or float64, one row a slice.',
  });
}
