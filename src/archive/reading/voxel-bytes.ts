import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { VoxseekError } from '../../errors.js';
import { bytesPerVoxel, niftiHeaderBytes, parseNiftiHeader } from '../../volume/nifti-header.js';

/** Enough of a compressed file to hold its header, extensions aside. */
const startBytes = 1 << 14;
/** How much larger than its file a volume of another format may be: these are read with ITK, which copies it. */
const otherFormats = 8;

/**
 * About how many bytes of memory a volume will take, told from its header alone.
 *
 * @returns 0 where the file cannot be read: reading it will say why.
 */
export async function voxelBytes(path: string): Promise<number> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return 0;
  try {
    const { size } = await file.stat();
    if (!/\.nii(\.gz)?$/i.test(path)) return size * otherFormats;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0);
    const start = buffer.subarray(0, bytesRead);
    const isCompressed = start[0] === 0x1f && start[1] === 0x8b;
    // Flushed, because the stream goes on beyond what was read.
    const header = isCompressed ? gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }) : start;
    const { size: grid, datatype } = parseNiftiHeader(header.subarray(0, niftiHeaderBytes), path);
    return grid[0] * grid[1] * grid[2] * bytesPerVoxel[datatype];
  } catch (error) {
    if (error instanceof VoxseekError || (error instanceof Error && 'code' in error)) return 0;
    throw error;
  } finally {
    await file.close();
  }
}
