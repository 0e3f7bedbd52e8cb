import type { LabelledSlices } from '../labelled-slices.js';

/** A volume that takes no part, and why. */
export interface LeftOutVolume {
  readonly id: string;
  readonly reason: 'no mask' | 'empty mask' | 'not in the data set';
}

/** One side of a benchmark, with what its report has to say of where it came from. */
export interface LabelledSource extends LabelledSlices {
  /** Volumes whose mask has no voxel, in ascending order of their ids. */
  readonly leftOut: readonly LeftOutVolume[];
  /** Labels that occur, but belong to no class, sorted. */
  readonly labelsWithoutClass: readonly string[];
}
