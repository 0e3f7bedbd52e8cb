import { VoxseekError } from '../errors.js';
import { createDescriptorEncoder, descriptorName } from './descriptor/descriptor.js';
import type { Encoder } from './encoder.js';
import { createOnnxEncoder, type OnnxEncoderOptions } from './onnx.js';
import { type PresetState, presetState } from './presets/cache.js';
import { openPreset } from './presets/open-preset.js';
import { encoderPresets } from './presets/presets.js';

/** An encoder that has a name, as a user chooses among them. */
export interface EncoderListing {
  readonly name: string;
  readonly description: string;
  /** Numbers in one embedding; null where it depends on the weights. */
  readonly dimension: number | null;
  /** `descriptor`: computed by rules, without weights. `preset`: a published network. */
  readonly kind: 'descriptor' | 'preset';
  /** Whether it can be used at once, or is downloaded when it is opened, or has to be exported before. */
  readonly state: PresetState;
  /** Of the weights; null where there are none. */
  readonly licence: string | null;
}

interface BuiltInEncoder {
  readonly name: string;
  readonly description: string;
  readonly create: () => Encoder;
}

const builtInEncoders: readonly BuiltInEncoder[] = [
  {
    name: descriptorName,
    description: 'Hand-made descriptor of gradients, thumbnails and intensities in millimetres; no download.',
    create: createDescriptorEncoder,
  },
];

/** Name of the encoder that is used where none is named. */
export const defaultEncoder: string = descriptorName;

/** The encoders that Voxseek knows by name, in the order to show them in. */
export function listEncoders(): EncoderListing[] {
  const builtIn = builtInEncoders.map(({ name, description, create }) => ({
    name,
    description,
    dimension: create().identity.dimension,
    kind: 'descriptor' as const,
    state: 'ready' as const,
    licence: null,
  }));
  const presets = encoderPresets.map((preset) => ({
    name: preset.name,
    description: preset.description,
    dimension: preset.dimension,
    kind: 'preset' as const,
    state: presetState(preset),
    licence: preset.licence,
  }));
  return [...builtIn, ...presets];
}

function refuseModelOptions(name: string, { configFile, windows, dtype, device }: OnnxEncoderOptions): void {
  if (device === 'webgpu' || device === 'cuda') {
    throw new VoxseekError(
      'ENCODER_DEVICE',
      `the built-in encoder has no network that could run on ${device}`,
      {
        subject: name,
      },
    );
  }
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
 * Opens an encoder by the name of a built-in one or of a preset ({@link openPreset}, which downloads what is
 * not in the cache), or by the path of an ONNX model: a file or a folder ({@link createOnnxEncoder}). A name
 * wins over a path that reads the same; write ./NAME for the path.
 *
 * @param options for ONNX models and presets; a built-in encoder accepts none but `threads`, `onWarning` and
 *   the devices `cpu` and `auto`, which it has no use for.
 * @throws VoxseekError ENCODER_UNKNOWN where it is none of these; USAGE for an option that a built-in encoder
 *   does not have, ENCODER_DEVICE for a device; and what openPreset and createOnnxEncoder throw.
 */
export async function openEncoder(spec: string, options: OnnxEncoderOptions = {}): Promise<Encoder> {
  const builtIn = builtInEncoders.find(({ name }) => name === spec);
  if (builtIn !== undefined) {
    refuseModelOptions(spec, options);
    return builtIn.create();
  }
  const preset = encoderPresets.find(({ name }) => name === spec);
  if (preset !== undefined) return openPreset(preset, options);
  try {
    return await createOnnxEncoder(spec, options);
  } catch (error) {
    const nothingThere =
      error instanceof VoxseekError && error.code === 'FILE_NOT_FOUND' && error.subject === spec;
    if (!nothingThere) throw error;
    const names = listEncoders().map(({ name }) => name);
    throw new VoxseekError('ENCODER_UNKNOWN', 'neither the name of an encoder nor a file or folder', {
      subject: spec,
      advice: `Names: ${names.join(', ')}. Or give the path of an ONNX model.`,
      cause: error,
    });
  }
}
