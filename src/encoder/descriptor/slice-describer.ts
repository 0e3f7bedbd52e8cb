import { VoxseekError } from '../../errors.js';
import type { IntensityContext, SliceImage } from '../../volume/volume.js';
import { blockLength, blocks, scaleToNorm, writeBlock } from './blocks.js';
import { BodyFinder, clearOutside } from './body.js';
import { applyCurve } from './curve.js';
import { FloatBuffer, reduceSlice, resample } from './grid.js';
import { type Channel, intensityScale, type Palette, palettes } from './palette.js';
import { type View, viewGrid, viewSize, views } from './views.js';

/** Name of the encoder that needs no download. */
export const descriptorName = 'descriptor-v1';

const dimension = blocks.reduce((length, block) => length + blockLength(block), 0);

/** Describes slices one after the other, in buffers that it keeps. */
export class SliceDescriber {
  /** Numbers that describe one slice. */
  static readonly dimension = dimension;

  readonly #reduced = new FloatBuffer();
  readonly #stretched = new FloatBuffer();
  readonly #finder = new BodyFinder();
  readonly #values = new FloatBuffer();
  readonly #image = new FloatBuffer();

  /**
   * Writes {@link dimension} numbers of norm 1 to `output`, from `offset` on.
   *
   * @throws VoxseekError ENCODER_OUTPUT_INVALID for a slice with NaN.
   */
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
