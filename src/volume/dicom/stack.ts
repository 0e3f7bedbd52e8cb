import type { Modality } from '../volume.js';
import type { DicomFrame } from './instance.js';

/**
 * One 3D volume of a series: the frames of one orientation, echo, phase, b-value and acquisition, in ascending
 * order of their position along the normal (the cross product of row and column direction, LPS).
 */
export interface DicomStack {
  /** The SeriesInstanceUID; where a series holds several stacks, followed by "#" and what tells this one apart. */
  readonly id: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly frameOfReferenceUid: string | undefined;
  readonly modality: Modality;
  readonly bodyPart: string | undefined;
  readonly seriesDescription: string | undefined;
  /** As it is in the files. Of a patient: never logged, never part of an error, stored only when asked. */
  readonly patientId: string | undefined;
  readonly frames: readonly DicomFrame[];
  readonly geometry: StackGeometry;
}

/** What is told of the geometry of a stack before it is used (PS3.3 C.7.6.2). Lengths in mm, angles in degrees. */
export interface StackGeometry {
  readonly sliceCount: number;
  /** Median distance of neighbouring slices along the normal, with the smallest and the largest. */
  readonly spacing: { readonly median: number; readonly smallest: number; readonly largest: number };
  /** Places where slices are missing: after which slice, and how many. */
  readonly gaps: readonly { readonly after: number; readonly missing: number }[];
  /** Angle between the normal and the line through the slices' origins. */
  readonly tilt: number;
  /** Angle between the normal and the nearest axis of the patient. */
  readonly obliqueness: number;
  /** Largest distance of a slice from its place on the even line from the first to the last; gaps make it large. */
  readonly unevenness: number;
  /** Frames left out because another one lies at the same position. */
  readonly duplicatePositions: number;
  /** Frames left out because their matrix or pixel spacing differs from that of the most. */
  readonly otherSizes: number;
}

/** What becomes of a stack with gaps or a tilt: resampled on the volume's own axis, or refused. */
export type IrregularGeometry = 'resample' | 'refuse';
