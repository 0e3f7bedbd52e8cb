import { VoxseekError } from '../errors.js';
import { createDescriptorEncoder, descriptorName } from './descriptor/descriptor.js';
import type { Encoder } from './encoder.js';
import { createOnnxEncoder, type OnnxEncoderOptions } from './onnx.js';

/** A built-in encoder, as a user chooses among them. */
export interface EncoderListing {
  readonly name: string;
  readonly description: string;
  /** Numbers in one embedding. */
  readonly dimension: number;
  /** `descriptor`: computed by rules, without weights. */
  readonly kind: 'descriptor';
}

interface BuiltInEncoder extends Omit<EncoderListing, 'dimension'> {
  readonly create: () => Encoder;
}

const builtInEncoders: readonly BuiltInEncoder[] = [
  {
    name: descriptorName,
    description: 'Hand-made descriptor of gradients, thumbnails and intensities in millimetres; no download.',
    kind: 'descriptor',
    create: createDescriptorEncoder,
  },
];

/** Name of the encoder that is used where none is named. */
export const defaultEncoder: string = descriptorName;

/** The encoders that come with Voxseek, in the order to show them in. */
export function listEncoders(): EncoderListing[] {
  return builtInEncoders.map(({ name, description, kind, create }) => ({
    name,
    description,
    dimension: create().identity.dimension,
    kind,
  }));
}

function refuseModelOptions(name: string, { configFile, windows, dtype }: OnnxEncoderOptions): void {
  const given = Object.entries({ configuration: configFile, window: windows, dtype })
    .filter(([, value]) => value !== undefined)
    .map(([option]) => option);
  if (given.length === 0) return;
  throw new VoxseekError('USAGE', `the built-in encoder takes no ${given.join(', ')}`, {
    subject: name,
    advice: 'Leave it out, or name the path of an ONNX model.',
  });
}

/**
 * Opens an encoder by the name of a built-in one, or by the path of an ONNX model: a file or a folder
 * ({@link createOnnxEncoder}). A name wins over a path that reads the same; write ./NAME for the path.
 *
 * @param options for ONNX models; a built-in encoder accepts none but `threads` and `onWarning`, which it
 *   has no use for.
 * @throws VoxseekError ENCODER_UNKNOWN where it is neither; USAGE for an option that a built-in encoder does
 *   not have; and what createOnnxEncoder throws.
 */
export async function openEncoder(spec: string, options: OnnxEncoderOptions = {}): Promise<Encoder> {
  const builtIn = builtInEncoders.find(({ name }) => name === spec);
  if (builtIn !== undefined) {
    refuseModelOptions(spec, options);
    return builtIn.create();
  }
  try {
    return await createOnnxEncoder(spec, options);
  } catch (error) {
    const nothingThere =
      error instanceof VoxseekError && error.code === 'FILE_NOT_FOUND' && error.subject === spec;
    if (!nothingThere) throw error;
    const names = builtInEncoders.map(({ name }) => name).join(', ');
    throw new VoxseekError('ENCODER_UNKNOWN', 'neither a built-in encoder nor a file or folder', {
      subject: spec,
      advice: `Built in: ${names}. Or give the path of an ONNX model.`,
      cause: error,
    });
  }
}
