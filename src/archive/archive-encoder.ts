import { resolve } from 'node:path';
import { defaultEncoder, listEncoders, openEncoder } from '../encoder/catalog.js';
import type { Encoder } from '../encoder/encoder.js';
import type { OnnxEncoderOptions } from '../encoder/onnx.js';
import { VoxseekError } from '../errors.js';
import { version } from '../version.js';
import type { Plane } from '../volume/volume.js';
import { Archive } from './archive.js';
import { assertSameEncoding, type EncoderSource, readManifest } from './manifest.js';

/** What does not change embeddings, but for their last digits. */
export type EncoderUse = Pick<OnnxEncoderOptions, 'device' | 'threads' | 'onWarning'>;

/**
 * Opens the encoder that an archive was made with, from where it was then.
 *
 * @throws VoxseekError ENCODER_UNKNOWN, ENCODER_INVALID, ENCODER_DEVICE, ENCODER_MISMATCH where its weights or
 *   configuration have changed since
 */
export async function openArchiveEncoder(archive: Archive, use: EncoderUse = {}): Promise<Encoder> {
  const { encoderSource, slicing } = archive.manifest;
  const encoder = await openEncoder(encoderSource.name, { ...encoderSource.options, ...use });
  assertSameEncoding(archive.folder, archive.manifest, { encoder: encoder.identity, slicing });
  return encoder;
}

/** How volumes are to be encoded; what is left out is as in the archive, or the default for a new one. */
export interface EncodingOptions extends OnnxEncoderOptions {
  /** Name of a built-in encoder, or path of an ONNX model. */
  readonly encoder?: string;
  readonly plane?: Plane;
  /** One slice for about every so many millimetres; default: every slice. */
  readonly everyMm?: number;
}

/**
 * Opens an archive to add volumes to it, or makes it, together with its encoder. The caller closes both.
 *
 * @throws VoxseekError ENCODER_MISMATCH where the options differ from those the archive was made with, USAGE,
 *   ENCODER_UNKNOWN, ENCODER_INVALID, ENCODER_DEVICE, and what {@link Archive.openOrCreate} throws
 */
export async function openForIngest(
  folder: string,
  options: EncodingOptions = {},
): Promise<{ archive: Archive; encoder: Encoder }> {
  const { everyMm } = options;
  if (everyMm !== undefined && !(everyMm > 0 && Number.isFinite(everyMm))) {
    throw new VoxseekError('USAGE', `${everyMm} is not a distance in mm`, { subject: 'every' });
  }
  const existing = await readManifest(resolve(folder)).catch((error: unknown) => {
    if (error instanceof VoxseekError && error.code === 'ARCHIVE_NOT_FOUND') return undefined;
    throw error;
  });
  const encoderSource = sourceOf(options, existing?.encoderSource);
  const { threads, device, onWarning } = options;
  const encoder = await openEncoder(encoderSource.name, {
    ...encoderSource.options,
    ...(threads !== undefined && { threads }),
    ...(device !== undefined && { device }),
    ...(onWarning && { onWarning }),
  });
  try {
    const archive = await Archive.openOrCreate(folder, {
      encoder: encoder.identity,
      encoderSource: {
        ...encoderSource,
        ...(encoder.device !== undefined && { device: encoder.device }),
      },
      slicing: {
        plane: options.plane ?? existing?.slicing.plane ?? 'axial',
        everyMm: everyMm ?? existing?.slicing.everyMm ?? null,
      },
      createdWith: version,
    });
    return { archive, encoder };
  } catch (error) {
    await encoder.close();
    throw error;
  }
}

/** The encoder that is asked for; where nothing is, that of the archive, else the default one. */
function sourceOf(options: EncodingOptions, existing: EncoderSource | undefined): EncoderSource {
  const { encoder, configFile, windows, dtype } = options;
  const nothingAsked = [encoder, configFile, windows, dtype].every((option) => option === undefined);
  if (nothingAsked && existing) return existing;
  const name = encoder ?? existing?.name ?? defaultEncoder;
  const isBuiltIn = listEncoders().some((listing) => listing.name === name);
  return {
    name: isBuiltIn ? name : resolve(name),
    options: {
      ...(configFile !== undefined && { configFile: resolve(configFile) }),
      ...(windows !== undefined && { windows: windows.map(({ low, high }) => ({ low, high })) }),
      ...(dtype !== undefined && { dtype }),
    },
  };
}
