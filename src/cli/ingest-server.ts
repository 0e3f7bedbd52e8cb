import { type EncodingOptions, openForIngest } from '../archive/archive-encoder.js';
import type { IngestOptions } from '../archive/ingest.js';
import type { DicomWebClient } from '../dicomweb/client.js';
import type { Encoder } from '../encoder/encoder.js';
import type { DicomSeriesOptions } from './dicom-options.js';
import type { ServerIngestOptions } from './dicomweb-options.js';
import { throwUnlessComplete } from './ingest-completeness.js';
import { ingestJson } from './ingest-json.js';
import { describeIngest } from './ingest-text.js';
import { onInterruption } from './interruption.js';
import { reportError } from './report-error.js';
import { describeServerRound, ingestFromServer, type ServerRound } from './server-rounds.js';

interface Options extends DicomSeriesOptions, ServerIngestOptions {
  readonly json?: true;
}

/**
 * Ingests what is new on a server, once or again and again, and prints what came of it.
 *
 * @throws VoxseekError PACS_UNREACHABLE, PACS_REFUSED, PACS_ANSWER_INVALID, INTERRUPTED, INGEST_INCOMPLETE, and what
 *   `openForIngest` and `ingest` throw
 */
export async function ingestServer(
  folder: string,
  client: DicomWebClient,
  options: Options,
  encoding: EncodingOptions,
  ingesting: IngestOptions,
): Promise<void> {
  // Before an archive is made for nothing; whoever has just typed the address is not kept waiting long.
  await client.checkService({ attempts: 3 });
  const { archive, encoder } = await openForIngest(folder, encoding);
  let say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const interruption = onInterruption((line) => say(line));
  const { query, series, parallel, watch, irregular = 'resample' } = options;
  try {
    await ingestFromServer({
      archive,
      encoder,
      client,
      pull: {
        irregular,
        ...(query !== undefined && { query }),
        ...(series !== undefined && { series }),
        ...(parallel !== undefined && { parallel }),
      },
      ingest: ingesting,
      watchMinutes: watch,
      signal: interruption.signal,
      onProgressBar: (sayAbove) => {
        say = sayAbove;
      },
      onRound: (round) => {
        printRound(folder, round, encoder, options);
        if (watch !== undefined && canWaitFor(round)) {
          if (round.failure) reportError(round.failure, options.json ?? false);
          return;
        }
        if (round.failure) throw round.failure;
        throwUnlessComplete(folder, round.report);
      },
    });
  } finally {
    interruption.dispose();
    await archive.close();
    await encoder.close();
  }
}

function printRound(folder: string, round: ServerRound, encoder: Encoder, { json, watch }: Options): void {
  const { report, server, leftOut } = round;
  if (json) {
    // Of a watch every round is a line of its own.
    const indent = watch === undefined ? 2 : undefined;
    process.stdout.write(
      `${JSON.stringify({ ...ingestJson(report, leftOut, encoder), server }, null, indent)}\n`,
    );
    return;
  }
  const when = watch === undefined ? '' : `${new Date().toISOString()}  `;
  process.stdout.write(`${when}${describeServerRound(round)}.\n${describeIngest(folder, report, leftOut)}\n`);
}

/** A server that is away comes back, and volumes that cannot be used do not keep others from coming. */
function canWaitFor({ report, failure }: ServerRound): boolean {
  if (report.interrupted) return false;
  return (
    failure === undefined || failure.code === 'PACS_UNREACHABLE' || failure.code === 'PACS_ANSWER_INVALID'
  );
}
