import { inflateRawSync } from 'node:zlib';
import { VoxseekError } from '../../../errors.js';
import { MalformedDataSet } from '../data-element.js';
import { encapsulatedFrames } from '../encapsulated-frames.js';
import type { DicomInstance, PixelFormat } from '../instance.js';
import { interpretWhole } from '../interpret-object.js';
import type { Part10 } from '../part10.js';
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
  if (format.bitsAllocated === 1) {
    return interpretWhole(instance.bytes, (part10) => packedPixels(instance, format, part10));
  }
  // The colours of a label map are for display; its stored values are segment numbers all the same.
  const grey = { ...format, photometricInterpretation: 'MONOCHROME2' };
  const { data } = await readPixels({ ...instance, pixels: type.kind === 'LABELMAP' ? grey : format });
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
async function packedPixels(
  instance: DicomInstance,
  format: PixelFormat,
  { dataSet, readStart }: Part10,
): Promise<SegmentPixels> {
  const size = format.rows * format.columns;
  // A format was read, so the pixels were reached.
  const { offset, undefinedLength } = dataSet.pixelData!;
  if (instance.transferSyntaxUid === deflatedImageFrame && undefinedLength) {
    const frames = encapsulatedFrames(dataSet, format.frameCount);
    return { inside: (frame) => unpack(inflateFrame(frames[frame]!, size, instance), 0, size) };
  }
  if (undefinedLength || instance.transferSyntaxUid === explicitBigEndian) {
    throw new VoxseekError(
      'TRANSFER_SYNTAX_UNSUPPORTED',
      `its one-bit pixels are encoded in the transfer syntax ${instance.transferSyntaxUid}`,
      {
        subject: instance.bytes.name,
        advice: 'Convert the segmentation to Explicit VR Little Endian, without compression.',
      },
    );
  }
  const length = Math.ceil((size * format.frameCount) / 8);
  const bits = (await readStart(offset + length)).subarray(offset, offset + length);
  if (bits.length < length || dataSet.pixelData!.length < length) {
    throw new MalformedDataSet(`is truncated: its pixels take ${length} bytes, but ${bits.length} are there`);
  }
  return { inside: (frame) => unpack(bits, frame * size, size) };
}

function inflateFrame(deflated: Uint8Array, count: number, { bytes }: DicomInstance): Uint8Array {
  const length = Math.ceil(count / 8);
  // Frames may be padded to an even length, but no further: a few bytes shall not fill the memory.
  const limits = { maxOutputLength: length + 1 };
  try {
    const bits = inflateRawSync(deflated, limits);
    if (bits.length >= length) return bits;
  } catch {
    // As too few bits.
  }
  throw new VoxseekError('DICOM_INVALID', 'has a frame that cannot be inflated to its size', {
    subject: bytes.name,
  });
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
