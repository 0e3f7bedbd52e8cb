import type { VolumeRecord } from '../../archive/records.js';
import type { ImageSource } from '../../volume/image-source.js';

/** An image that can be shown: an archived volume, or one of an upload. */
export interface ViewableImage
  extends Pick<
    VolumeRecord,
    'id' | 'modality' | 'size' | 'spacing' | 'affine' | 'percentiles' | 'imageHash'
  > {
  readonly source: ImageSource;
}
