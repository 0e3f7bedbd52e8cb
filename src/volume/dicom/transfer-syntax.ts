/** How the data set and the pixels of a DICOM file are encoded (PS3.5 chapter 10, PS3.6 annex A). */
export interface TransferSyntax {
  readonly name: string;
  /** Of the data set; whether its elements carry their VR is seen from its first element. */
  readonly littleEndian: boolean;
  readonly deflated: boolean;
  readonly pixels: PixelEncoding;
}

/** Of the JPEG family (T.81, T.87), which process it is stands in each frame. */
export type PixelEncoding = 'native' | 'deflated-frames' | 'rle' | 'jpeg' | 'jpeg-2000' | 'htj2k';

export const implicitLittleEndian = '1.2.840.10008.1.2';
export const explicitLittleEndian = '1.2.840.10008.1.2.1';

const compressed = (name: string, pixels: PixelEncoding): TransferSyntax => ({
  name,
  littleEndian: true,
  deflated: false,
  pixels,
});

const transferSyntaxes: Readonly<Record<string, TransferSyntax>> = {
  [implicitLittleEndian]: compressed('Implicit VR Little Endian', 'native'),
  [explicitLittleEndian]: compressed('Explicit VR Little Endian', 'native'),
  '1.2.840.10008.1.2.1.98': compressed('Encapsulated Uncompressed Explicit VR Little Endian', 'native'),
  '1.2.840.10008.1.2.1.99': {
    name: 'Deflated Explicit VR Little Endian',
    littleEndian: true,
    deflated: true,
    pixels: 'native',
  },
  '1.2.840.10008.1.2.2': {
    name: 'Explicit VR Big Endian',
    littleEndian: false,
    deflated: false,
    pixels: 'native',
  },
  '1.2.840.10008.1.2.5': compressed('RLE Lossless', 'rle'),
  '1.2.840.10008.1.2.8.1': compressed('Deflated Image Frame Compression', 'deflated-frames'),
  '1.2.840.10008.1.2.4.50': compressed('JPEG Baseline (Process 1)', 'jpeg'),
  '1.2.840.10008.1.2.4.51': compressed('JPEG Extended (Process 2 & 4)', 'jpeg'),
  '1.2.840.10008.1.2.4.57': compressed('JPEG Lossless (Process 14)', 'jpeg'),
  '1.2.840.10008.1.2.4.70': compressed('JPEG Lossless (Process 14, Selection Value 1)', 'jpeg'),
  '1.2.840.10008.1.2.4.80': compressed('JPEG-LS Lossless', 'jpeg'),
  '1.2.840.10008.1.2.4.81': compressed('JPEG-LS Near-Lossless', 'jpeg'),
  '1.2.840.10008.1.2.4.90': compressed('JPEG 2000 Lossless Only', 'jpeg-2000'),
  '1.2.840.10008.1.2.4.91': compressed('JPEG 2000', 'jpeg-2000'),
  '1.2.840.10008.1.2.4.201': compressed('High-Throughput JPEG 2000 Lossless Only', 'htj2k'),
  '1.2.840.10008.1.2.4.202': compressed('High-Throughput JPEG 2000 RPCL Lossless Only', 'htj2k'),
  '1.2.840.10008.1.2.4.203': compressed('High-Throughput JPEG 2000', 'htj2k'),
};

/**
 * @returns undefined for a syntax that is not known here. Headers of such files can be read all the same: every
 *   syntax that is not listed encodes its data set as Explicit VR Little Endian.
 */
export function transferSyntax(uid: string): TransferSyntax | undefined {
  return Object.hasOwn(transferSyntaxes, uid) ? transferSyntaxes[uid] : undefined;
}
