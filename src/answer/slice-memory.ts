import type { Archive } from '../archive/archive.js';
import type { VolumeRecord } from '../archive/records.js';
import { allocateSlices, type StoredSlices, type VolumeRows } from '../archive/stored-slices.js';

/** Of the rows in memory, those of volumes that are gone; above this share they are dropped. */
const mostDeadShare = 0.25;

/**
 * The embeddings of an archive in memory, kept between searches while the archive changes: what is new is read
 * and added, what was replaced is dropped, what was removed when something is added or much of it is dead. Searches
 * at the same time wait for one reading.
 */
export class SliceMemory {
  readonly #archive: Archive;
  #held: StoredSlices | undefined;
  /** The last reading that was begun; the next one begins when it has ended, well or not. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /**
   * @param volumes records of the archive, as it gave them just now.
   * @returns slices of at least these volumes; of volumes that are not among them, also such as are gone.
   * @throws VoxseekError ARCHIVE_BUSY where one of them was removed or replaced meanwhile, ARCHIVE_CORRUPT,
   *   FILE_NOT_READABLE
   */
  async slicesOf(volumes: readonly VolumeRecord[]): Promise<StoredSlices> {
    const held = this.#held;
    if (held !== undefined && this.#missing(volumes).length === 0) {
      if (deadShare(held, await this.#living(volumes)) <= mostDeadShare) return held;
    }
    const reading = this.#reading.then(() => this.#read(volumes));
    this.#reading = reading.catch(() => {});
    return reading;
  }

  /** Frees the memory. */
  clear(): void {
    this.#held = undefined;
  }

  async #read(volumes: readonly VolumeRecord[]): Promise<StoredSlices> {
    const missing = this.#missing(volumes);
    if (this.#held === undefined) {
      this.#held = await this.#archive.loadSlices(missing);
      return this.#held;
    }
    const living = await this.#living(volumes);
    if (missing.length > 0 || deadShare(this.#held, living) > mostDeadShare) {
      this.#held = merged(this.#held, await this.#archive.loadSlices(missing), living);
    }
    return this.#held;
  }

  /** Revisions that the archive has now, and those that the caller has seen just before. */
  async #living(volumes: readonly VolumeRecord[]): Promise<ReadonlySet<string>> {
    const now = await this.#archive.volumes();
    return new Set([...now, ...volumes].map(({ revision }) => revision));
  }

  #missing(volumes: readonly VolumeRecord[]): VolumeRecord[] {
    const revisions = new Set(this.#held?.volumes.map(({ volume }) => volume.revision));
    return volumes.filter((record) => !revisions.has(record.revision));
  }
}

/** Share of the rows that belong to none of the living revisions. */
function deadShare({ volumes, sliceIndex }: StoredSlices, living: ReadonlySet<string>): number {
  const dead = volumes.filter(({ volume }) => !living.has(volume.revision));
  return dead.reduce((sum, { rowCount }) => sum + rowCount, 0) / Math.max(1, sliceIndex.length);
}

/** What is living of both, in the order of ids; of a volume that is in both, the slices of `fresh`. */
function merged(held: StoredSlices, fresh: StoredSlices, living: ReadonlySet<string>): StoredSlices {
  const replaced = new Set(fresh.volumes.map(({ volume }) => volume.id));
  const kept = held.volumes.filter(({ volume }) => living.has(volume.revision) && !replaced.has(volume.id));
  const target = allocateSlices(
    [...kept, ...fresh.volumes].map(({ volume }) => volume),
    held.dimension,
  );
  const firstRows = new Map(target.volumes.map(({ volume, firstRow }) => [volume.revision, firstRow]));
  for (const rows of kept) copyRows(held, rows, target, firstRows.get(rows.volume.revision)!);
  for (const rows of fresh.volumes) copyRows(fresh, rows, target, firstRows.get(rows.volume.revision)!);
  return target;
}

function copyRows(source: StoredSlices, rows: VolumeRows, target: StoredSlices, firstRow: number): void {
  const { dimension } = source;
  const [from, to] = [rows.firstRow, rows.firstRow + rows.rowCount];
  target.sliceIndex.set(source.sliceIndex.subarray(from, to), firstRow);
  target.positionMm.set(source.positionMm.subarray(from, to), firstRow);
  target.embeddings.set(source.embeddings.subarray(from * dimension, to * dimension), firstRow * dimension);
}
