import { clamp } from '../geometry/grid.js';
import type { Rectangle } from './tiles.js';

/** Which part of an enlarged stage is seen: it is `zoom` times as large as the window on it. */
export interface Zoom {
  readonly zoom: number;
  /** Where its upper left corner lies, pixels, not above 0. */
  readonly left: number;
  readonly top: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export const noZoom: Zoom = { zoom: 1, left: 0, top: 0 };

const largestZoom = 8;
/** What every graphics driver can draw. */
const largestCanvas = 4096;

/** @returns enlarged by a factor, so that what is under a pixel stays there. */
export function zoomedAbout(
  view: Zoom,
  size: Size,
  x: number,
  y: number,
  factor: number,
  pixelRatio: number,
): Zoom {
  const limit = Math.min(largestZoom, largestCanvas / (Math.max(size.width, size.height) * pixelRatio));
  const zoom = clamp(view.zoom * factor, 1, Math.max(1, limit));
  const share = zoom / view.zoom;
  return kept({ zoom, left: x - (x - view.left) * share, top: y - (y - view.top) * share }, size);
}

export function panned(view: Zoom, size: Size, dx: number, dy: number): Zoom {
  return kept({ ...view, left: view.left + dx, top: view.top + dy }, size);
}

/** The enlarged stage always covers the window. */
function kept({ zoom, left, top }: Zoom, { width, height }: Size): Zoom {
  return { zoom, left: clamp(left, width * (1 - zoom), 0), top: clamp(top, height * (1 - zoom), 0) };
}

/** @returns a rectangle of the enlarged stage as it lies in the window. */
export function placed({ left, top }: Zoom, rectangle: Rectangle): Rectangle {
  return { ...rectangle, left: rectangle.left + left, top: rectangle.top + top };
}
