import { describe, expect, it } from 'vitest';
import { voxelLevels } from './voxel-levels.js';

describe('voxelLevels', () => {
  it('fetches a small volume at once and whole', () => {
    expect(voxelLevels(1_000_000)).toEqual([{ maxVoxels: null, automatic: true }]);
  });

  it('fetches a preview of a larger one first', () => {
    expect(voxelLevels(9_000_000)).toEqual([
      { maxVoxels: 2_000_000, automatic: true },
      { maxVoxels: null, automatic: true },
    ]);
  });

  it('leaves all voxels of a large one to the user', () => {
    expect(voxelLevels(512 * 512 * 300)).toEqual([
      { maxVoxels: 2_000_000, automatic: true },
      { maxVoxels: 16_000_000, automatic: true },
      { maxVoxels: null, automatic: false },
    ]);
  });
});
