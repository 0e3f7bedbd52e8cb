import type { IntensityContext, SliceImage } from '../volume/volume.js';
import type { Preparation } from './preparation.js';

/**
 * What makes two embeddings comparable. An archive keeps the identity of its encoder and refuses any other:
 * every field takes part in the comparison.
 */
export interface EncoderIdentity {
  /** Name of a built-in encoder, or the base name of a model that a user brought. */
  readonly name: string;
  /** SHA-256 (hex) of the weights; of the algorithm's version string where an encoder has no weights. */
  readonly weightsHash: string;
  /** Numbers in one embedding. */
  readonly dimension: number;
  /** Everything between voxel values and network input, as plain JSON. */
  readonly preprocessing: Readonly<Record<string, unknown>>;
}

/** An encoder in two parts: what another thread can do with a slice, and the rest. */
export interface StagedEncoding {
  readonly preparation: Preparation;
  /**
   * @param prepared what the preparation makes of `count` slices, one after the other.
   * @returns as {@link Encoder.embed}, to the bit, where that is given the same slices.
   * @throws VoxseekError ENCODER_OUTPUT_INVALID
   */
  embedPrepared(prepared: Float32Array, count: number): Promise<Float32Array>;
}

/** Slices in, L2-normalised embeddings out. */
export interface Encoder {
  readonly identity: EncoderIdentity;
  /** On what its network runs; missing where it has none. For the record: not part of the identity. */
  readonly device?: string;
  /** Missing: the encoder needs the slices themselves, in the thread that called it. */
  readonly staged?: StagedEncoding;
  /**
   * @param slices n slices of one volume, in display orientation.
   * @param intensity how to read their values.
   * @returns row-major [n, dimension] float32, every row of Euclidean norm 1. The result for a slice does not
   *   depend on the slices that stand beside it in the batch.
   * @throws VoxseekError ENCODER_OUTPUT_INVALID where the network gives NaN, infinity or only zeros.
   */
  embed(slices: readonly SliceImage[], intensity: IntensityContext): Promise<Float32Array>;
  /** Frees the memory of the network; the encoder cannot be used afterwards. */
  close(): Promise<void>;
}
