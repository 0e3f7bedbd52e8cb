import { VoxseekError } from '../../errors.js';
import { orientationOf, stackingAxis } from '../../volume/geometry.js';
import type { Plane, Size3 } from '../../volume/volume.js';
import type { ImageFileQuery } from '../schemas.js';
import { reductionFactors, type VoxelBlock } from './reduce-volume.js';
import type { ViewableImage } from './viewable-image.js';

/** Which voxels of a volume are sent, and how many of them become one along each axis. */
export interface ImagePart {
  readonly block: VoxelBlock;
  readonly factors: Size3;
  /** All voxels, as they are. */
  readonly isWhole: boolean;
}

/**
 * What a client asks for of a volume.
 *
 * @param plane that `slices` are counted in.
 * @throws VoxseekError USAGE where a range is upside down or goes beyond the volume, or where both a box and
 *   slices are named.
 */
export function imagePart(
  image: Pick<ViewableImage, 'id' | 'size' | 'spacing' | 'affine'>,
  plane: Plane,
  { box, slices, maxVoxels }: ImageFileQuery,
): ImagePart {
  if (box !== undefined && slices !== undefined) {
    throw new VoxseekError('USAGE', 'both slices and a box are named', {
      subject: image.id,
      advice: 'Name one of them.',
    });
  }
  const ranges = box?.split(',').map(rangeOf) ?? image.size.map((n): [number, number] => [0, n - 1]);
  if (slices !== undefined) ranges[stackingAxis(orientationOf(image.affine), plane)] = rangeOf(slices);
  ranges.forEach(([low, high], axis) => {
    if (low <= high && high < image.size[axis]!) return;
    throw new VoxseekError(
      'USAGE',
      `${low}:${high} is no range of the indices 0 to ${image.size[axis]! - 1} along axis ${axis}`,
      { subject: image.id, advice: 'Write FIRST:LAST, both inclusive and inside the volume.' },
    );
  });
  const first = ranges.map(([low]) => low) as unknown as Size3;
  const size = ranges.map(([low, high]) => high - low + 1) as unknown as Size3;
  const factors = reductionFactors(size, image.spacing, maxVoxels ?? Number.POSITIVE_INFINITY);
  return {
    block: { first, size },
    factors,
    isWhole: factors.every((factor) => factor === 1) && size.every((n, axis) => n === image.size[axis]),
  };
}

function rangeOf(text: string): [number, number] {
  const [low, high] = text.split(':');
  return [Number(low), Number(high)];
}
