import { readFile } from 'node:fs/promises';
import type { Answer } from '../answer/answer.js';
import type { SearchRequest } from '../answer/search-engine.js';
import type { DicomWebClient } from '../dicomweb/client.js';
import { fetchVolumes } from '../dicomweb/fetch-volumes.js';
import { fromSystemError, VoxseekError } from '../errors.js';
import { listStacks } from '../retrieval/list-stacks.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { DicomSeriesOptions } from './dicom-options.js';
import { assertServerNamed, type DicomWebOptions, openDicomWeb } from './dicomweb-options.js';

export interface ServerSearchOptions extends DicomWebOptions, DicomSeriesOptions {
  readonly sr?: string;
  readonly storeSr?: true;
}

/**
 * @param named the query, where it is a file or an id; without it there are a server and a series.
 * @returns undefined where no server has a part in the search. With a query that is a file or an id it stores the
 *   report, and gives archived volumes again that came from it.
 * @throws VoxseekError USAGE where query, server and report do not fit together
 */
export async function openServer(
  named: string | undefined,
  options: ServerSearchOptions,
): Promise<DicomWebClient | undefined> {
  const { series, sr, storeSr } = options;
  const server = await openDicomWeb(options);
  if (server === undefined) assertServerNamed(options);
  if (storeSr && (server === undefined || sr === undefined)) {
    throw usage(
      '--store-sr',
      'there is no report, or no server to send it to',
      'Give --sr and --dicomweb too.',
    );
  }
  if (named === undefined && (server === undefined || series === undefined)) {
    throw usage(
      'query',
      'nothing to search with is named',
      'Give a file or an id, or --dicomweb and --series.',
    );
  }
  return server;
}

/**
 * Fetches the series that is searched with, and its masks where a label of theirs is looked for.
 *
 * @throws VoxseekError SERIES_UNKNOWN, SERIES_UNUSABLE, SERIES_AMBIGUOUS, and what the server answers wrongly
 */
export async function fetchQuery(
  server: DicomWebClient,
  series: string,
  { irregular = 'resample', label, mask }: Pick<SearchRequest, 'irregular' | 'label' | 'mask'>,
): Promise<VolumeEntry> {
  const masks = label !== undefined && mask === undefined;
  const volumes = await fetchVolumes(server, series, { irregular, masks });
  if (volumes.length === 1) return volumes[0]!;
  throw new VoxseekError('SERIES_AMBIGUOUS', `it holds ${volumes.length} volumes`, {
    subject: series,
    advice: `Name one of them with --series:\n${listStacks(volumes)}`,
  });
}

/**
 * Sends a structured report to the study of the query.
 *
 * @param file that the report was written to.
 * @returns its SOPInstanceUID.
 * @throws VoxseekError PACS_REFUSED, PACS_UNREACHABLE, PACS_ANSWER_INVALID
 */
export async function storeReport(
  server: DicomWebClient,
  file: string,
  { query }: Pick<Answer, 'query'>,
): Promise<string> {
  const report = await readFile(file).catch((error: unknown) => {
    throw fromSystemError(error, file);
  });
  const { stored } = await server.store(query.series!.studyUid, [report]);
  return stored[0] ?? 'sent';
}

function usage(subject: string, reason: string, advice: string): VoxseekError {
  return new VoxseekError('USAGE', reason, { subject, advice });
}
