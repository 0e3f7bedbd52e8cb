import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { VoxseekError } from '../../errors.js';
import { niftiHeaderBytes, parseNiftiHeader } from '../../volume/nifti-header.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { startsWithGzip } from './file-magic.js';

/** A header of text is looked at as far as this. */
const textHeaderBytes = 64 * 1024;

/**
 * How many voxels an uploaded image says that it has, before anything is made room for.
 *
 * @throws VoxseekError UPLOAD_INVALID where the voxels are in another file than the header: which file that is,
 *   a client must not say; VOLUME_CORRUPT, VOLUME_NOT_3D, VOLUME_EMPTY, VOLUME_FORMAT_UNKNOWN
 */
export async function announcedVoxels({ image, dicom }: VolumeEntry): Promise<number> {
  if (dicom !== undefined) {
    return dicom.frames.reduce((sum, { instance: { pixels } }) => {
      return sum + (pixels === undefined ? 0 : pixels.rows * pixels.columns);
    }, 0);
  }
  if (/\.(nhdr|mhd)$/i.test(image)) throw detached();
  if (/\.nrrd$/i.test(image)) return voxelsOfNrrd(await start(image, textHeaderBytes));
  if (/\.mha$/i.test(image)) return voxelsOfMetaImage(await start(image, textHeaderBytes));
  return product(parseNiftiHeader(await start(image, niftiHeaderBytes), image).size);
}

/** teem.sourceforge.net/nrrd/format.html: the header ends with an empty line. */
function voxelsOfNrrd(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  // ITK tries its other readers on what is no NRRD, and those may look into other files.
  if (!text.startsWith('NRRD') || end < 0) throw noHeader('NRRD');
  const header = text.slice(0, end);
  if (/^data ?file:/im.test(header)) throw detached();
  return productOf(/^sizes:(.*)$/im.exec(header)?.[1]);
}

/** itk.org/Wiki/MetaIO/Documentation: ElementDataFile is the last line of the header. */
function voxelsOfMetaImage(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  if (!/^\s*\w+\s*=/.test(text)) throw noHeader('MetaImage');
  const place = /^\s*ElementDataFile\s*=\s*(\S*)/im.exec(text);
  if (place?.[1]?.toUpperCase() !== 'LOCAL') throw detached();
  return productOf(/^\s*DimSize\s*=(.*)$/im.exec(text.slice(0, place.index))?.[1]);
}

/** @param sizes numbers with spaces between; 0 where there are none, for the reader to complain. */
function productOf(sizes: string | undefined): number {
  return sizes === undefined ? 0 : product(sizes.trim().split(/\s+/).map(Number));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

/** The first bytes of a file, decompressed where it is a gzip; fewer where it is shorter. */
async function start(path: string, bytes: number): Promise<Buffer> {
  const file = createReadStream(path);
  const stream = (await startsWithGzip(path)) ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => stream.destroy(error));
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= bytes) break;
    }
  } catch (error) {
    throw new VoxseekError('VOLUME_CORRUPT', 'the compressed data are damaged', {
      subject: path,
      cause: error,
    });
  } finally {
    file.destroy();
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

function noHeader(format: string): VoxseekError {
  return new VoxseekError('VOLUME_CORRUPT', `it does not begin as ${format} does`, { subject: 'upload' });
}

function detached(): VoxseekError {
  return new VoxseekError('UPLOAD_INVALID', 'its voxels are in another file', {
    subject: 'upload',
    advice: 'Send .nrrd or .mha with the voxels in it.',
  });
}
