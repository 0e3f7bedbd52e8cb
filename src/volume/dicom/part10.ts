import { VoxseekError } from '../../errors.js';
import { EndOfBytes, looksExplicit, MalformedDataSet } from './data-element.js';
import { DataSet } from './data-set.js';
import { inflated } from './inflated.js';
import type { InstanceBytes } from './instance.js';
import { explicitLittleEndian, implicitLittleEndian, transferSyntax } from './transfer-syntax.js';

/** A DICOM file taken apart (PS3.10 chapter 7). Offsets in `dataSet` count within `dataSet.bytes`. */
export interface Part10 {
  readonly transferSyntaxUid: string;
  /** (0002,0002); DICOMDIR is told by it. */
  readonly mediaStorageSopClassUid: string | undefined;
  readonly dataSet: DataSet;
  /** As `dataSet.bytes`, but at least `length` of them, or all that there are: pixels of deflated files. */
  readonly readStart: (length: number) => Promise<Uint8Array>;
}

const firstRead = 1 << 15;
/** More than the header of any real object; a length field that is wrong shall not read a disc into memory. */
const largestHeader = 1 << 28;

const preambleLength = 128;
const dicm = [0x44, 0x49, 0x43, 0x4d];

/** Whether the bytes begin as a DICOM file does: a preamble, or a first element of group 2 or 8 without one. */
export function looksLikeDicom(start: Uint8Array): boolean {
  if (hasPreamble(start)) return true;
  if (start.length < 12) return false;
  const group = start[0]! | (start[1]! << 8);
  const element = start[2]! | (start[3]! << 8);
  if (group === 0x0002) return element <= 0x0010 && looksExplicit(start, 0);
  if (group !== 0x0008 || element > 0x0100) return false;
  const length = new DataView(start.buffer, start.byteOffset).getUint32(4, true);
  return looksExplicit(start, 0) || length <= 256;
}

/**
 * Reads a DICOM file up to its pixels: so much of its start as that takes, 32 kB for most.
 *
 * @throws VoxseekError DICOM_INVALID where it is no DICOM file, is truncated or has a wrong length field;
 *   FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export function readPart10Header(bytes: InstanceBytes): Promise<Part10> {
  return readGrowing(bytes, (start) => parsePart10(bytes, start));
}

/** As {@link readPart10Header}, with all bytes of the file in memory; only what is deflated is inflated later. */
export async function readPart10(bytes: InstanceBytes): Promise<Part10> {
  const whole = await bytes.read();
  const inMemory = { ...bytes, read: async () => whole, readStart: async () => whole };
  return readPart10Header(inMemory);
}

/** Gives `parse` ever longer starts of the file until one is enough. */
async function readGrowing<Result>(
  bytes: InstanceBytes,
  parse: (start: Start) => Promise<Result> | Result,
): Promise<Result> {
  for (let want = firstRead; ; ) {
    const start = await bytes.readStart(want);
    const isWhole = start.length < want;
    try {
      return await parse({ bytes: start, isWhole });
    } catch (error) {
      if (error instanceof MalformedDataSet)
        throw new VoxseekError('DICOM_INVALID', error.message, { subject: bytes.name, cause: error });
      if (!(error instanceof EndOfBytes)) throw error;
      if (isWhole)
        throw new VoxseekError(
          'DICOM_INVALID',
          `is truncated, or a length in it is wrong: it ${error.message}`,
          {
            subject: bytes.name,
            cause: error,
          },
        );
      if (want >= largestHeader)
        throw new VoxseekError('DICOM_INVALID', 'has a header of more than 256 MiB', {
          subject: bytes.name,
          cause: error,
        });
      want = Math.min(largestHeader, Math.max(4 * want, error.needed + firstRead));
    }
  }
}

interface Start {
  readonly bytes: Uint8Array;
  /** They are all that there is. */
  readonly isWhole: boolean;
}

async function parsePart10(source: InstanceBytes, start: Start): Promise<Part10> {
  const { bytes } = start;
  if (!looksLikeDicom(bytes))
    throw new VoxseekError('DICOM_INVALID', 'is no DICOM file', {
      subject: source.name,
      advice: 'Give a DICOM file.',
    });
  const metaStart = hasPreamble(bytes) ? preambleLength + dicm.length : 0;
  const metaEnd = endOfMeta(bytes, metaStart);
  const meta = new DataSet(
    bytes,
    { littleEndian: true, explicit: looksExplicit(bytes, metaStart) },
    metaStart,
    metaEnd,
  );
  const transferSyntaxUid =
    meta.string(0x00020010) ?? (looksExplicit(bytes, metaEnd) ? explicitLittleEndian : implicitLittleEndian);
  const syntax = transferSyntax(transferSyntaxUid);
  const mediaStorageSopClassUid = meta.string(0x00020002);
  const littleEndian = syntax?.littleEndian ?? true;
  const encoded = syntax?.deflated ? inflated(source, metaEnd) : source;
  const parse = (dataStart: Start, offset: number): Part10 => {
    const dataSet = new DataSet(
      dataStart.bytes,
      // Some writers name one syntax and use the other; the first element tells.
      { littleEndian, explicit: looksExplicit(dataStart.bytes, offset) },
      offset,
      dataStart.bytes.length,
    );
    if (dataSet.pixelData === undefined && !dataStart.isWhole)
      throw new EndOfBytes(dataStart.bytes.length + 1, 0x7fe00010);
    return { transferSyntaxUid, mediaStorageSopClassUid, dataSet, readStart: encoded.readStart };
  };
  if (!syntax?.deflated) return parse(start, metaEnd);
  return readGrowing(encoded, (dataStart) => parse(dataStart, 0));
}

/** The position of the first element after group 2; its own length element is not relied on. */
function endOfMeta(bytes: Uint8Array, start: number): number {
  let position = start;
  while (position + 8 <= bytes.length && bytes[position] === 0x02 && bytes[position + 1] === 0x00) {
    const explicit = looksExplicit(bytes, position);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const isLong =
      explicit &&
      ['OB', 'UN', 'UT'].includes(String.fromCharCode(bytes[position + 4]!, bytes[position + 5]!));
    if (isLong && position + 12 > bytes.length) throw new EndOfBytes(position + 12, 0x00020000);
    position += isLong
      ? 12 + view.getUint32(position + 8, true)
      : 8 + (explicit ? view.getUint16(position + 6, true) : view.getUint32(position + 4, true));
  }
  if (position + 8 > bytes.length) throw new EndOfBytes(position + 8, 0x00020000);
  return position;
}

function hasPreamble(start: Uint8Array): boolean {
  return dicm.every((byte, k) => start[preambleLength + k] === byte);
}
