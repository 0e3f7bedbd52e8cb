import { Random } from './random.js';

export const fieldsOfView = ['head-neck', 'chest', 'abdomen', 'pelvis', 'trunk'] as const;
export type FieldOfView = (typeof fieldsOfView)[number];

export interface FieldOfViewDefinition {
  /** Extent along the body in body coordinates: mm above the hip joints of the reference body. */
  readonly bottom: number;
  readonly top: number;
  /** Half of the width that is scanned where the arms do not widen it, mm. */
  readonly halfWidth: number;
  /** Range of slice distances in mm. */
  readonly sliceSpacing: readonly [number, number];
  /** Range of pixel sizes in mm. */
  readonly pixelSpacing: readonly [number, number];
  /** The name that TotalSegmentator's meta.csv gives such a study. */
  readonly studyType: string;
}

export const fieldOfViewDefinitions: Readonly<Record<FieldOfView, FieldOfViewDefinition>> = {
  'head-neck': {
    bottom: 505,
    top: 835,
    halfWidth: 150,
    sliceSpacing: [2.5, 3.5],
    pixelSpacing: [2.4, 2.8],
    studyType: 'ct neck',
  },
  chest: {
    bottom: 262,
    top: 588,
    halfWidth: 195,
    sliceSpacing: [3, 4.5],
    pixelSpacing: [2.9, 3.4],
    studyType: 'ct thorax',
  },
  abdomen: {
    bottom: 85,
    top: 398,
    halfWidth: 180,
    sliceSpacing: [3, 4.5],
    pixelSpacing: [2.8, 3.3],
    studyType: 'ct abdomen',
  },
  pelvis: {
    bottom: -120,
    top: 172,
    halfWidth: 195,
    sliceSpacing: [3, 4],
    pixelSpacing: [2.9, 3.4],
    studyType: 'ct pelvis',
  },
  trunk: {
    bottom: -95,
    top: 585,
    halfWidth: 198,
    sliceSpacing: [4, 5],
    pixelSpacing: [3, 3.6],
    studyType: 'ct thorax-abdomen-pelvis',
  },
};

/**
 * The field of view of the volume at an index: every five volumes in a row have one of each kind, in an order
 * that the seed decides.
 */
export function fieldOfViewAt(seed: number, index: number): FieldOfView {
  const block = Math.floor(index / fieldsOfView.length);
  const order = new Random(`${seed}/fields-of-view/${block}`).shuffle(fieldsOfView);
  return order[index % fieldsOfView.length]!;
}
