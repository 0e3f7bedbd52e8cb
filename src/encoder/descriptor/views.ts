import type { Body } from './body.js';
import type { Grid } from './grid.js';

/**
 * What a block looks at. `box`: the body's bounding box, stretched to a fixed size, so that the size of a
 * patient does not count. `ellipse`: the same with the ellipse of equal variance, which a hand or a shoulder at
 * the edge hardly moves. `far`: a fixed extent in mm around the centre of the body, so that size does count: a
 * thigh is not a head.
 */
export type View = 'box' | 'ellipse' | 'far';

/** Pixels along each side of every view. */
export const viewSize = 48;
/** How far the ellipse view reaches beyond the ellipse, whose fit to a real outline is loose. */
export const ellipseMargin = 1.1;
/** Extent of the far view in mm: most trunks fit. */
export const farExtent = 480;

export const views: readonly View[] = ['box', 'ellipse', 'far'];

/** The grid of a view of this body. */
export function viewGrid(view: View, body: Body): Grid {
  if (view === 'box') return squareGrid(body.left, body.top, body.width, body.height);
  const reachX = view === 'far' ? farExtent / 2 : body.halfX * ellipseMargin;
  const reachY = view === 'far' ? farExtent / 2 : body.halfY * ellipseMargin;
  return squareGrid(body.centreX - reachX, body.centreY - reachY, 2 * reachX, 2 * reachY);
}

function squareGrid(left: number, top: number, width: number, height: number): Grid {
  return {
    width: viewSize,
    height: viewSize,
    left,
    top,
    stepX: width / viewSize,
    stepY: height / viewSize,
  };
}
