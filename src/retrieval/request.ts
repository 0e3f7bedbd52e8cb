import { VoxseekError } from '../errors.js';
import type { IrregularGeometry } from '../volume/dicom/stack.js';
import type { Modality } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { PatientBox } from './region.js';

export type QueryMode = 'slice' | 'volume' | 'region';

/** A volume of the archive by its id, which is not taken for a file whatever it looks like. */
export interface ArchivedQuery {
  readonly archived: string;
}

/** What of the query volume is looked for. At most one of `slice`, `slices`, `box`, `label`. */
export interface QueryRequest {
  /**
   * As text: a volume file, the id of a volume in the archive, or a folder or file of DICOM. Programs that take queries from others say
   * which of these it is: by {@link ArchivedQuery}, or by an entry that tells how the image is read.
   */
  readonly query: string | ArchivedQuery | VolumeEntry;
  /** Which series of a DICOM folder: its UID, or its id where it holds several volumes. */
  readonly series?: string;
  /** What becomes of a DICOM series with gaps, uneven spacing or tilt; default `resample`. */
  readonly irregular?: IrregularGeometry;
  /** Default: what the other fields say; else `volume`. */
  readonly by?: QueryMode;
  /** One slice: its index along the file's own axis. */
  readonly slice?: number;
  /** A range of slice indices along the file's own axis, both ends inclusive. */
  readonly slices?: readonly [from: number, to: number];
  /** RAS+ mm. */
  readonly box?: PatientBox;
  /** A structure of `mask`, or without `mask` one of the labels that the archive knows of the query volume. */
  readonly label?: string;
  /** A multi-label mask file, or a folder of binary masks. */
  readonly mask?: string;
  /** JSON of label names for `mask`. */
  readonly labels?: string;
  /** A slice belongs to a structure with at least so many voxels of it; default 1. */
  readonly minVoxels?: number;
  /** Look only at the region's rectangle in the slices, with this margin in mm; default: at whole slices. */
  readonly cropMarginMm?: number;
  /** Modality of a query file; default: that of the same scan in the archive, else told from its voxels. */
  readonly modality?: Modality;
}

/**
 * @returns the mode of a request.
 * @throws VoxseekError USAGE where its fields contradict each other
 */
export function modeOf(request: QueryRequest): QueryMode {
  const parts = (['slice', 'slices', 'box', 'label'] as const).filter((part) => request[part] !== undefined);
  if (parts.length > 1) throw usage(`${parts.join(' and ')} cannot be combined`);
  if (request.mask !== undefined && request.label === undefined) throw usage('a mask needs a label');
  const implied: QueryMode = parts.length === 0 ? 'volume' : parts[0] === 'slice' ? 'slice' : 'region';
  const mode = request.by ?? implied;
  if (mode !== implied) {
    const needs = {
      slice: 'a slice query needs --slice',
      volume: `a volume query takes no --${parts[0]}`,
      region: 'a region query needs --slices, --box, or --label (with --mask for a file)',
    };
    throw usage(needs[mode]);
  }
  if (request.cropMarginMm !== undefined && mode !== 'region') throw usage('only a region can be cropped');
  return mode;
}

function usage(reason: string): VoxseekError {
  return new VoxseekError('USAGE', reason, { subject: 'query' });
}
