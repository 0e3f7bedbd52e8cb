import { CodecError, type DecodedFrame, type FrameSize, requireSize } from './decoded-frame.js';
import { BitReader, entropyCodedSegment, type HuffmanTable, readHuffmanTables } from './huffman.js';
import { type JpegSegment, jpegSegments, readJpegHeader } from './jpeg-header.js';

/**
 * JPEG extended sequential, Huffman coded, one component of up to 12 bits (ITU-T T.81 annex F, process 4).
 *
 * Written here because the libjpeg-turbo that is built for JavaScript decodes 8 bits only.
 *
 * @throws CodecError
 */
export function decodeJpegExtended(encoded: Uint8Array, expected: FrameSize): DecodedFrame {
  const header = readJpegHeader(encoded);
  requireSize(header, expected);
  const { rows, columns, precision } = header;
  const scan = readScan(encoded);
  const samples = new Uint16Array(rows * columns);
  const blocksPerRow = Math.ceil(columns / 8);
  const blockCount = blocksPerRow * Math.ceil(rows / 8);
  const interval = scan.restartInterval === 0 ? blockCount : scan.restartInterval;
  const coefficients = new Float64Array(64);
  let position = scan.start;
  for (let first = 0; first < blockCount; first += interval) {
    const segment = entropyCodedSegment(encoded, position);
    const reader = new BitReader(segment.bits);
    let dc = 0;
    for (let block = first; block < Math.min(blockCount, first + interval); block++) {
      dc = readBlock(reader, scan, dc, coefficients);
      const row = 8 * Math.floor(block / blocksPerRow);
      const column = 8 * (block % blocksPerRow);
      writeBlock(samples, header, row, column, coefficients);
    }
    if (reader.overrun) throw new CodecError('is truncated: pixels are missing');
    position = segment.end;
  }
  return { rows, columns, precision, samples };
}

interface Scan {
  readonly dcTable: HuffmanTable;
  readonly acTable: HuffmanTable;
  /** 64 steps, in zigzag order. */
  readonly steps: Uint16Array;
  /** In blocks; 0: none. */
  readonly restartInterval: number;
  /** Of the first entropy-coded byte. */
  readonly start: number;
}

function readScan(encoded: Uint8Array): Scan {
  const huffmanTables = new Map<number, HuffmanTable>();
  const quantization = new Map<number, Uint16Array>();
  let restartInterval = 0;
  let steps: number | undefined;
  for (const segment of jpegSegments(encoded)) {
    const { marker, parameters } = segment;
    if (marker === 0xc4) readHuffmanTables(segment, huffmanTables);
    else if (marker === 0xdb) readQuantization(segment, quantization);
    else if (marker === 0xdd) restartInterval = (parameters[0]! << 8) | parameters[1]!;
    else if (marker >= 0xc0 && marker <= 0xc2) steps = parameters[8];
    else if (marker === 0xda) {
      const selectors = parameters[2] ?? 0;
      const dcTable = huffmanTables.get(selectors >> 4);
      const acTable = huffmanTables.get(0x10 | (selectors & 15));
      const table = quantization.get(steps ?? -1);
      if (parameters[0] !== 1) throw new CodecError('has a scan of other than one component');
      if (!dcTable || !acTable) throw new CodecError('has no Huffman table');
      if (!table) throw new CodecError('has no quantization table');
      return { dcTable, acTable, steps: table, restartInterval, start: segment.end };
    }
  }
  throw new CodecError('has no scan');
}

/** B.2.4.1: steps of 8 or of 16 bits. */
function readQuantization({ parameters }: JpegSegment, tables: Map<number, Uint16Array>): void {
  for (let position = 0; position < parameters.length; ) {
    const isWide = parameters[position]! >> 4 !== 0;
    const values = parameters.subarray(position + 1, position + 1 + (isWide ? 128 : 64));
    if (values.length < (isWide ? 128 : 64)) throw new CodecError('has a broken quantization table');
    tables.set(
      parameters[position]! & 15,
      Uint16Array.from({ length: 64 }, (_, k) =>
        isWide ? (values[2 * k]! << 8) | values[2 * k + 1]! : values[k]!,
      ),
    );
    position += 1 + values.length;
  }
}

/** Figure A.6: where the k-th coefficient of a block belongs, row-major. */
const zigzag = zigzagOrder();

function zigzagOrder(): Uint8Array {
  const order: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const cells = Array.from({ length: 8 }, (_, row) => [row, diagonal - row] as const).filter(
      ([, column]) => column >= 0 && column < 8,
    );
    for (const [row, column] of diagonal % 2 === 0 ? cells.reverse() : cells) order.push(8 * row + column);
  }
  return Uint8Array.from(order);
}

/** Fills the dequantized coefficients of the next block (F.2.2). @returns its DC value, before dequantization */
function readBlock(
  reader: BitReader,
  { dcTable, acTable, steps }: Scan,
  previousDc: number,
  coefficients: Float64Array,
): number {
  coefficients.fill(0);
  const category = reader.symbol(dcTable);
  if (category > 16) throw new CodecError('holds a coefficient out of range');
  const dc = previousDc + reader.difference(category);
  coefficients[0] = dc * steps[0]!;
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(acTable);
    const size = symbol & 15;
    const run = symbol >> 4;
    if (size === 0) {
      if (run !== 15) break;
      k += 15;
      continue;
    }
    k += run;
    if (k > 63) throw new CodecError('holds more coefficients than a block has');
    coefficients[zigzag[k]!] = reader.difference(size) * steps[k]!;
  }
  return dc;
}

/** `basis[8 * x + u]`: of frequency u at sample x (A.3.3). */
const basis = Float64Array.from({ length: 64 }, (_, k) => {
  const [x, u] = [k >> 3, k & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});
const halfWay = new Float64Array(64);

/** The inverse cosine transform, rows then columns; what of the block lies beyond the picture is left out. */
function writeBlock(
  samples: Uint16Array,
  { rows, columns, precision }: FrameSize & { readonly precision: number },
  row: number,
  column: number,
  coefficients: Float64Array,
): void {
  const middle = 2 ** (precision - 1);
  const largest = 2 ** precision - 1;
  for (let v = 0; v < 8; v++)
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += basis[8 * x + u]! * coefficients[8 * v + u]!;
      halfWay[8 * v + x] = sum;
    }
  for (let y = 0; y < Math.min(8, rows - row); y++)
    for (let x = 0; x < Math.min(8, columns - column); x++) {
      let sum = middle;
      for (let v = 0; v < 8; v++) sum += basis[8 * y + v]! * halfWay[8 * v + x]!;
      samples[(row + y) * columns + column + x] = Math.min(largest, Math.max(0, Math.round(sum)));
    }
}
