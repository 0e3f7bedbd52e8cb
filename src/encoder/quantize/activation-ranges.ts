import { InferenceSession, Tensor } from 'onnxruntime-node';
import { VoxseekError } from '../../errors.js';
import { bytesField, integerField, joinPieces, textField } from '../../protobuf.js';
import { messageOf } from '../network-session.js';
import { elementType, type OnnxModel, serializeModel } from './onnx-model.js';

/** The smallest interval that holds zero and all values that activations were seen to have. */
export interface ActivationRange {
  readonly low: number;
  readonly high: number;
}

/** Slices that a network is tried on, as it is given them. */
export interface CalibrationSlices {
  /** Row-major [count, channels, height, width]. */
  readonly values: Float32Array;
  readonly count: number;
  /** [channels, height, width]. */
  readonly shape: readonly [number, number, number];
}

/**
 * Runs a model on slices, one by one, and notes what range its activations have.
 *
 * @param names of values of the graph, of float32.
 * @param file to name in errors.
 * @throws VoxseekError ENCODER_INVALID where the model does not run, or a value is not finite
 */
export async function measureRanges(
  model: OnnxModel,
  names: readonly string[],
  slices: CalibrationSlices,
  file: string,
): Promise<Map<string, ActivationRange>> {
  const session = await openWithOutputs(model, names, file);
  const ranges = new Map<string, ActivationRange>();
  const note = (name: string, values: Float32Array) => {
    let { low, high } = ranges.get(name) ?? { low: 0, high: 0 };
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
      // NaN is neither smaller nor larger than anything.
      if (Number.isNaN(value)) high = value;
    }
    if (!Number.isFinite(high - low)) {
      throw new VoxseekError('ENCODER_INVALID', `its value "${name}" is not finite for a slice`, {
        subject: file,
      });
    }
    ranges.set(name, { low, high });
  };
  try {
    const input = session.inputNames[0]!;
    const fixedBatch = Number((session.inputMetadata[0] as { shape?: unknown[] }).shape?.[0]) || 1;
    const size = slices.values.length / slices.count;
    for (let i = 0; i < slices.count; i++) {
      const slice = slices.values.subarray(i * size, (i + 1) * size);
      const batch = new Float32Array(fixedBatch * size);
      for (let copy = 0; copy < fixedBatch; copy++) batch.set(slice, copy * size);
      const outputs = await session.run({
        [input]: new Tensor('float32', batch, [fixedBatch, ...slices.shape]),
      });
      for (const name of names) note(name, name === input ? batch : (outputs[name]!.data as Float32Array));
    }
  } finally {
    await session.release();
  }
  return ranges;
}

/** The model with values of its graph as outputs besides its own. */
async function openWithOutputs(
  model: OnnxModel,
  names: readonly string[],
  file: string,
): Promise<InferenceSession> {
  const have = new Set(
    model.graph.flatMap((part) => (part.kind === 'output' || part.kind === 'input' ? [part.name] : [])),
  );
  const floats = bytesField(2, bytesField(1, [integerField(1, elementType.float32)]));
  const outputs = names
    .filter((name) => !have.has(name))
    .map((name) => bytesField(12, [textField(1, name), ...floats]));
  const graph = model.graph.map(({ field }) => [field.encoded]);
  try {
    return await InferenceSession.create(joinPieces(serializeModel(model, [...graph, ...outputs])), {
      executionProviders: ['cpu'],
      logSeverityLevel: 4,
    });
  } catch (error) {
    throw new VoxseekError('ENCODER_INVALID', `onnxruntime cannot load it (${messageOf(error)})`, {
      subject: file,
      cause: error,
    });
  }
}
