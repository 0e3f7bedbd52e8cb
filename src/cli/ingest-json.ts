import type { IngestReport } from '../archive/ingest.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';

/** The stable form of an ingest for machines; docs/ingest-json.md describes every field. */
export interface IngestJson extends IngestReport {
  readonly leftOut: readonly Pick<LeftOut, 'path' | 'reason'>[];
}

export function ingestJson(report: IngestReport, leftOut: readonly LeftOut[]): IngestJson {
  return { ...report, leftOut: leftOut.map(({ path, reason }) => ({ path, reason })) };
}
