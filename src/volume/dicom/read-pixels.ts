import { VoxseekError } from '../../errors.js';
import { CodecError, CodecUnsupported } from './codecs/decoded-frame.js';
import { frameDecoder } from './codecs/frame-decoder.js';
import { EndOfBytes, MalformedDataSet } from './data-element.js';
import type { DataSet } from './data-set.js';
import { encapsulatedFrames } from './encapsulated-frames.js';
import type { DicomInstance, PixelFormat } from './instance.js';
import { type Part10, readPart10 } from './part10.js';
import { areStoredValues, type StoredValues, storedValues, writeStoredValues } from './stored-values.js';
import { type TransferSyntax, transferSyntax } from './transfer-syntax.js';

export interface StoredPixels {
  /**
   * Stored values, not rescaled, row-major [frame, row, column] in the order of the file. May be a view of the
   * whole file's bytes: copy it before its buffer is transferred.
   */
  readonly data: StoredValues;
}

/**
 * Reads all pixels of an instance: 8 or 16 bits allocated, one sample per pixel (PS3.3 C.7.6.3, PS3.5 chapter 8).
 * MONOCHROME1 is inverted, so that high values are bright.
 *
 * @throws VoxseekError SERIES_UNUSABLE where the instance has no pixels, or coloured ones, or of more than 16 bits;
 *   TRANSFER_SYNTAX_UNSUPPORTED; DICOM_INVALID where pixels are missing or broken, or their number is not that of
 *   the header; FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readPixels(instance: DicomInstance): Promise<StoredPixels> {
  const subject = instance.bytes.name;
  const format = usableFormat(instance);
  const syntax = transferSyntax(instance.transferSyntaxUid);
  if (syntax === undefined)
    throw new VoxseekError(
      'TRANSFER_SYNTAX_UNSUPPORTED',
      `has pixels in the transfer syntax ${instance.transferSyntaxUid}`,
      { subject },
    );
  const part10 = await readPart10(instance.bytes);
  try {
    const { pixelData } = part10.dataSet;
    if (pixelData === undefined) throw new MalformedDataSet('has no Pixel Data any more');
    const data = pixelData.undefinedLength
      ? await readEncapsulated(part10.dataSet, format, syntax)
      : await readNative(part10, format, syntax);
    return { data };
  } catch (error) {
    if (error instanceof EndOfBytes)
      throw new VoxseekError('DICOM_INVALID', `is truncated: it ${error.message}`, { subject, cause: error });
    if (error instanceof MalformedDataSet)
      throw new VoxseekError('DICOM_INVALID', error.message, { subject, cause: error });
    if (error instanceof CodecUnsupported)
      throw new VoxseekError('TRANSFER_SYNTAX_UNSUPPORTED', `has pixels in ${error.message}`, {
        subject,
        cause: error,
      });
    throw error;
  }
}

function usableFormat({ pixels, bytes }: DicomInstance): PixelFormat {
  const unusable = (reason: string) => new VoxseekError('SERIES_UNUSABLE', reason, { subject: bytes.name });
  if (pixels === undefined) throw unusable('has no pixels');
  if (pixels.samplesPerPixel !== 1 || !pixels.photometricInterpretation.startsWith('MONOCHROME'))
    throw unusable(
      `is no grey image (${pixels.photometricInterpretation}, ${pixels.samplesPerPixel} samples per pixel)`,
    );
  if (pixels.bitsAllocated !== 8 && pixels.bitsAllocated !== 16)
    throw unusable(`has pixels of ${pixels.bitsAllocated} bits; 8 and 16 are read`);
  return pixels;
}

function pixelCount({ rows, columns, frameCount }: PixelFormat): number {
  return rows * columns * frameCount;
}

async function readNative(
  { dataSet, readStart }: Part10,
  format: PixelFormat,
  syntax: TransferSyntax,
): Promise<StoredValues> {
  if (syntax.pixels !== 'native')
    throw new MalformedDataSet(`has uncompressed pixels, but the transfer syntax of ${syntax.name}`);
  const { offset, length: stated, vr } = dataSet.pixelData!;
  const length = pixelCount(format) * (format.bitsAllocated / 8);
  // Some writers pad by more than the byte that makes a length even. A header that is wrong is so by a row or more.
  const rowBytes = format.columns * (format.bitsAllocated / 8);
  if (stated < length || stated - length >= Math.max(rowBytes, 2))
    throw new MalformedDataSet(`has ${stated} bytes of pixels where its header asks for ${length}`);
  const bytes = await readStart(offset + stated);
  if (bytes.length < offset + stated)
    throw new MalformedDataSet(
      `is truncated: ${offset + stated - bytes.length} of ${stated} bytes of pixels are missing`,
    );
  const swapped = !syntax.littleEndian && (format.bitsAllocated === 16 || vr === 'OW');
  const samples = nativeSamples(bytes.subarray(offset, offset + stated), format, swapped).subarray(
    0,
    pixelCount(format),
  );
  if (areStoredValues(format)) return asStoredValues(samples, format);
  const data = storedValues(format, samples.length);
  writeStoredValues(data, 0, samples, format, format.bitsAllocated);
  return data;
}

/** Samples in little-endian order, that of every machine this runs on; without a copy where that can be. */
function nativeSamples(
  bytes: Uint8Array,
  { bitsAllocated }: PixelFormat,
  swapped: boolean,
): Uint8Array | Uint16Array {
  const { buffer, byteOffset, length } = swapped
    ? swappedWords(bytes)
    : bitsAllocated === 16 && bytes.byteOffset % 2 === 1
      ? Buffer.from(bytes)
      : bytes;
  return bitsAllocated === 8
    ? new Uint8Array(buffer, byteOffset, length)
    : new Uint16Array(buffer, byteOffset, length / 2);
}

function swappedWords(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 2 === 1) throw new MalformedDataSet('has words of pixels, but an odd number of bytes');
  return Buffer.from(bytes).swap16();
}

function asStoredValues(samples: Uint8Array | Uint16Array, { isSigned }: PixelFormat): StoredValues {
  if (!isSigned) return samples;
  const { buffer, byteOffset, length } = samples;
  return samples instanceof Uint8Array
    ? new Int8Array(buffer, byteOffset, length)
    : new Int16Array(buffer, byteOffset, length);
}

async function readEncapsulated(
  dataSet: DataSet,
  format: PixelFormat,
  syntax: TransferSyntax,
): Promise<StoredValues> {
  const frames = encapsulatedFrames(dataSet, format.frameCount);
  const decode = await frameDecoder(syntax.pixels, format);
  const data = storedValues(format, pixelCount(format));
  for (const [index, encoded] of frames.entries()) {
    const offset = index * format.rows * format.columns;
    const { samples, precision } = decodeFrame(decode, encoded, format, index);
    writeStoredValues(data, offset, samples, format, precision);
  }
  return data;
}

function decodeFrame(
  decode: Awaited<ReturnType<typeof frameDecoder>>,
  encoded: Uint8Array,
  format: PixelFormat,
  index: number,
) {
  try {
    return decode(encoded, format);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new MalformedDataSet(`frame ${index} ${error.message}`, { cause: error });
  }
}
