import type { DicomInstance } from './dicom/instance.js';
import type { DicomStack } from './dicom/stack.js';
import type { ImageSource } from './image-source.js';
import type { Modality } from './volume.js';

/** One volume that an input names, before anything of it is read. */
export interface VolumeEntry {
  /** Unique within an archive. */
  readonly id: string;
  /** Absolute path of the image. */
  readonly image: string;
  /** How the image is read where it is not one file: a stack of DICOM instances. */
  readonly source?: ImageSource;
  /** The stack of DICOM images that the volume is. */
  readonly dicom?: DicomStack;
  /** The DICOM segmentations and structure sets that refer to it. */
  readonly maskObjects?: readonly DicomInstance[];
  /** Absolute path of a multi-label mask file, or of a folder of binary masks. */
  readonly mask?: string;
  /** Absolute path of the JSON of label names. */
  readonly labels?: string;
  readonly patient?: string;
  readonly split?: string;
  readonly modality?: Modality;
  /** Free text: the part of the body. */
  readonly region?: string;
  /** The structures that were looked for when the mask was drawn; missing: all of them. */
  readonly annotated?: readonly string[];
}
