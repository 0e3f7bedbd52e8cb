import { VoxseekError } from '../errors.js';
import { dicomEntries } from '../volume/dicom/dicom-volumes.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { type DicomMask, dicomMask } from '../volume/dicom/mask/dicom-mask.js';
import { referencedSeriesOf } from '../volume/dicom/mask/referenced-series.js';
import type { IrregularGeometry } from '../volume/dicom/stack.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { DicomWebClient } from './client.js';
import { downloadSeries } from './download-series.js';
import { credentialsFor } from './known-services.js';
import { maskModalities, mayBeDrawnOn } from './series-plan.js';
import { parseSeriesUrl, seriesUrl } from './service-root.js';

export interface FetchOptions {
  /** What becomes of gaps and tilt when a volume is read. */
  readonly irregular: IrregularGeometry;
  /** Fetch the segmentations and structure sets, too, that were drawn on it; default false. */
  readonly masks?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Fetches one series and makes volumes of it.
 *
 * @param series SeriesInstanceUID, or the id of one stack of the series: UID#...
 * @throws VoxseekError SERIES_UNKNOWN, SERIES_UNUSABLE where it is no volume, and what {@link downloadSeries} throws
 */
export async function fetchVolumes(
  client: DicomWebClient,
  series: string,
  { irregular, masks = false, signal }: FetchOptions,
): Promise<VolumeEntry[]> {
  const listing = await client.findSeries(series.split('#', 1)[0]!, signal);
  const instances = await downloadSeries(client, listing, { ...(signal && { signal }) });
  const { root } = client;
  const { studyInstanceUid: study, seriesInstanceUid } = listing;
  const objects = masks ? await fetchMasks(client, study, seriesInstanceUid, signal) : [];
  const url = seriesUrl({ root, study, series: seriesInstanceUid });
  const { entries, leftOut } = await dicomEntries([...instances, ...objects], irregular, url);
  if (entries.length === 0) {
    const reasons = leftOut.map(({ reason }) => reason).join('; ');
    throw new VoxseekError('SERIES_UNUSABLE', reasons || 'no image of it can be used', { subject: series });
  }
  const chosen = series.includes('#') ? entries.filter(({ id }) => id === series) : entries;
  if (chosen.length > 0) return chosen;
  throw new VoxseekError('SERIES_UNKNOWN', 'the series has no such volume', {
    subject: series,
    advice: `The volumes of the series are: ${entries.map(({ id }) => id).join(', ')}.`,
  });
}

/**
 * Fetches again the instances of a series that an archive knows by its URL, with credentials only where the user
 * named that server ({@link credentialsFor}).
 *
 * @param url as `seriesUrl` makes it.
 * @throws VoxseekError SERIES_UNKNOWN, PACS_UNREACHABLE, PACS_REFUSED, PACS_ANSWER_INVALID, DICOM_INVALID
 */
export async function fetchSeriesAgain(url: string): Promise<DicomInstance[]> {
  const { client, study, series } = await openSeries(url);
  return downloadSeries(client, listingOf(study, series), {});
}

/**
 * The segmentations and structure sets of the same study that were drawn on a series, fetched from its server.
 *
 * @param url as `seriesUrl` makes it.
 * @returns undefined where there are none.
 * @throws VoxseekError as {@link fetchSeriesAgain}
 */
export async function fetchMaskAgain(url: string): Promise<DicomMask | undefined> {
  const { client, study, series } = await openSeries(url);
  const objects = await fetchMasks(client, study, series);
  return objects.length === 0 ? undefined : dicomMask(objects);
}

async function fetchMasks(
  client: DicomWebClient,
  study: string,
  series: string,
  signal?: AbortSignal,
): Promise<DicomInstance[]> {
  const objects: DicomInstance[] = [];
  for await (const listing of client.searchSeries(study, signal)) {
    if (listing.modality === undefined || !maskModalities.has(listing.modality)) continue;
    for (const object of await downloadSeries(client, listing, { ...(signal && { signal }) })) {
      if (mayBeDrawnOn(await referencedSeriesOf(object), series)) objects.push(object);
    }
  }
  return objects;
}

async function openSeries(url: string): Promise<{ client: DicomWebClient; study: string; series: string }> {
  const address = parseSeriesUrl(url);
  if (address === undefined) {
    throw new VoxseekError('SERIES_UNKNOWN', 'this is not the address of a series', { subject: url });
  }
  const { root, study, series } = address;
  return { client: new DicomWebClient(root, { credentials: await credentialsFor(root) }), study, series };
}

function listingOf(studyInstanceUid: string, seriesInstanceUid: string) {
  return { studyInstanceUid, seriesInstanceUid, modality: undefined, instances: undefined };
}
