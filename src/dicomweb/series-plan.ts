import { VoxseekError } from '../errors.js';
import { inParallel } from '../volume/dicom/in-parallel.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';
import type { DicomWebClient, SeriesListing } from './client.js';
import type { SeriesLedger } from './series-ledger.js';

/** Series of CT and MR become volumes. */
const imageModalities: ReadonlySet<string> = new Set(['CT', 'MR']);
/** Series of segmentations and structure sets become their masks. */
export const maskModalities: ReadonlySet<string> = new Set(['SEG', 'RTSTRUCT']);

/** What is to be fetched of one study. */
export interface StudyPlan {
  readonly study: string;
  /** Series that are new or have changed. */
  readonly images: readonly SeriesListing[];
  /** Series that are in the archive as they are on the server; a new mask can make them worth fetching again. */
  readonly unchanged: readonly SeriesListing[];
  readonly masks: readonly PlannedMask[];
}

export interface PlannedMask {
  readonly listing: SeriesListing;
  /** The series that it was drawn on; undefined where it is new, and so has to be read to know. */
  readonly refersTo: readonly string[] | undefined;
}

/** @param refersTo series that a mask names; where it names none, it may be about any of its study. */
export function mayBeDrawnOn(refersTo: readonly string[], series: string): boolean {
  return refersTo.length === 0 || refersTo.includes(series);
}

/** What was taken before, and so needs not be asked for. */
export interface Taken {
  readonly ledger: SeriesLedger;
  /** Whether a volume is in the archive. */
  readonly isStored: (volume: string) => boolean;
  /** Instances of the series that the archive has, wherever they came from. */
  readonly archived: ReadonlyMap<string, number>;
  /** Instances of series that came, but could not be stored: as they are, they would fail again. */
  readonly failed: ReadonlyMap<string, number>;
}

export interface PlanRequest {
  /** QIDO-RS query for studies. */
  readonly query?: string;
  /** Only this series. */
  readonly series?: string;
  /** Studies whose series are asked for at the same time. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly onLeftOut?: (leftOut: LeftOut) => void;
  /** Told of every study whose series are known, with how many studies there are. */
  readonly onStudy?: (done: number, studies: number) => void;
}

/**
 * Asks which studies match and what series they have, and compares that with what was taken before.
 *
 * @throws VoxseekError what the client throws; SERIES_UNKNOWN
 */
export async function planStudies(
  client: DicomWebClient,
  taken: Taken,
  { query, series, parallel, signal, onLeftOut, onStudy }: PlanRequest,
): Promise<StudyPlan[]> {
  const studies: string[] = [];
  if (series !== undefined) studies.push((await client.findSeries(series, signal)).studyInstanceUid);
  else for await (const study of client.searchStudies(query, signal)) studies.push(study);

  const plans: StudyPlan[] = [];
  const refusals: VoxseekError[] = [];
  let done = 0;
  await inParallel(studies, parallel, async (study) => {
    try {
      const listings: SeriesListing[] = [];
      for await (const listing of client.searchSeries(study, signal)) {
        listings.push(await withCount(client, taken, listing, signal));
      }
      plans.push(planStudy(study, listings, taken, series));
    } catch (error) {
      if (!isOfOneStudy(error)) throw error;
      refusals.push(error);
      onLeftOut?.({ path: `study ${study}`, reason: error.reason, isDicom: true });
    }
    onStudy?.(++done, studies.length);
  });
  // Where none can be listed it is not about one study.
  if (plans.length === 0 && refusals.length > 0) throw refusals[0]!;
  return plans;
}

/** Some servers forbid single studies, and one may be deleted since the studies were listed. */
function isOfOneStudy(error: unknown): error is VoxseekError {
  const code = error instanceof VoxseekError ? error.code : undefined;
  return code === 'PACS_REFUSED' || code === 'PACS_ANSWER_INVALID';
}

/** Counts the instances of a series that was taken before, where the listing of the server does not say it. */
async function withCount(
  client: DicomWebClient,
  { ledger, archived, failed }: Taken,
  listing: SeriesListing,
  signal: AbortSignal,
): Promise<SeriesListing> {
  const { studyInstanceUid, seriesInstanceUid } = listing;
  const isKnown =
    archived.has(seriesInstanceUid) ||
    failed.has(seriesInstanceUid) ||
    ledger.noteOf(seriesInstanceUid) !== undefined;
  if (listing.instances !== undefined || !isKnown) return listing;
  let instances = 0;
  for await (const _ of client.searchInstances(studyInstanceUid, seriesInstanceUid, signal)) instances++;
  return { ...listing, instances };
}

function planStudy(
  study: string,
  listings: readonly SeriesListing[],
  { ledger, isStored, archived, failed }: Taken,
  only: string | undefined,
): StudyPlan {
  const images = listings.filter(
    ({ modality, seriesInstanceUid }) =>
      (modality === undefined || imageModalities.has(modality)) &&
      (only === undefined || seriesInstanceUid === only),
  );
  const isUnchanged = ({ seriesInstanceUid, instances }: SeriesListing) => {
    const known = [archived.get(seriesInstanceUid), failed.get(seriesInstanceUid)];
    if (instances !== undefined && known.includes(instances)) return true;
    const note = ledger.noteOf(seriesInstanceUid);
    return note !== undefined && note.instances === instances && note.volumes.every(isStored);
  };
  return {
    study,
    images: images.filter((listing) => !isUnchanged(listing)),
    unchanged: images.filter(isUnchanged),
    masks: listings
      .filter(({ modality }) => modality !== undefined && maskModalities.has(modality))
      .map((listing) => ({
        listing,
        refersTo: isUnchanged(listing) ? ledger.noteOf(listing.seriesInstanceUid)?.refersTo : undefined,
      })),
  };
}
