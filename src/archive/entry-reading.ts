import type { DicomInstance } from '../volume/dicom/instance.js';
import { imageOf } from '../volume/image-source.js';
import type { MaskSource } from '../volume/mask.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { asStackVolume, correctionInWords, dicomImages } from './dicom-origin.js';
import { countEntryLabels } from './entry-mask.js';
import { orInterrupted } from './in-turn.js';
import type { Cutting } from './reading/cutting.js';
import type { CuttingPlan } from './reading/volume-cutter.js';
import type { VolumeReaders } from './reading/volume-readers.js';
import type { DicomImage } from './records.js';

/** The volume of an entry while it is cut. */
export interface EntryReading {
  readonly cutting: Cutting;
  /** The DICOM image that shows a slice, by the index of the slice; null where there is none. */
  readonly imageAt: (index: number) => DicomImage | null;
  /** What of the geometry was corrected, in words; null: nothing. */
  readonly correction: string | null;
  /** Those of the entry's mask objects that could be used. */
  readonly maskObjects: readonly DicomInstance[];
  /** About its mask; whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * Begins to cut the volume of an entry once there is room for it. Volume files and their masks are read by reader
 * threads. What is not a file (DICOM) is read here, since neither functions nor downloads cross to a thread; from
 * then on it is the same.
 *
 * @param onPlace told once the entry has its place, so that the next one may wait for one.
 * @throws VoxseekError what reading the image and its mask throws, INTERRUPTED
 */
export async function readEntry(
  entry: VolumeEntry,
  mask: MaskSource | undefined,
  plan: CuttingPlan,
  readers: VolumeReaders,
  signal: AbortSignal,
  onPlace: () => void,
): Promise<EntryReading> {
  const place = await readers.enter(entry.image, signal, stackBytes(entry));
  onPlace();
  try {
    if (entry.source === undefined && mask?.kind !== 'dicom') {
      const source = { kind: 'file', path: entry.image, mask } as const;
      const cutting = await orInterrupted(place.cut(source, plan), signal);
      return { cutting, imageAt: () => null, correction: null, maskObjects: [], warnings: [] };
    }
    const volume = await orInterrupted(imageOf(entry).read(), signal);
    const { counts, objects, warnings } = await countEntryLabels(entry, mask, volume, plan.plane);
    const imageAt = dicomImages(volume, plan.plane);
    const correction = entry.dicom
      ? correctionInWords(entry.dicom.geometry, asStackVolume(volume)?.correction)
      : null;
    const { data, size, spacing, affine } = volume;
    const source = {
      kind: 'volume',
      volume: { data, size, spacing, affine },
      subject: entry.image,
      labelVoxels: counts,
    } as const;
    const cutting = await orInterrupted(place.cut(source, plan), signal);
    return { cutting, imageAt, correction, maskObjects: objects, warnings };
  } catch (error) {
    place.leave();
    throw error;
  }
}

/** About the bytes of memory that the volume of a DICOM stack takes, here and in the thread; undefined for files. */
function stackBytes({ dicom }: VolumeEntry): number | undefined {
  const pixels = dicom?.frames[0]?.instance.pixels;
  return pixels && pixels.rows * pixels.columns * dicom.frames.length * 2 * Int16Array.BYTES_PER_ELEMENT;
}
