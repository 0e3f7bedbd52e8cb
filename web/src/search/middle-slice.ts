import type { ViewedImage } from '../api/images.js';
import { planeAcross, sliceAtPosition, sliceCount } from '../geometry/grid.js';
import type { QueryPart } from './search-state.js';

/** @returns the slice in the middle of a part of a query: where its viewer opens. */
export function middleSlice(image: ViewedImage, part: QueryPart): number {
  const plane = planeAcross(image, image.sliceAxis);
  const stored = image.detail?.slices ?? [];
  const middleOf = (indices: readonly number[]) =>
    indices[Math.floor(indices.length / 2)] ?? Math.floor(sliceCount(image, plane) / 2);
  switch (part.kind) {
    case 'slice':
      return part.slice;
    case 'slices':
      return Math.round((part.slices[0] + part.slices[1]) / 2);
    case 'box': {
      const [low, high] = part.box[plane === 'axial' ? 2 : plane === 'coronal' ? 1 : 0];
      return sliceAtPosition(image, plane, (low + high) / 2);
    }
    case 'label':
      return middleOf(stored.filter(({ labels }) => labels.includes(part.label)).map(({ index }) => index));
    case 'whole':
      return middleOf(stored.map(({ index }) => index));
  }
}
