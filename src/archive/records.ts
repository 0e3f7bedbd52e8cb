import type { Affine, Modality, Plane, Size3, Vector3 } from '../volume/volume.js';

/** What the archive keeps of one volume. `docs/archive.md` lists the columns that a filter may name. */
export interface VolumeRecord {
  readonly id: string;
  /** Names the one write whose slices belong to this volume; any other slices of it are not visible. */
  readonly revision: string;
  readonly patient: string | null;
  readonly split: string | null;
  readonly modality: Modality;
  readonly region: string | null;
  /** Labels that occur in the volume's mask, sorted; empty without a mask. */
  readonly labels: readonly string[];
  /** Structures that were looked for when the mask was drawn; null: not stated, so all of them. */
  readonly annotated: readonly string[] | null;
  /**
   * Where the image was when it was ingested: absolute path of the file, or of the folder of the DICOM files, or
   * URL of the series. Empty where paths were to be left out.
   */
  readonly imagePath: string;
  readonly maskPath: string | null;
  readonly labelTablePath: string | null;
  /** SHA-256 of the bytes of the image; of DICOM over those of its files, in the order of the slices. */
  readonly imageHash: string;
  /** SHA-256 over the image, its mask and its table of labels. */
  readonly contentHash: string;
  /** Size, spacing (mm) and affine (to RAS+ mm) in the file's own axis order. */
  readonly size: Size3;
  readonly spacing: Vector3;
  readonly affine: Affine;
  /** 0.5th and 99.5th percentile of the voxels, in HU or the modality's own units. */
  readonly percentiles: readonly [low: number, high: number];
  /** Slices that are stored. */
  readonly sliceCount: number;
  /** Slices left out because they show only air. */
  readonly airSlices: number;
  readonly voxseekVersion: string;
  /** ISO 8601, UTC. */
  readonly ingestedAt: string;
  /** Null where the image is not DICOM. */
  readonly dicom: DicomOrigin | null;
}

/** Which DICOM series it is, as other objects refer to it. */
export interface SeriesIdentity {
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly frameOfReferenceUid: string | null;
  /** Of the instances with the pixels. */
  readonly sopClassUid: string;
}

/** The DICOM series that a volume was made from. */
export interface DicomOrigin extends SeriesIdentity {
  /** (0018,0015) Body Part Examined, as it was stated. */
  readonly bodyPart: string | null;
  /** What was corrected, in words; null: nothing had to be. */
  readonly geometry: string | null;
  readonly instanceCount: number;
  /**
   * Relative to {@link VolumeRecord.imagePath}, in the order of the slices; "." where that is the one file. Null where
   * they are no files, or were not to be stored.
   */
  readonly sourceFiles: readonly string[] | null;
  /** The segmentations and structure sets that are the mask, relative to the same place; null: none, or as above. */
  readonly maskFiles: readonly string[] | null;
}

/** What the archive keeps of one slice, besides its embedding. */
export interface SliceRecord {
  readonly plane: Plane;
  /** Index along the file's own axis. */
  readonly index: number;
  /** RAS+ mm: superior (axial), anterior (coronal) or right (sagittal) coordinate of the slice's centre. */
  readonly positionMm: number;
  /** Centre of the slice, RAS+ mm. */
  readonly center: Vector3;
  /** Voxels of each label in the slice. */
  readonly labelVoxels: ReadonlyMap<string, number>;
  /** The DICOM image that shows this slice; null where there is none: a file, or a plane that was not acquired. */
  readonly dicomImage: DicomImage | null;
}

/** One image of a DICOM series, as other objects refer to it. */
export interface DicomImage {
  readonly sopInstanceUid: string;
  /** From 1; null where the instance holds one image alone. */
  readonly frameNumber: number | null;
}
