/** The sizes that a volume is fetched in, one after the other. */
const previewVoxels = 2_000_000;
const standardVoxels = 16_000_000;

/** A size to fetch: at most so many voxels, or all of them. */
interface VoxelLevel {
  readonly maxVoxels: number | null;
  /** Fetched without being asked for. */
  readonly automatic: boolean;
}

/**
 * @param voxels of the whole volume.
 * @returns what to fetch, the smallest first: a preview that is there at once, one that is good enough to read on
 *   a screen, and all voxels, which a large volume is shown with only when that is asked for.
 */
export function voxelLevels(voxels: number): VoxelLevel[] {
  const reduced = [previewVoxels, standardVoxels].filter((maxVoxels) => maxVoxels < voxels);
  return [
    ...reduced.map((maxVoxels) => ({ maxVoxels, automatic: true })),
    { maxVoxels: null, automatic: reduced.length < 2 },
  ];
}
