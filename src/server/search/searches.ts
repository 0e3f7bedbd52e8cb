import type { Alignment } from '../../answer/alignment.js';
import type { Answer } from '../../answer/answer.js';
import type { OpenArchived } from '../../answer/box-in-hit.js';
import type { SearchEngine } from '../../answer/search-engine.js';
import type { Archive } from '../../archive/archive.js';
import { patientNameIn } from '../../archive/patient-names.js';
import { VoxseekError } from '../../errors.js';
import type { Query } from '../../retrieval/query.js';
import type { PatientBox } from '../../retrieval/region.js';
import { modeOf, type QueryRequest } from '../../retrieval/request.js';
import type { AlignmentRequest, ApiQueryRequest, ApiSearchRequest, LocationRequest } from '../schemas.js';
import type { UploadStore } from '../uploads/upload-store.js';
import { PreparedQueries } from './prepared-queries.js';
import { type SearchLimits, SearchQueue } from './search-queue.js';

export interface SearchesOptions {
  /** How archived images are opened. */
  readonly openArchived: OpenArchived;
  readonly limits?: SearchLimits;
  /** Where the key of the archive's patients is, if not in the archive. */
  readonly patientKeyFile?: string;
}

/**
 * Searches and alignments for the clients of a server: a few at a time, with what had to be encoded kept. What
 * is looked for is an archived volume by its id or an image of an upload; no path of a client is ever opened.
 */
export class Searches {
  readonly #archive: Archive;
  readonly #engine: SearchEngine;
  readonly #uploads: UploadStore;
  readonly #openArchived: OpenArchived;
  readonly #queue: SearchQueue;
  readonly #patientKeyFile: string | undefined;
  readonly #prepared = new PreparedQueries();

  constructor(
    archive: Archive,
    engine: SearchEngine,
    uploads: UploadStore,
    { openArchived, limits, patientKeyFile }: SearchesOptions,
  ) {
    this.#archive = archive;
    this.#engine = engine;
    this.#uploads = uploads;
    this.#openArchived = openArchived;
    this.#queue = new SearchQueue(limits);
    this.#patientKeyFile = patientKeyFile;
  }

  /**
   * @param signal of a client that may go away.
   * @throws VoxseekError SERVER_BUSY, UPLOAD_UNKNOWN, INTERRUPTED, and those of {@link SearchEngine.search}
   */
  async search(request: ApiSearchRequest, signal: AbortSignal): Promise<Answer> {
    const query = this.#queryOf(request);
    const { ranking, k, candidates, filter, exclude } = request;
    return this.#queue.run(
      async () =>
        this.#engine.answer(await this.#prepare(request, query, signal), {
          ...query,
          ...(ranking !== undefined && { ranking }),
          ...(k !== undefined && { k }),
          ...(candidates !== undefined && { candidates }),
          ...(filter !== undefined && { filter }),
          ...(exclude !== undefined && { exclude }),
        }),
      signal,
    );
  }

  /**
   * @param signal of a client that may go away.
   * @throws VoxseekError SERVER_BUSY, UPLOAD_UNKNOWN, INTERRUPTED, VOLUME_UNKNOWN, and those of
   *   {@link SearchEngine.prepare}
   */
  async align(request: AlignmentRequest, signal: AbortSignal): Promise<Alignment> {
    const query = this.#queryOf(request);
    return this.#queue.run(
      async () => this.#engine.align(await this.#prepare(request, query, signal), request.hit),
      signal,
    );
  }

  /**
   * @param signal of a client that may go away.
   * @returns RAS+ mm.
   * @throws VoxseekError SERVER_BUSY, UPLOAD_UNKNOWN, INTERRUPTED, and those of {@link SearchEngine.locate}
   */
  async locate(request: LocationRequest, signal: AbortSignal): Promise<PatientBox> {
    const query = this.#queryOf(request);
    const open = this.#openArchived;
    return this.#queue.run(async () => {
      const prepared = await this.#prepare(request, query, signal);
      const { archived } = prepared;
      const readable = archived === undefined ? prepared : { ...prepared, openImage: () => open(archived) };
      return this.#engine.locate(readable, query, request.hit, open);
    }, signal);
  }

  /** @throws VoxseekError USAGE, UPLOAD_UNKNOWN */
  #queryOf({ volume, upload, slice, slices, box, label, cropMarginMm }: ApiQueryRequest): QueryRequest {
    if ((volume === undefined) === (upload === undefined)) {
      throw new VoxseekError('USAGE', 'a query is either a volume or an image of an upload', {
        subject: 'query',
        advice: 'Name one of the two.',
      });
    }
    const request: QueryRequest = {
      query: upload ? this.#uploads.image(upload.id, upload.image).entry : { archived: volume! },
      ...(slice !== undefined && { slice }),
      ...(slices !== undefined && { slices: ascending(slices, 'slices') }),
      ...(box !== undefined && {
        box: { x: ascending(box[0], 'box'), y: ascending(box[1], 'box'), z: ascending(box[2], 'box') },
      }),
      ...(label !== undefined && { label }),
      ...(cropMarginMm !== undefined && { cropMarginMm }),
    };
    // Now rather than when its turn has come.
    modeOf(request);
    return request;
  }

  /** Embeddings that are in the archive are read anew; others are kept. */
  async #prepare(request: ApiQueryRequest, query: QueryRequest, signal: AbortSignal): Promise<Query> {
    const { volume, upload, slice, slices, box, label, cropMarginMm } = request;
    if (upload === undefined && cropMarginMm === undefined) return this.#engine.prepare(query, signal);
    const image = upload
      ? ['upload', upload.id, upload.image]
      : ['archive', (await this.#archive.volume(volume!)).revision];
    const key = JSON.stringify([...image, slice, slices, box, label, cropMarginMm]);
    const prepare = async (stop: AbortSignal) => this.#engine.prepare(await this.#withPatient(query), stop);
    const prepared = await this.#prepared.query(key, prepare, signal);
    if (signal.aborted) throw new VoxseekError('INTERRUPTED', 'the client went away');
    return prepared;
  }

  /** With the name that the archive has for the patient of a DICOM series, where its key is kept elsewhere. */
  async #withPatient(request: QueryRequest): Promise<QueryRequest> {
    const { query } = request;
    if (this.#patientKeyFile === undefined || typeof query === 'string') return request;
    if (!('image' in query) || query.dicom === undefined) return request;
    const patient = await patientNameIn(this.#archive.folder, query.dicom, this.#patientKeyFile);
    return patient === undefined ? request : { ...request, query: { ...query, patient } };
  }
}

/** @throws VoxseekError USAGE */
function ascending(range: readonly [number, number], subject: string): readonly [number, number] {
  if (range[0] <= range[1]) return range;
  throw new VoxseekError('USAGE', `${range[0]} to ${range[1]} is no range`, {
    subject,
    advice: 'The smaller number goes first.',
  });
}
