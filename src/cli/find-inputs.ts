import { findVolumes } from '../volume/collection.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { DicomSeriesOptions } from './dicom-options.js';
import { Progress } from './progress.js';

/**
 * All volumes of the inputs, one input after the other; tells its progress, for the headers of a large archive take
 * their time.
 *
 * @throws VoxseekError those of `findVolumes`
 */
export async function findInputs(
  inputs: readonly string[],
  { series, irregular }: DicomSeriesOptions,
): Promise<{ entries: VolumeEntry[]; leftOut: LeftOut[] }> {
  const entries: VolumeEntry[] = [];
  const leftOut: LeftOut[] = [];
  for (const input of inputs) {
    let progress: Progress | undefined;
    let seen = 0;
    try {
      const found = await findVolumes(input, {
        ...(series !== undefined && { series }),
        ...(irregular !== undefined && { irregular }),
        onLeftOut: (one) => void leftOut.push(one),
        onProgress: (done, total) => {
          progress ??= new Progress('Reading headers', total, 'files');
          // The last step would be told even of a folder that took no time.
          if (done < total) progress.step(done, total, done - seen, '');
          seen = done;
        },
      });
      entries.push(...found);
    } finally {
      progress?.end();
    }
  }
  return { entries, leftOut };
}
