import { copySlice, type SliceVoxels } from '../volume/slice.js';
import type { IntensityContext, SliceImage } from '../volume/volume.js';
import { SliceDescriber } from './descriptor/slice-describer.js';
import { type Preprocessing, preprocessVoxels } from './preprocess.js';
import { ScratchArray } from './scratch-array.js';

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
  prepare(slice: SliceVoxels, intensity: IntensityContext, output: Float32Array, offset: number): void;
}

export function createPreparer(preparation: Preparation): SlicePreparer {
  switch (preparation.kind) {
    case 'pixels':
      return {
        valuesPerSlice: ({ width, height }) => width * height,
        prepare: (slice, _, output, offset) => copySlice(slice, output.subarray(offset)),
      };
    case 'network-input': {
      const { preprocessing } = preparation;
      const [height, width] = preprocessing.inputSize;
      return {
        valuesPerSlice: () => preprocessing.channels * height * width,
        prepare: (slice, intensity, output, offset) =>
          preprocessVoxels(slice, intensity, preprocessing, output, offset),
      };
    }
    case 'descriptor': {
      const describer = new SliceDescriber();
      const pixels = new ScratchArray();
      return {
        valuesPerSlice: () => SliceDescriber.dimension,
        prepare: (slice, intensity, output, offset) => {
          const image = copySlice(slice, pixels.take(slice.width * slice.height));
          describer.describe(image, intensity, output, offset);
        },
      };
    }
  }
}
