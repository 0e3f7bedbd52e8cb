import { CodecError, type DecodedFrame, type FrameSize, requireSize } from './decoded-frame.js';
import { entropyCodedSegment, type HuffmanTable, readHuffmanTables } from './huffman.js';
import { jpegSegments, readJpegHeader } from './jpeg-header.js';

/**
 * JPEG lossless, Huffman coded, one component (ITU-T T.81 annex H): all seven predictors, point transform and
 * restart intervals.
 *
 * Written here because jpeg-lossless-decoder-js 2.1.2 rounds predictor 7 wrongly and ignores the point transform.
 *
 * @throws CodecError
 */
export function decodeJpegLossless(encoded: Uint8Array, expected: FrameSize): DecodedFrame {
  const header = readJpegHeader(encoded);
  requireSize(header, expected);
  const { rows, columns, precision } = header;
  if (precision < 2 || precision > 16) throw new CodecError(`has a precision of ${precision} bits`);
  const scan = readScan(encoded);
  const rowsAtOnce = scan.restartInterval === 0 ? rows : scan.restartInterval / columns;
  if (!Number.isInteger(rowsAtOnce)) throw new CodecError('restarts in the middle of a row');
  const samples = precision <= 8 ? new Uint8Array(rows * columns) : new Uint16Array(rows * columns);
  const origin = 1 << (precision - scan.pointTransform - 1);
  let position = scan.start;
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const segment = entropyCodedSegment(encoded, position);
    const end = Math.min(rows, row + rowsAtOnce);
    decodeRows(samples.subarray(row * columns, end * columns), columns, segment.bits, scan, origin);
    position = segment.end;
  }
  if (scan.pointTransform > 0)
    for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! << scan.pointTransform;
  return { rows, columns, precision, samples };
}

interface Scan {
  readonly table: HuffmanTable;
  readonly predictor: number;
  readonly pointTransform: number;
  /** In samples; 0: none. */
  readonly restartInterval: number;
  /** Of the first entropy-coded byte. */
  readonly start: number;
}

function readScan(encoded: Uint8Array): Scan {
  const tables = new Map<number, HuffmanTable>();
  let restartInterval = 0;
  for (const segment of jpegSegments(encoded)) {
    if (segment.marker === 0xc4) readHuffmanTables(segment, tables);
    else if (segment.marker === 0xdd)
      restartInterval = (segment.parameters[0]! << 8) | segment.parameters[1]!;
    else if (segment.marker === 0xda) {
      const [components, , tableSelectors, predictor, , approximation] = segment.parameters;
      const table = tables.get((tableSelectors ?? 0) >> 4);
      if (components !== 1 || predictor === undefined || approximation === undefined)
        throw new CodecError('has a scan of other than one component');
      if (table === undefined) throw new CodecError('has no Huffman table');
      if (predictor < 1 || predictor > 7) throw new CodecError(`has the unknown predictor ${predictor}`);
      return { table, predictor, pointTransform: approximation & 15, restartInterval, start: segment.end };
    }
  }
  throw new CodecError('has no scan');
}

/**
 * Decodes whole rows that begin anew: the first sample is predicted as the middle of the range, the rest of the
 * first row from the left, the first column from above (H.1.2.1).
 */
function decodeRows(
  samples: Uint8Array | Uint16Array,
  columns: number,
  bytes: Uint8Array,
  { table, predictor }: Scan,
  origin: number,
): void {
  // `buffer` holds the next `available` bits in its lowest; below 32, so that it stays one machine integer.
  let buffer = 0;
  let available = 0;
  let position = 0;
  for (let i = 0; i < samples.length; i++) {
    while (available < 16) {
      buffer = (buffer << 8) | (position < bytes.length ? bytes[position]! : 0);
      position++;
      available += 8;
    }
    const entry = table[(buffer >> (available - 16)) & 0xffff]!;
    if (entry === 0) throw new CodecError('holds a code that its Huffman table does not have');
    available -= entry >> 8;
    const category = entry & 0xff;
    let difference = 0;
    if (category > 16) throw new CodecError('holds a difference out of range');
    if (category === 16) difference = 32768;
    else if (category > 0) {
      while (available < category) {
        buffer = (buffer << 8) | (position < bytes.length ? bytes[position]! : 0);
        position++;
        available += 8;
      }
      available -= category;
      difference = (buffer >> available) & ((1 << category) - 1);
      if (difference < 1 << (category - 1)) difference -= (1 << category) - 1;
    }
    buffer &= (1 << available) - 1;

    const column = i % columns;
    let predicted: number;
    if (i === 0) predicted = origin;
    else if (i < columns) predicted = samples[i - 1]!;
    else if (column === 0) predicted = samples[i - columns]!;
    else {
      const left = samples[i - 1]!;
      const above = samples[i - columns]!;
      const corner = samples[i - columns - 1]!;
      predicted = predict(predictor, left, above, corner);
    }
    samples[i] = predicted + difference;
  }
  // Bytes of zeros were made up where the data had ended.
  if (position - (available >> 3) > bytes.length) throw new CodecError('is truncated: pixels are missing');
}

/** Table H.1 of ITU-T T.81. */
function predict(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}
