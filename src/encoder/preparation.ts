import type { IntensityContext, SliceImage } from '../volume/volume.js';
import { SliceDescriber } from './descriptor/slice-describer.js';
import { type Preprocessing, preprocessSlice } from './preprocess.js';

/**
 * What is done to the slices of a volume before they are embedded; plain data, so that it can be sent to another
 * thread. `pixels`: nothing. `network-input`: the tensor of a network. `descriptor`: all of it, what comes out is
 * the embedding.
 */
export type Preparation =
  | { readonly kind: 'pixels' }
  | { readonly kind: 'network-input'; readonly preprocessing: Preprocessing }
  | { readonly kind: 'descriptor' };

/** Does what a {@link Preparation} says; keeps buffers between calls. */
export interface SlicePreparer {
  /** How many numbers one slice becomes. */
  valuesPerSlice(slice: Pick<SliceImage, 'width' | 'height'>): number;
  /**
   * Writes the numbers of one slice to `output`, from `offset` on.
   *
   * @throws VoxseekError ENCODER_OUTPUT_INVALID
   */
  prepare(slice: SliceImage, intensity: IntensityContext, output: Float32Array, offset: number): void;
}

export function createPreparer(preparation: Preparation): SlicePreparer {
  switch (preparation.kind) {
    case 'pixels':
      return {
        valuesPerSlice: ({ width, height }) => width * height,
        prepare: ({ pixels }, _, output, offset) => output.set(pixels, offset),
      };
    case 'network-input': {
      const { preprocessing } = preparation;
      const [height, width] = preprocessing.inputSize;
      return {
        valuesPerSlice: () => preprocessing.channels * height * width,
        prepare: (slice, intensity, output, offset) =>
          preprocessSlice(slice, intensity, preprocessing, output, offset),
      };
    }
    case 'descriptor': {
      const describer = new SliceDescriber();
      return {
        valuesPerSlice: () => SliceDescriber.dimension,
        prepare: (slice, intensity, output, offset) => describer.describe(slice, intensity, output, offset),
      };
    }
  }
}
