import { VoxseekError } from '../errors.js';
import { numberOf, tags, textOf } from './dicom-json.js';
import { HttpClient, type HttpOptions } from './http.js';
import { retrieveInstances, type SeriesBytes } from './retrieve.js';
import { readPage, searchPages } from './search-pages.js';
import { isUid, seriesUrl, serviceRoot } from './service-root.js';
import { type StoreOutcome, storeInstances } from './store.js';

export interface DicomWebOptions extends HttpOptions {}

/** A series as a server lists it. Of the patient nothing is kept. */
export interface SeriesListing {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** (0008,0060); undefined where the server does not say it. */
  readonly modality: string | undefined;
  /** undefined where the server does not say it. */
  readonly instances: number | undefined;
}

/** Keys of QIDO-RS that have a meaning of their own, which paging and listing need for themselves. */
const reservedParameters: ReadonlySet<string> = new Set(['limit', 'offset', 'includefield']);

/**
 * A DICOMweb server (PS3.18): search (QIDO-RS), retrieve (WADO-RS) and store (STOW-RS).
 *
 * Requests that fail are tried again with growing pauses; a connection that stalls counts as failed. All methods
 * throw VoxseekError PACS_UNREACHABLE, PACS_REFUSED, PACS_ANSWER_INVALID, and INTERRUPTED when their signal is
 * aborted; messages name the address without its query.
 */
export class DicomWebClient {
  /** Of the service, without a slash at its end and without credentials. */
  readonly root: string;
  readonly #http: HttpClient;

  /** @throws VoxseekError USAGE where `root` is no http(s) address, or has credentials or a query in it */
  constructor(root: string, options: DicomWebOptions = {}) {
    this.root = serviceRoot(root);
    this.#http = new HttpClient(options);
  }

  /**
   * The StudyInstanceUIDs that match a query.
   *
   * @param query as in an address: "ModalitiesInStudy=CT&StudyDate=20240101-".
   */
  async *searchStudies(query = '', signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    const parameters = parseQuery(query);
    const search = { url: `${this.root}/studies`, parameters, ...(signal && { signal }) };
    for await (const object of searchPages(this.#http, search, uidUnder(tags.studyInstanceUid))) {
      yield textOf(object, tags.studyInstanceUid)!;
    }
  }

  /**
   * Asks for one study, to know whether the service answers.
   *
   * @param attempts default: as for every request.
   * @throws VoxseekError where it does not
   */
  async checkService(
    options: { readonly signal?: AbortSignal; readonly attempts?: number } = {},
  ): Promise<void> {
    const search = { url: `${this.root}/studies`, parameters: new URLSearchParams(), ...options };
    await readPage(this.#http, search, { limit: 1, offset: 0 });
  }

  /** The series of a study. */
  searchSeries(study: string, signal?: AbortSignal): AsyncGenerator<SeriesListing, void, undefined> {
    return this.#listSeries(`${this.root}/studies/${study}/series`, new URLSearchParams(), study, signal);
  }

  /**
   * Where a series is, when only its UID is known.
   *
   * @throws VoxseekError SERIES_UNKNOWN
   */
  async findSeries(series: string, signal?: AbortSignal): Promise<SeriesListing> {
    if (isUid(series)) {
      const parameters = new URLSearchParams({ SeriesInstanceUID: series });
      for await (const listing of this.#listSeries(`${this.root}/series`, parameters, undefined, signal)) {
        // Some servers pass over keys that they do not know.
        if (listing.seriesInstanceUid === series) return listing;
      }
    }
    throw new VoxseekError('SERIES_UNKNOWN', `the server ${this.root} has no such series`, {
      subject: series,
    });
  }

  /** The SOPInstanceUIDs of a series. */
  async *searchInstances(
    study: string,
    series: string,
    signal?: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    const search = {
      url: `${seriesUrl({ root: this.root, study, series })}/instances`,
      parameters: new URLSearchParams(),
      ...(signal && { signal }),
    };
    for await (const object of searchPages(this.#http, search, uidUnder(tags.sopInstanceUid))) {
      yield textOf(object, tags.sopInstanceUid)!;
    }
  }

  /**
   * All instances of a series, as they are on the server (any transfer syntax), in the order in which they come.
   *
   * @throws VoxseekError besides: SERIES_UNKNOWN
   */
  retrieveSeries(
    study: string,
    series: string,
    options: {
      readonly signal?: AbortSignal;
      readonly onBytes?: (bytes: number) => Promise<void> | void;
    } = {},
  ): Promise<SeriesBytes> {
    return retrieveInstances(this.#http, { root: this.root, study, series }, options);
  }

  /**
   * Stores PS3.10 files in a study.
   *
   * @throws VoxseekError besides: PACS_REFUSED where the server takes none or not all of them
   */
  store(study: string, files: readonly Uint8Array[], signal?: AbortSignal): Promise<StoreOutcome> {
    return storeInstances(this.#http, `${this.root}/studies/${study}`, files, signal);
  }

  async *#listSeries(
    url: string,
    parameters: URLSearchParams,
    study: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SeriesListing, void, undefined> {
    parameters.append('includefield', tags.numberOfSeriesRelatedInstances);
    const search = { url, parameters, ...(signal && { signal }) };
    for await (const object of searchPages(this.#http, search, uidUnder(tags.seriesInstanceUid))) {
      const studyInstanceUid = study ?? textOf(object, tags.studyInstanceUid);
      if (!isUid(studyInstanceUid)) continue;
      yield {
        studyInstanceUid,
        seriesInstanceUid: textOf(object, tags.seriesInstanceUid)!,
        modality: textOf(object, tags.modality),
        instances: numberOf(object, tags.numberOfSeriesRelatedInstances),
      };
    }
  }
}

function uidUnder(tag: string): (object: Parameters<typeof textOf>[0]) => string | undefined {
  return (object) => {
    const uid = textOf(object, tag);
    return isUid(uid) ? uid : undefined;
  };
}

/** @throws VoxseekError USAGE; the values are not repeated, for they may name a patient */
export function parseQuery(query: string): URLSearchParams {
  const parameters = new URLSearchParams(query.replace(/^\?/, ''));
  for (const name of parameters.keys()) {
    if (
      !/^(?:[A-Za-z][A-Za-z0-9]*|[0-9A-Fa-f]{8})(?:\.(?:[A-Za-z][A-Za-z0-9]*|[0-9A-Fa-f]{8}))*$/.test(name)
    ) {
      throw new VoxseekError('USAGE', 'the query is not NAME=VALUE, joined by &', {
        subject: '--query',
        advice: "For example: --query 'ModalitiesInStudy=CT&StudyDate=20240101-'.",
      });
    }
    if (reservedParameters.has(name.toLowerCase())) {
      throw new VoxseekError('USAGE', `${name} cannot be set: Voxseek pages through all results`, {
        subject: '--query',
        advice: 'Leave it out.',
      });
    }
  }
  return parameters;
}
