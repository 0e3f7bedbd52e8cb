import { EndOfBytes, item, MalformedDataSet, noItem, readItemHeader, sequenceEnd } from './data-element.js';
import type { DataSet } from './data-set.js';

const pixelData = 0x7fe00010;
const extendedOffsetTable = 0x7fe00001;

/** First bytes of compressed frames: JPEG and JPEG-LS, JPEG 2000 as a codestream, and in a file. */
const frameStarts = [
  [0xff, 0xd8, 0xff],
  [0xff, 0x4f, 0xff, 0x51],
  [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20],
];

/**
 * The compressed frames of an encapsulated object (PS3.5 A.4), in their order. Which fragments make up a frame
 * is told by their number, else by the extended or the basic offset table where it fits the fragments, else by
 * the first bytes of the fragments.
 *
 * @throws EndOfBytes, MalformedDataSet
 */
export function encapsulatedFrames(dataSet: DataSet, frameCount: number): Uint8Array[] {
  const { bytes } = dataSet;
  const [offsetTable, ...all] = readFragments(bytes, dataSet.pixelData!.offset, pixelData);
  if (offsetTable === undefined) throw new MalformedDataSet('has Pixel Data without an offset table');
  const fragments = all.filter(({ length }) => length > 0);
  const content = (fragment: Fragment) => bytes.subarray(fragment.offset, fragment.offset + fragment.length);
  if (fragments.length === 0) throw new MalformedDataSet('has Pixel Data without a fragment');
  if (frameCount === 1) return [joined(fragments.map(content))];
  if (fragments.length === frameCount) return fragments.map(content);
  const starts =
    startsFromTable(fragments, all[0]!.itemOffset, extendedOffsets(dataSet), frameCount) ??
    startsFromTable(fragments, all[0]!.itemOffset, basicOffsets(content(offsetTable)), frameCount) ??
    startsFromContent(fragments.map(content), frameCount);
  if (starts === undefined)
    throw new MalformedDataSet(
      `has ${frameCount} frames in ${fragments.length} fragments, and neither an offset table nor the fragments tell which belong together`,
    );
  return starts.map((start, k) => joined(fragments.slice(start, starts[k + 1]).map(content)));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function extendedOffsets(dataSet: DataSet): number[] {
  const table = dataSet.value(extendedOffsetTable) ?? new Uint8Array();
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: table.length >> 3 }, (_, k) => Number(view.getBigUint64(8 * k, true)));
}

function basicOffsets(table: Uint8Array): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: table.length >> 2 }, (_, k) => view.getUint32(4 * k, true));
}

/** The fragment that each frame begins with; undefined where the table does not fit the fragments. */
function startsFromTable(
  fragments: readonly Fragment[],
  origin: number,
  offsets: readonly number[],
  frameCount: number,
): number[] | undefined {
  if (offsets.length !== frameCount) return undefined;
  const indexAt = new Map(fragments.map(({ itemOffset }, index) => [itemOffset - origin, index]));
  const starts = offsets.map((offset) => indexAt.get(offset) ?? -1);
  const fits = starts[0] === 0 && starts.every((start, k) => k === 0 || start > starts[k - 1]!);
  return fits ? starts : undefined;
}

function startsFromContent(contents: readonly Uint8Array[], frameCount: number): number[] | undefined {
  const starts = contents.flatMap((content, index) =>
    frameStarts.some((start) => start.every((byte, k) => content[k] === byte)) ? [index] : [],
  );
  return starts[0] === 0 && starts.length === frameCount ? starts : undefined;
}

/** One entry of the items of an encapsulated value: a fragment of compressed pixels. */
interface Fragment {
  /** Of its item tag, from which offset tables count. */
  readonly itemOffset: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * The items of an encapsulated value (PS3.5 A.4), always little endian: first the offset table, then the
 * fragments.
 *
 * @throws EndOfBytes, MalformedDataSet
 */
function readFragments(bytes: Uint8Array, start: number, tag: number): Fragment[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments: Fragment[] = [];
  for (let position = start; ; ) {
    const header = readItemHeader(view, { littleEndian: true, explicit: true }, position, tag);
    if (header.tag === sequenceEnd) return fragments;
    if (header.tag !== item) throw noItem(position, header.tag);
    const fragment = { itemOffset: position, offset: position + 8, length: header.length };
    position = fragment.offset + fragment.length;
    if (position > bytes.length) throw new EndOfBytes(position, tag);
    fragments.push(fragment);
  }
}
