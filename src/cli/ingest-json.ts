import type { IngestReport } from '../archive/ingest.js';
import type { Encoder } from '../encoder/encoder.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';

/** The stable form of an ingest for machines; docs/ingest-json.md describes every field. */
export interface IngestJson extends IngestReport {
  readonly leftOut: readonly Pick<LeftOut, 'path' | 'reason'>[];
  /** On what the encoder's network ran; null where it has none. */
  readonly device: string | null;
}

export function ingestJson(
  report: IngestReport,
  leftOut: readonly LeftOut[],
  { device }: Pick<Encoder, 'device'>,
): IngestJson {
  return {
    ...report,
    leftOut: leftOut.map(({ path, reason }) => ({ path, reason })),
    device: device ?? null,
  };
}
