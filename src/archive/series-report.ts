import type { DicomStack, StackGeometry } from '../volume/dicom/stack.js';
import type { Modality } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { EntryOutcome, IngestOutcome } from './entry-writer.js';

/**
 * What is told of a DICOM series that was looked at. Nothing of it comes from free text of the header, which may
 * hold names.
 */
export interface SeriesReport {
  /** Of the volume. */
  readonly id: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly outcome: IngestOutcome;
  readonly modality: Modality;
  /** Number of instances (files). */
  readonly instances: number;
  readonly rows: number;
  readonly columns: number;
  /** Distance of the centres of pixels, in mm. */
  readonly pixelSpacing: { readonly betweenRows: number; readonly betweenColumns: number };
  /** As it was found; lengths in mm, angles in degrees. */
  readonly geometry: StackGeometry;
  /** What was corrected, in words; null: nothing, or not read. */
  readonly correction: string | null;
  /** Segmentations and structure sets that refer to it. */
  readonly masks: number;
}

export function seriesReport(
  { id, maskObjects }: VolumeEntry,
  { studyInstanceUid, seriesInstanceUid, modality, frames, geometry }: DicomStack,
  { outcome, correction }: EntryOutcome,
): SeriesReport {
  const { pixelSpacing, instance } = frames[0]!;
  const [betweenRows, betweenColumns] = pixelSpacing ?? [0, 0];
  return {
    id,
    studyUid: studyInstanceUid,
    seriesUid: seriesInstanceUid,
    outcome,
    modality,
    instances: new Set(frames.map((frame) => frame.instance)).size,
    rows: instance.pixels?.rows ?? 0,
    columns: instance.pixels?.columns ?? 0,
    pixelSpacing: { betweenRows, betweenColumns },
    geometry,
    correction,
    masks: maskObjects?.length ?? 0,
  };
}
