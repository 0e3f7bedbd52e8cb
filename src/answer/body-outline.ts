import { BodyFinder } from '../encoder/descriptor/body.js';
import { FloatBuffer, reduceSlice } from '../encoder/descriptor/grid.js';
import { intensityScale, palettes } from '../encoder/descriptor/palette.js';
import type { IntensityContext, SliceImage } from '../volume/volume.js';

/** The ellipse with the place and spread of the body in one slice, in mm from the slice's left and top edge. */
export interface BodyOutline {
  readonly centreX: number;
  readonly centreY: number;
  readonly halfX: number;
  readonly halfY: number;
}

/** Finds the body in slices as the built-in encoder does: without table, blankets and other things. */
export class BodyOutliner {
  readonly #finder = new BodyFinder();
  readonly #reduced = new FloatBuffer();

  /** @returns undefined where the slice shows nothing but air. */
  outline(slice: SliceImage, intensity: IntensityContext): BodyOutline | undefined {
    const { tissue, air } = palettes[intensity.modality];
    const raster = reduceSlice(slice, intensityScale(intensity), this.#reduced);
    const { area, centreX, centreY, halfX, halfY } = this.#finder.find(raster, tissue, air);
    return area === 0 ? undefined : { centreX, centreY, halfX, halfY };
  }
}
