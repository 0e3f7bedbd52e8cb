import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Encoder, EncoderIdentity } from '../encoder.js';
import { blocks, directions } from './blocks.js';
import { palettes } from './palette.js';
import { descriptorName, SliceDescriber } from './slice-describer.js';
import { ellipseMargin, farExtent, viewSize } from './views.js';

export { descriptorName } from './slice-describer.js';

/** To be changed with any change of the code that changes embeddings: archives are bound to it. */
const algorithm = 'voxseek descriptor 1: body-centred gradients, thumbnails, intensity classes';

const parameters = { palettes, viewSize, ellipseMargin, farExtent, blocks, directions };

const { dimension } = SliceDescriber;

const identity: EncoderIdentity = {
  name: descriptorName,
  weightsHash: createHash('sha256').update(algorithm).update(JSON.stringify(parameters)).digest('hex'),
  dimension,
  preprocessing: parameters,
};

/**
 * The built-in encoder: a hand-made descriptor of one slice, without weights, the same on every machine.
 *
 * The body is found and everything else (table, blankets, empty field of view) set to air; it is looked at in
 * three views ({@link View}), in millimetres and not in pixels, through several intensity windows; gradients
 * (HOG: Dalal and Triggs, CVPR 2005), thumbnails and an intensity histogram of these are evened out, scaled
 * block by block, and joined. CT is read in Hounsfield units, MR between the percentiles of its volume; both
 * give vectors of one space. Nothing depends on the plane: coronal and sagittal slices are described alike.
 *
 * `embed` throws VoxseekError ENCODER_OUTPUT_INVALID for a slice with NaN.
 */
export function createDescriptorEncoder(): Encoder {
  const describer = new SliceDescriber();
  return {
    identity,
    staged: {
      preparation: { kind: 'descriptor' },
      embedPrepared: async (prepared, count) => prepared.slice(0, count * dimension),
    },
    async embed(slices, intensity) {
      const embeddings = new Float32Array(slices.length * dimension);
      for (const [i, slice] of slices.entries()) {
        describer.describe(slice, intensity, embeddings, i * dimension);
        // Some ten milliseconds each: in between, a server answers its other clients.
        await setImmediate();
      }
      return embeddings;
    },
    async close() {},
  };
}
