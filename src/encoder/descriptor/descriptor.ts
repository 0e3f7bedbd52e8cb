import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { VoxseekError } from '../../errors.js';
import type { IntensityContext, SliceImage } from '../../volume/volume.js';
import type { Encoder, EncoderIdentity } from '../encoder.js';
import { blockLength, blocks, directions, scaleToNorm, writeBlock } from './blocks.js';
import { BodyFinder, clearOutside } from './body.js';
import { applyCurve } from './curve.js';
import { FloatBuffer, reduceSlice, resample } from './grid.js';
import { type Channel, intensityScale, type Palette, palettes } from './palette.js';
import { ellipseMargin, farExtent, type View, viewGrid, viewSize, views } from './views.js';

/** Name of the encoder that needs no download. */
export const descriptorName = 'descriptor-v1';

/** To be changed with any change of the code that changes embeddings: archives are bound to it. */
const algorithm = 'voxseek descriptor 1: body-centred gradients, thumbnails, intensity classes';

const parameters = { palettes, viewSize, ellipseMargin, farExtent, blocks, directions };

const dimension = blocks.reduce((length, block) => length + blockLength(block), 0);

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

/** Describes slices one after the other, in buffers that it keeps. */
class SliceDescriber {
  readonly #reduced = new FloatBuffer();
  readonly #stretched = new FloatBuffer();
  readonly #finder = new BodyFinder();
  readonly #values = new FloatBuffer();
  readonly #image = new FloatBuffer();

  /** Writes `dimension` numbers of norm 1 to `output`, from `offset` on. */
  describe(slice: SliceImage, intensity: IntensityContext, output: Float32Array, offset: number): void {
    const palette = palettes[intensity.modality];
    const raster = reduceSlice(slice, intensityScale(intensity), this.#reduced);
    const body = this.#finder.find(raster, palette.tissue, palette.air);
    for (const view of views) {
      const grid = viewGrid(view, body);
      const values = this.#values.take(grid.width * grid.height);
      resample(raster, grid, palette.air, values, this.#stretched);
      clearOutside(body, grid, palette.air, values);
      this.#describeView(view, values, palette, output, offset);
    }
    // Never zero: a histogram has a share of one to give away, whatever the slice shows.
    const norm = scaleToNorm(1, output, offset, dimension);
    if (!Number.isFinite(norm))
      throw new VoxseekError('ENCODER_OUTPUT_INVALID', 'a slice has pixels that are not finite', {
        subject: descriptorName,
        advice: 'Replace NaN and infinite values with the value of the background.',
      });
  }

  #describeView(
    view: View,
    values: Float32Array,
    palette: Palette,
    output: Float32Array,
    offset: number,
  ): void {
    const pixels = viewSize * viewSize;
    let drawn: Channel | undefined;
    let start = offset;
    for (const block of blocks) {
      if (block.view === view) {
        if (block.channel !== undefined && block.channel !== drawn) {
          drawn = block.channel;
          applyCurve(palette.channels[drawn], values, pixels, this.#image.take(pixels));
        }
        const image = block.channel === undefined ? values : this.#image.take(pixels);
        writeBlock(block, image, palette.classes, output, start);
      }
      start += blockLength(block);
    }
  }
}
