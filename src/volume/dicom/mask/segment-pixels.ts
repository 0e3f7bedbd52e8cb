import { inflateRawSync } from 'node:zlib';
import { VoxseekError } from '../../../errors.js';
import { readFragments } from '../data-set.js';
import type { DicomInstance, PixelFormat } from '../instance.js';
import { readPart10 } from '../part10.js';
import { readPixels } from '../read-pixels.js';

/** (0062,0001) Segmentation Type, with what belongs to it. */
export type SegmentationType =
  | { readonly kind: 'BINARY' | 'LABELMAP' }
  | { readonly kind: 'FRACTIONAL'; readonly meaning: string; readonly maximum: number };

export interface SegmentPixels {
  /**
   * @param frame from 0, in file order.
   * @returns 1 inside the segment, row-major [rows, columns]; undefined where the frame has no such pixel.
   */
  inside(frame: number, segment: number): Uint8Array | undefined;
}

const pixelDataTag = 0x7fe00010;
const explicitBigEndian = '1.2.840.10008.1.2.2';
const deflatedImageFrame = '1.2.840.10008.1.2.8.1';

/** @throws VoxseekError DICOM_INVALID, TRANSFER_SYNTAX_UNSUPPORTED */
export async function openSegmentPixels(
  instance: DicomInstance,
  type: SegmentationType,
): Promise<SegmentPixels> {
  const format = instance.pixels;
  if (format === undefined) {
    throw new VoxseekError('MASK_INVALID', 'the segmentation has no pixels', {
      subject: instance.bytes.name,
      advice: 'Export it again.',
    });
  }
  if (format.bitsAllocated === 1) return packedPixels(instance, format);
  const { data } = await readPixels(instance);
  const size = format.rows * format.columns;
  const pixelsWith = (frame: number, isInside: (value: number) => boolean) => {
    const inside = new Uint8Array(size);
    let isEmpty = true;
    for (let pixel = 0; pixel < size; pixel++) {
      if (!isInside(data[frame * size + pixel]!)) continue;
      inside[pixel] = 1;
      isEmpty = false;
    }
    return isEmpty ? undefined : inside;
  };
  if (type.kind === 'LABELMAP') {
    return { inside: (frame, segment) => pixelsWith(frame, (value) => value === segment) };
  }
  const least = type.kind === 'FRACTIONAL' ? type.maximum / 2 : 1;
  return { inside: (frame) => pixelsWith(frame, (value) => value >= least) };
}

/**
 * One bit a pixel, the first pixel in the lowest bit (PS3.5 8.1.1 and D.2). Frames follow each other without
 * padding: a frame may begin within a byte. Where each frame is deflated by itself (Deflated Image Frame
 * Compression), each begins anew.
 */
async function packedPixels(instance: DicomInstance, format: PixelFormat): Promise<SegmentPixels> {
  const size = format.rows * format.columns;
  const truncated = () =>
    new VoxseekError('DICOM_INVALID', 'is truncated: its pixels end too early', {
      subject: instance.bytes.name,
    });
  const { dataSet } = await readPart10(instance.bytes);
  const { bytes, pixelData } = dataSet;
  if (pixelData === undefined) throw truncated();
  if (instance.transferSyntaxUid === deflatedImageFrame) {
    const frames = readFragments(bytes, pixelData.offset, pixelDataTag).slice(1);
    if (frames.length < format.frameCount) throw truncated();
    return {
      inside(frame) {
        const { offset, length } = frames[frame]!;
        return unpack(inflateFrame(bytes.subarray(offset, offset + length), size, truncated), 0, size);
      },
    };
  }
  if (pixelData.undefinedLength || instance.transferSyntaxUid === explicitBigEndian) {
    throw new VoxseekError(
      'TRANSFER_SYNTAX_UNSUPPORTED',
      `its one-bit pixels are encoded in the transfer syntax ${instance.transferSyntaxUid}`,
      {
        subject: instance.bytes.name,
        advice: 'Convert the segmentation to Explicit VR Little Endian, without compression.',
      },
    );
  }
  const bits = bytes.subarray(pixelData.offset, pixelData.offset + pixelData.length);
  if (bits.length * 8 < size * format.frameCount) throw truncated();
  return { inside: (frame) => unpack(bits, frame * size, size) };
}

/** @throws what `truncated` makes where these are no `count` deflated bits */
function inflateFrame(deflated: Uint8Array, count: number, truncated: () => VoxseekError): Uint8Array {
  const length = Math.ceil(count / 8);
  let bits: Uint8Array;
  try {
    // A frame may be padded to an even length, but no further: a few bytes shall not fill the memory.
    bits = inflateRawSync(deflated, { maxOutputLength: length + 1 });
  } catch {
    throw truncated();
  }
  if (bits.length < length) throw truncated();
  return bits;
}

/** @returns 0 or 1 for each of `count` bits; undefined where all are 0. */
function unpack(bits: Uint8Array, first: number, count: number): Uint8Array | undefined {
  const inside = new Uint8Array(count);
  let isEmpty = true;
  for (let pixel = 0; pixel < count; ) {
    const bit = first + pixel;
    const byte = bits[bit >> 3]! >> (bit & 7);
    if (byte === 0) {
      pixel += 8 - (bit & 7);
      continue;
    }
    inside[pixel] = byte & 1;
    isEmpty &&= (byte & 1) === 0;
    pixel++;
  }
  return isEmpty ? undefined : inside;
}
