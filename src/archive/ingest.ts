import { isDeepStrictEqual } from 'node:util';
import { encodeSlices } from '../encoder/encode-slices.js';
import type { Encoder } from '../encoder/encoder.js';
import { type ErrorCode, VoxseekError } from '../errors.js';
import { version } from '../version.js';
import { hashFile, hashWithCompanions } from '../volume/content-hash.js';
import { guessModality, intensityContext } from '../volume/intensity.js';
import { countLabels, type MaskSource, maskFiles, openMask } from '../volume/mask.js';
import { readVolume } from '../volume/read.js';
import { everyMillimetres, slicePositions, sliceSpacing } from '../volume/slice.js';
import type { Modality } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Archive } from './archive.js';
import { quoted } from './condition.js';
import type { SliceRecord, VolumeRecord } from './records.js';

export interface IngestOptions {
  /** Modality of volumes whose input does not state one; default: told from the voxel values. */
  readonly modality?: Modality;
  /** Split of volumes whose input does not state one. */
  readonly split?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: IngestProgress) => void;
}

/** `unchanged`: the same content is there under the same id; `duplicate`: under another id, so not added. */
export type IngestOutcome = 'added' | 'replaced' | 'updated' | 'unchanged' | 'duplicate' | 'failed';

/** One volume is done. */
export interface IngestProgress {
  readonly id: string;
  readonly outcome: IngestOutcome;
  /** Volumes done so far, and all. */
  readonly done: number;
  readonly total: number;
  /** Slices that were encoded for this volume. */
  readonly slices: number;
  /** What went wrong, for `failed`; the id of the same volume, for `duplicate`. */
  readonly detail?: string;
}

export interface IngestFailure {
  readonly id: string;
  readonly image: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface IngestReport {
  readonly volumes: number;
  readonly outcomes: Readonly<Record<IngestOutcome, number>>;
  readonly failures: readonly IngestFailure[];
  readonly duplicates: readonly { readonly id: string; readonly of: string }[];
  /** Slices stored by this run, and slices of its volumes that were left out as air. */
  readonly slices: number;
  readonly airSlices: number;
  readonly seconds: number;
  /** The run was stopped before all volumes were looked at. */
  readonly interrupted: boolean;
}

/** Failures that are not of one volume: going on with the next one would fail the same way. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_FULL',
  'STORAGE_NOT_WRITABLE',
  'ARCHIVE_CORRUPT',
  'ARCHIVE_BUSY',
]);

/**
 * Compact after so many additions: each makes a small file that every later reading has to open. All volumes
 * are looked at for each addition, slices are not, and take longer.
 */
export const compactVolumesEvery = 64;
export const compactSlicesEvery = 256;

/**
 * Adds volumes to an archive, one after the other. What is there already (by content) is not read again, so
 * that a run which was interrupted goes on where it stopped. A volume that cannot be used is reported and
 * does not stop the others.
 *
 * @throws VoxseekError COHORT_INVALID (two inputs with one id), STORAGE_FULL, STORAGE_NOT_WRITABLE,
 *   ARCHIVE_BUSY, ARCHIVE_CORRUPT
 */
export async function ingest(
  archive: Archive,
  encoder: Encoder,
  entries: readonly VolumeEntry[],
  options: IngestOptions = {},
): Promise<IngestReport> {
  return new Ingest(archive, encoder, options).run(withoutRepetition(entries));
}

class Ingest {
  readonly #archive: Archive;
  readonly #encoder: Encoder;
  readonly #options: IngestOptions;
  readonly #outcomes: Record<IngestOutcome, number> = {
    added: 0,
    replaced: 0,
    updated: 0,
    unchanged: 0,
    duplicate: 0,
    failed: 0,
  };
  readonly #failures: IngestFailure[] = [];
  readonly #duplicates: { id: string; of: string }[] = [];
  #slices = 0;
  #airSlices = 0;

  constructor(archive: Archive, encoder: Encoder, options: IngestOptions) {
    this.#archive = archive;
    this.#encoder = encoder;
    this.#options = options;
  }

  async run(entries: readonly VolumeEntry[]): Promise<IngestReport> {
    const started = performance.now();
    await this.#archive.removeLeftovers();
    const { signal, onProgress } = this.#options;
    let done = 0;
    for (const entry of entries) {
      if (signal?.aborted) break;
      const slicesBefore = this.#slices;
      const [outcome, detail] = await this.#ingestOrReport(entry);
      if (outcome === undefined) break;
      this.#outcomes[outcome]++;
      done++;
      const slices = this.#slices - slicesBefore;
      onProgress?.({ id: entry.id, outcome, done, total: entries.length, slices, ...(detail && { detail }) });
      if (slices > 0 && this.#stored % compactVolumesEvery === 0) {
        await this.#archive.compact(this.#stored % compactSlicesEvery === 0 ? 'all' : 'volumes');
      }
    }
    const interrupted = done < entries.length;
    // Also where nothing was added: a run that was killed left its small files to this one.
    if (!interrupted) await this.#archive.compact();
    return {
      volumes: entries.length,
      outcomes: this.#outcomes,
      failures: this.#failures,
      duplicates: this.#duplicates,
      slices: this.#slices,
      airSlices: this.#airSlices,
      seconds: (performance.now() - started) / 1000,
      interrupted,
    };
  }

  get #stored(): number {
    return this.#outcomes.added + this.#outcomes.replaced;
  }

  /** @returns no outcome where the run was stopped in the middle of this volume. */
  async #ingestOrReport(entry: VolumeEntry): Promise<[outcome: IngestOutcome | undefined, detail?: string]> {
    try {
      return await this.#ingest(entry);
    } catch (error) {
      const known =
        error instanceof VoxseekError
          ? error
          : new VoxseekError('INTERNAL', error instanceof Error ? error.message : String(error), {
              subject: entry.image,
              cause: error,
            });
      if (known.code === 'INTERRUPTED') return [undefined];
      if (fatalCodes.has(known.code)) throw known;
      this.#failures.push({ id: entry.id, image: entry.image, code: known.code, message: known.message });
      return ['failed', known.message];
    }
  }

  async #ingest(entry: VolumeEntry): Promise<[IngestOutcome, string?]> {
    const mask = entry.mask === undefined ? undefined : await openMask(entry.mask, entry.labels);
    const imageHash = await hashFile(entry.image);
    const contentHash = await hashWithCompanions(imageHash, [
      ...(mask ? maskFiles(mask) : []),
      ...(entry.labels === undefined ? [] : [entry.labels]),
    ]);
    for (;;) {
      const twins = await this.#archive.volumes(
        `id = ${quoted(entry.id)} OR content_hash = ${quoted(contentHash)}`,
      );
      const existing = twins.find((volume) => volume.id === entry.id);
      if (existing?.contentHash === contentHash) {
        const record = { ...existing, ...this.#stated(entry, existing.modality) };
        if (isDeepStrictEqual(record, existing)) return ['unchanged'];
        if (record.modality === existing.modality) {
          if (await this.#archive.updateRecord(record)) return ['updated'];
          continue;
        }
      } else if (existing === undefined && twins.length > 0) {
        this.#duplicates.push({ id: entry.id, of: twins[0]!.id });
        return ['duplicate', twins[0]!.id];
      }
      const stored = await this.#encodeAndStore(entry, mask, { imageHash, contentHash }, existing);
      // Another writer stored this id in between: look again at what is there now.
      if (stored === undefined) continue;
      const twin = existing ? undefined : await this.#yieldToTwin(entry.id, contentHash);
      if (twin !== undefined) {
        this.#duplicates.push({ id: entry.id, of: twin });
        return ['duplicate', twin];
      }
      this.#slices += stored.slices;
      this.#airSlices += stored.airSlices;
      return [existing ? 'replaced' : 'added'];
    }
  }

  /**
   * Before this volume was encoded nobody had its content. If somebody has it now, two writers added the same
   * scan under two ids at the same time; both remove all but the smallest id, so that one stays.
   *
   * @returns the id that stays, if it is another one.
   */
  async #yieldToTwin(id: string, contentHash: string): Promise<string | undefined> {
    const [first, ...others] = await this.#archive.volumes(`content_hash = ${quoted(contentHash)}`);
    if (first === undefined || others.length === 0) return undefined;
    await this.#archive.remove(others.map((volume) => volume.id));
    return first.id === id ? undefined : first.id;
  }

  /** What the input says about a volume, beyond its voxels. */
  #stated(entry: VolumeEntry, modality: Modality) {
    return {
      patient: entry.patient ?? null,
      split: entry.split ?? this.#options.split ?? null,
      modality: entry.modality ?? this.#options.modality ?? modality,
      region: entry.region ?? null,
      annotated: entry.annotated ?? null,
      imagePath: entry.image,
      maskPath: entry.mask ?? null,
      labelTablePath: entry.labels ?? null,
    };
  }

  /** @returns undefined where another writer stored this id in between. */
  async #encodeAndStore(
    entry: VolumeEntry,
    mask: MaskSource | undefined,
    hashes: Pick<VolumeRecord, 'imageHash' | 'contentHash'>,
    replaces: VolumeRecord | undefined,
  ): Promise<{ slices: number; airSlices: number } | undefined> {
    const { plane, everyMm } = this.#archive.manifest.slicing;
    const volume = await readVolume(entry.image);
    const measured = intensityContext(volume, 'CT', entry.image);
    const stated = this.#stated(entry, guessModality(measured));
    const intensity = { ...measured, modality: stated.modality };
    const counts = mask ? await countLabels(mask, volume, plane) : new Map<string, Uint32Array>();
    const labelsAt = (index: number) => [...counts].filter(([, perSlice]) => perSlice[index]! > 0);

    const positions = everyMillimetres(slicePositions(volume, plane), sliceSpacing(volume, plane), everyMm);
    const encoded = await encodeSlices(volume, plane, positions, intensity, this.#encoder, {
      keep: ({ index }) => labelsAt(index).length > 0,
      ...(this.#options.signal && { signal: this.#options.signal }),
    });
    if (encoded.slices.length === 0) {
      throw new VoxseekError('VOLUME_EMPTY', `all ${positions.length} ${plane} slices show nothing but air`, {
        subject: entry.image,
      });
    }
    const slices = encoded.slices.map(
      ({ index, positionMm, center }): SliceRecord => ({
        plane,
        index,
        positionMm,
        center,
        labelVoxels: new Map(labelsAt(index).map(([name, perSlice]) => [name, perSlice[index]!])),
      }),
    );
    const isStored = await this.#archive.store(
      {
        id: entry.id,
        ...stated,
        labels: [...counts.keys()].sort(),
        ...hashes,
        size: volume.size,
        spacing: volume.spacing,
        affine: volume.affine,
        percentiles: intensity.percentiles,
        airSlices: encoded.airSlices,
        voxseekVersion: version,
        ingestedAt: new Date().toISOString(),
      },
      slices,
      encoded.embeddings,
      replaces,
    );
    return isStored ? { slices: slices.length, airSlices: encoded.airSlices } : undefined;
  }
}

/** The same file under the same id may be named twice (a folder and a file in it); anything else is a mistake. */
function withoutRepetition(entries: readonly VolumeEntry[]): VolumeEntry[] {
  const byId = new Map<string, VolumeEntry>();
  for (const entry of entries) {
    const first = byId.get(entry.id);
    if (first !== undefined && first.image !== entry.image) {
      throw new VoxseekError(
        'COHORT_INVALID',
        `two inputs have the id "${entry.id}": ${first.image} and this`,
        {
          subject: entry.image,
          advice: 'Name them in a cohort CSV with an id each, or ingest their common folder.',
        },
      );
    }
    if (first === undefined) byId.set(entry.id, entry);
  }
  return [...byId.values()];
}
