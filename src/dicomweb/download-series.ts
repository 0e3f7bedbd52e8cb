import { VoxseekError } from '../errors.js';
import type { DicomInstance, InstanceBytes } from '../volume/dicom/instance.js';
import { memoryBytes } from '../volume/dicom/instance-bytes.js';
import { readInstance } from '../volume/dicom/read-instance.js';
import type { DicomWebClient, SeriesListing } from './client.js';
import type { RetrieveOptions } from './retrieve.js';

/**
 * Retrieves a series and reads the headers of its instances, which stay in memory.
 *
 * @throws VoxseekError DICOM_INVALID, PACS_ANSWER_INVALID where fewer instances come than the server lists, or
 *   those of another series, and what {@link DicomWebClient.retrieveSeries} throws
 */
export async function downloadSeries(
  client: DicomWebClient,
  listing: SeriesListing,
  options: RetrieveOptions,
): Promise<DicomInstance[]> {
  const { studyInstanceUid: study, seriesInstanceUid: series } = listing;
  const { files } = await client.retrieveSeries(study, series, options);
  const instances: DicomInstance[] = [];
  for (const file of files) instances.push(await readDownloaded(series, file));
  if (instances.some(({ seriesInstanceUid }) => seriesInstanceUid !== series)) {
    throw new VoxseekError('PACS_ANSWER_INVALID', 'the server sends instances of another series', {
      subject: series,
    });
  }
  if (listing.instances !== undefined && files.length < listing.instances) {
    await checkComplete(client, listing, instances, options.signal);
  }
  return instances;
}

/** The count in a listing may be out of date; the list of the instances tells which are missing. */
async function checkComplete(
  client: DicomWebClient,
  { studyInstanceUid: study, seriesInstanceUid: series }: SeriesListing,
  instances: readonly DicomInstance[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const there = new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid));
  let listed = 0;
  let missing = 0;
  for await (const uid of client.searchInstances(study, series, signal)) {
    listed++;
    if (!there.has(uid)) missing++;
  }
  if (missing === 0) return;
  throw new VoxseekError(
    'PACS_ANSWER_INVALID',
    `the server sends ${there.size} instances, but lists ${listed}, of which ${missing} are missing`,
    {
      subject: series,
      advice: 'Run the same command again; if it stays so, the server cannot read those instances.',
    },
  );
}

async function readDownloaded(series: string, file: Uint8Array): Promise<DicomInstance> {
  const bytes = new NamedLater(`an instance of the series ${series}`, file);
  const instance = await readInstance(bytes);
  bytes.name = instance.sopInstanceUid;
  return instance;
}

/** What an instance is called is in its header, and errors about its header need a name as well. */
class NamedLater implements InstanceBytes {
  name: string;
  readonly read: InstanceBytes['read'];
  readonly readStart: InstanceBytes['readStart'];

  constructor(name: string, file: Uint8Array) {
    this.name = name;
    ({ read: this.read, readStart: this.readStart } = memoryBytes(name, file));
  }
}
