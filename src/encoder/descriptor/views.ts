import type { Body } from './body.js';
import type { Grid } from './grid.js';

/**
 * Where a block looks: `near` and `wide` show a fixed extent in mm around the centre of the body, so that
 * size counts; `box` stretches the body's bounding box to a fixed size, so that it does not.
 */
export type View = 'near' | 'wide' | 'box';

/** Pixels along each side, and mm per pixel where that is fixed. */
export const viewLayout = {
  near: { size: 64, step: 4 },
  wide: { size: 64, step: 8 },
  box: { size: 32, step: undefined },
} as const satisfies Record<View, { size: number; step: number | undefined }>;

/** The grid of a view of this body. */
export function viewGrid(view: View, body: Body): Grid {
  const { size, step } = viewLayout[view];
  if (step === undefined)
    return {
      width: size,
      height: size,
      left: body.left,
      top: body.top,
      stepX: body.width / size,
      stepY: body.height / size,
    };
  return {
    width: size,
    height: size,
    left: body.centreX - (size * step) / 2,
    top: body.centreY - (size * step) / 2,
    stepX: step,
    stepY: step,
  };
}
