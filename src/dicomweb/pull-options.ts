import type { LeftOut } from '../volume/dicom/scan-folder.js';
import type { IrregularGeometry } from '../volume/dicom/stack.js';

export interface PullOptions {
  /** Which studies, as in an address: "ModalitiesInStudy=CT&StudyDate=20240101-"; default: all. */
  readonly query?: string;
  /** Only this SeriesInstanceUID, or only one stack of it: UID#... */
  readonly series?: string;
  readonly irregular: IrregularGeometry;
  /** Transfers at the same time; default 4. More of them need more memory, and the server may refuse them. */
  readonly parallel?: number;
  /**
   * Bytes of downloads in memory at the same time; default 1 GiB, or a quarter of the machine's memory where that is
   * less. One series may be larger, and is taken.
   */
  readonly heldBytes?: number;
  readonly signal?: AbortSignal;
  /** Whether a volume is in the archive. */
  readonly isStored: (volume: string) => boolean;
  /** Instances of the series that the archive has, also from files; default: none. */
  readonly archived?: ReadonlyMap<string, number>;
  /**
   * Instances of series that came, but could not be stored. Such series are passed over and added to it, so that
   * several pulls that share it do not fail at the same series again and again.
   */
  readonly failed?: Map<string, number>;
  readonly onLeftOut?: (leftOut: LeftOut) => void;
  /** Told of every study whose series are known. */
  readonly onStudy?: (done: number, studies: number) => void;
}

/** What a pull has found and done so far. */
export interface PullFacts {
  readonly studies: number;
  /** Series of images and masks that are as they were when they were taken. */
  readonly unchangedSeries: number;
  readonly fetchedSeries: number;
  readonly failedSeries: number;
  readonly fetchedBytes: number;
  /** The largest number of bytes of downloads that were in memory at the same time. */
  readonly mostHeldBytes: number;
}
