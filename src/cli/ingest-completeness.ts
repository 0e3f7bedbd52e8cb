import type { IngestReport } from '../archive/ingest.js';
import { VoxseekError } from '../errors.js';

/** @throws VoxseekError INTERRUPTED, INGEST_INCOMPLETE: what makes the command end with another code than 0 */
export function throwUnlessComplete(folder: string, { failures, volumes, interrupted }: IngestReport): void {
  if (interrupted) throw new VoxseekError('INTERRUPTED', 'the ingest was stopped', { subject: folder });
  if (failures.length > 0) {
    throw new VoxseekError(
      'INGEST_INCOMPLETE',
      `${failures.length} of ${volumes} volumes could not be ingested`,
      {
        subject: folder,
      },
    );
  }
}
