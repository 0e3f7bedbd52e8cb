import type { Archive } from '../archive/archive.js';
import { type EncoderUse, openArchiveEncoder } from '../archive/archive-encoder.js';
import type { VolumeRecord } from '../archive/records.js';
import type { StoredSlices } from '../archive/stored-slices.js';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import { type Query, resolveQuery } from '../retrieval/query.js';
import type { PatientBox } from '../retrieval/region.js';
import type { QueryRequest } from '../retrieval/request.js';
import { twinOf } from '../retrieval/twin.js';
import { type Alignment, alignSlices } from './alignment.js';
import type { Answer, Ranking } from './answer.js';
import { boxInHit, hasBox, type OpenArchived } from './box-in-hit.js';
import { localize } from './localize.js';
import { nearestSlices, nearestVolumes } from './nearest.js';
import { QuantizedMemory } from './quantized-memory.js';
import { SliceMemory } from './slice-memory.js';
import { type Stage, StageClock } from './stage.js';

/** Which volumes are left out of the answer. */
export type Exclusion = 'none' | 'self' | 'same-patient';

export interface SearchRequest extends QueryRequest {
  /** How volumes are ranked; default late-interaction. A slice query ranks slices, by similarity. */
  readonly ranking?: Ranking;
  /**
   * How many volumes late interaction scores exactly, chosen by the nearest slices. 0, the default: all, so
   * that nothing is lost to the choice.
   */
  readonly candidates?: number;
  /** Number of hits; default 10. */
  readonly k?: number;
  /** SQL condition over the columns of the volumes (docs/archive.md). */
  readonly filter?: string;
  /**
   * `self` leaves out the archived volume that is the query; default for an id. A file counts as something
   * new (`none`): if the archive has the same scan, it is found. `same-patient` leaves out every volume of
   * the query's patient, which for a file is known where the archive has the same scan, and for DICOM from the
   * PatientID where the archive's key is in its folder.
   */
  readonly exclude?: Exclusion;
}

const defaultK = 10;
const busyRetries = 3;

/**
 * Answers searches over one archive. Keeps the encoder and the embeddings in memory between searches; what has
 * changed in the archive is read again.
 */
export class SearchEngine {
  readonly #archive: Archive;
  readonly #memory: SliceMemory;
  readonly #quantized = new QuantizedMemory();
  readonly #encoderUse: EncoderUse;
  #encoder: Promise<Encoder> | undefined;

  /**
   * @param encoder the encoder of the archive, where it is open already; it stays the caller's to close.
   * @param encoderUse how to open it where it is not.
   */
  constructor(archive: Archive, encoder?: Encoder, encoderUse: EncoderUse = {}) {
    this.#archive = archive;
    this.#encoderUse = encoderUse;
    this.#memory = new SliceMemory(archive);
    if (encoder) this.#encoder = Promise.resolve(encoder);
  }

  /**
   * @throws VoxseekError USAGE, VOLUME_UNKNOWN, REGION_EMPTY, LABEL_UNKNOWN, FILTER_INVALID, ARCHIVE_EMPTY,
   *   ENCODER_MISMATCH, and what reading a volume throws
   */
  async search(request: SearchRequest): Promise<Answer> {
    assertAnswerable(request);
    return whileBusy(async () => this.#answer(await this.#resolve(request), request));
  }

  /**
   * The first part of a search alone: slices and embeddings of what is looked for, which {@link answer} and
   * {@link align} can use any number of times.
   *
   * @param signal stops an encoding.
   * @throws VoxseekError USAGE, VOLUME_UNKNOWN, REGION_EMPTY, LABEL_UNKNOWN, ENCODER_MISMATCH, INTERRUPTED, and
   *   what reading a volume throws
   */
  async prepare(request: QueryRequest, signal?: AbortSignal): Promise<Query> {
    return whileBusy(() => this.#resolve(request, signal));
  }

  /**
   * The second part of a search.
   *
   * @param request the one that the query was made from.
   * @throws VoxseekError USAGE, FILTER_INVALID, ARCHIVE_EMPTY
   */
  async answer(query: Query, request: SearchRequest): Promise<Answer> {
    assertAnswerable(request);
    return whileBusy(() => this.#answer(query, request));
  }

  /**
   * A query and one archived volume, slice by slice.
   *
   * @param id of the volume.
   * @throws VoxseekError VOLUME_UNKNOWN
   */
  async align(query: Query, id: string): Promise<Alignment> {
    return whileBusy(async () => {
      const record = await this.#archive.volume(id);
      return alignSlices(query, await this.#archive.loadSlices([record]));
    });
  }

  /**
   * Where in one archived volume the box or the structure of a query lies: its box in the localized range.
   *
   * @param query `openImage` and `openHit` say how the two images are read.
   * @param request the one that the query was made from.
   * @param id of the volume.
   * @returns RAS+ mm.
   * @throws VoxseekError USAGE where the query is neither, VOLUME_UNKNOWN, MASK_UNKNOWN, and what reading throws
   */
  async locate(query: Query, request: QueryRequest, id: string, openHit: OpenArchived): Promise<PatientBox> {
    if (!hasBox(request)) {
      throw new VoxseekError('USAGE', 'only a box or a label can be located in a hit', { subject: 'query' });
    }
    return whileBusy(async () => {
      const volume = await this.#archive.volume(id);
      const slices = await this.#archive.loadSlices([volume]);
      const range = await localize(slices, 0, query.embeddings, query.extentMm, this.#plane);
      return boxInHit(this.#archive, request, { ...query, plane: this.#plane }, { volume, range }, openHit);
    });
  }

  /** Opens the encoder and reads the embeddings, so that the first search does not wait for them. */
  async warm(): Promise<void> {
    const [slices] = await Promise.all([this.slices(), this.openEncoder()]);
    await this.#quantized.of(slices);
  }

  /** The embeddings of all volumes of the archive; and perhaps of some that are gone since. */
  slices(): Promise<StoredSlices> {
    return whileBusy(async () => this.#memory.slicesOf(await this.#archive.volumes()));
  }

  /** The encoder of the archive, opened once; {@link close} closes it. */
  openEncoder(): Promise<Encoder> {
    this.#encoder ??= openArchiveEncoder(this.#archive, this.#encoderUse).catch((error: unknown) => {
      this.#encoder = undefined;
      throw error;
    });
    return this.#encoder;
  }

  #resolve(request: QueryRequest, signal?: AbortSignal): Promise<Query> {
    return resolveQuery(this.#archive, request, () => this.openEncoder(), signal);
  }

  async #answer(query: Query, request: SearchRequest): Promise<Answer> {
    const started = performance.now();
    const { ranking = 'late-interaction', k = defaultK, candidates = 0 } = request;
    const { filtered, allowed, warnings } = await this.#allowedVolumes(request, query);

    const clock = new StageClock();
    // With those that are excluded from this answer: the next one may exclude others.
    const slices = await this.#memory.slicesOf(filtered);
    const scoresAll = ranking === 'late-interaction' && candidates === 0 && query.mode !== 'slice';
    const quantized = scoresAll ? await this.#quantized.ofSecondSearch(slices) : undefined;
    clock.stop('load');
    // The slices may have been read when less was said about their volumes than now.
    const records = new Map(allowed.map((record) => [record.revision, record]));
    const recordOf = (volume: number) => records.get(slices.volumes[volume]!.volume.revision);
    const isAllowed = (volume: number) => recordOf(volume) !== undefined;
    const stage: Stage = {
      archive: this.#archive,
      slices,
      quantized,
      query,
      isAllowed,
      recordOf: (volume) => recordOf(volume)!,
      clock,
    };
    const hits =
      query.mode === 'slice'
        ? await nearestSlices(stage, k)
        : await nearestVolumes(stage, ranking, candidates, k);
    if (
      query.mode !== 'slice' &&
      hits.length < Math.min(k, allowed.length) &&
      ranking !== 'late-interaction'
    ) {
      warnings.push(
        `Only ${hits.length} of ${allowed.length} volumes own the nearest slice of any query slice; late interaction ranks all.`,
      );
    }
    return {
      query: {
        imagePath: query.imagePath,
        openImage: query.openImage,
        series: query.series,
        id: query.archived?.id,
        mode: query.mode,
        label: request.label,
        modality: query.modality,
        plane: this.#plane,
        slices: query.slices.map((slice) => slice.index),
        dicomImages: query.slices.map((slice) => slice.dicomImage),
        encoder: this.#archive.manifest.encoder.name,
      },
      ranking,
      hits,
      warnings,
      timings: {
        read: query.readMs,
        encode: query.encodeMs,
        ...clock.stages,
        total: query.readMs + query.encodeMs + performance.now() - started,
      },
    };
  }

  /** Frees the encoder and the embeddings. */
  async close(): Promise<void> {
    await (await this.#encoder)?.close();
    this.#encoder = undefined;
    this.#memory.clear();
    this.#quantized.clear();
  }

  get #plane() {
    return this.#archive.manifest.slicing.plane;
  }

  async #allowedVolumes(
    { filter, exclude }: SearchRequest,
    query: Query,
  ): Promise<{ filtered: VolumeRecord[]; allowed: VolumeRecord[]; warnings: string[] }> {
    const { archived, modality } = query;
    const twin = archived ?? (await twinOf(this.#archive, query));
    const exclusion = exclude ?? (archived ? 'self' : 'none');
    const patients = new Set(
      [query.patient, twin?.patient ?? undefined].filter((name) => name !== undefined),
    );
    const filtered = await this.#archive.volumes(filter);
    const allowed = filtered.filter((record) => {
      if (exclusion === 'none') return true;
      if (record.id === twin?.id) return false;
      return exclusion === 'self' || record.patient === null || !patients.has(record.patient);
    });
    if (allowed.length === 0) {
      const left = filtered.length === 0 ? 'no volume passes the filter' : 'all volumes are excluded';
      throw new VoxseekError(
        'ARCHIVE_EMPTY',
        filter === undefined && filtered.length === 0 ? 'it holds no volume' : left,
        {
          subject: this.#archive.folder,
        },
      );
    }
    const warnings = [...query.warnings];
    if (!allowed.some((record) => record.modality === modality)) {
      warnings.push(`The query is ${modality}, but all volumes searched are ${allowed[0]!.modality}.`);
    }
    if (exclusion === 'same-patient' && patients.size === 0) {
      warnings.push(
        'The patient of the query is not known: no volume was left out for being of the same patient.',
      );
    }
    if (archived === undefined && twin !== undefined && exclusion === 'none') {
      warnings.push(`The query is in the archive already, as ${twin.id}; to exclude self leaves it out.`);
    }
    return { filtered, allowed, warnings };
  }
}

/**
 * Does the work again where a volume was replaced between being listed and being read: what is there now can be
 * used.
 */
async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof VoxseekError && error.code === 'ARCHIVE_BUSY';
      if (!isBusy || attempt >= busyRetries) throw error;
    }
  }
}

function assertAnswerable({ k = defaultK, candidates = 0 }: SearchRequest): void {
  assertWholeNumber('k', k, 1);
  assertWholeNumber('candidates', candidates, 0);
}

function assertWholeNumber(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new VoxseekError('USAGE', `${value} is not a whole number of at least ${least}`, { subject: name });
}
