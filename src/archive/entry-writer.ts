import { isDeepStrictEqual } from 'node:util';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import { version } from '../version.js';
import { hashWithCompanions } from '../volume/content-hash.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { imageOf } from '../volume/image-source.js';
import { type MaskSource, maskFiles } from '../volume/mask.js';
import type { Modality } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Archive } from './archive.js';
import { quoted } from './condition.js';
import { dicomOrigin } from './dicom-origin.js';
import { type EncodedVolume, encodeCutting } from './encode-cutting.js';
import { maskOf } from './entry-mask.js';
import { type EntryReading, readEntry } from './entry-reading.js';
import { orInterrupted, type Turn } from './in-turn.js';
import type { IngestFailure, IngestOptions } from './ingest.js';
import type { Hashes } from './reading/messages.js';
import type { VolumeReaders } from './reading/volume-readers.js';
import type { DicomOrigin, SliceRecord, VolumeRecord } from './records.js';
import { assertSameStack } from './same-series.js';

/** `unchanged`: the same content is there under the same id; `duplicate`: under another id, so not added. */
export type IngestOutcome = 'added' | 'replaced' | 'updated' | 'unchanged' | 'duplicate' | 'failed';

/** What became of one entry. */
export interface EntryOutcome {
  readonly outcome: IngestOutcome;
  /** What went wrong, for `failed`; the id of the same volume, for `duplicate`. */
  readonly detail?: string;
  /** For `failed`. */
  readonly failure?: IngestFailure;
  /** Slices that were encoded, and that were left out as air. */
  readonly slices: number;
  readonly airSlices: number;
  /** What of the geometry was corrected, in words; null: nothing, or not read. */
  readonly correction: string | null;
  /** About its mask; whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * The order of entries that are worked on at the same time: each entry has a turn at every stage, before the entries
 * that come after it.
 */
export interface EntryTurns {
  /** Finding out whether there is anything to do, up to the beginning of reading. */
  readonly decide: Turn;
  readonly encode: Turn;
  /** Writing to the archive, up to telling of it. */
  readonly store: Turn;
}

/** An entry that is under way. */
interface UnderWay {
  readonly id: string;
  readonly contentHash: string;
  readonly isStored: Promise<void>;
}

/** A volume that is encoded and waits to be stored. */
interface Encoded extends EncodedVolume {
  readonly reading: EntryReading;
}

/** Brings entries into an archive: some are read while another one is encoded and one before it is stored. */
export class EntryWriter {
  readonly #archive: Archive;
  readonly #encoder: Encoder;
  readonly #readers: VolumeReaders;
  readonly #options: IngestOptions;
  readonly #underWay = new Set<UnderWay>();
  /** What entries with this id held, of those that this writer has seen. */
  readonly #seen = new Map<string, { readonly image: string; readonly contentHash: string }>();

  constructor(archive: Archive, encoder: Encoder, readers: VolumeReaders, options: IngestOptions) {
    this.#archive = archive;
    this.#encoder = encoder;
    this.#readers = readers;
    this.#options = options;
  }

  /**
   * @param patient as it is to be stored.
   * @param turns are passed by the caller where this throws.
   * @param isDone resolves when the caller is done with what this gives.
   * @throws VoxseekError what reading the image and its mask throws, COHORT_INVALID (another entry has the id, or
   *   another stack of the same series), VOLUME_EMPTY, INTERRUPTED, STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY, ARCHIVE_CORRUPT
   */
  async write(
    entry: VolumeEntry,
    patient: string | null,
    turns: EntryTurns,
    signal: AbortSignal,
    isDone: Promise<void>,
  ): Promise<EntryOutcome> {
    const mask = await maskOf(entry);
    const hashes = await orInterrupted(this.#hashesOf(entry, mask), signal);
    const { contentHash } = hashes;
    await turns.decide.come(signal);
    const seen = this.#seen.get(entry.id);
    if (seen !== undefined && seen.image !== entry.image) return repeated(entry, seen, contentHash);
    this.#seen.set(entry.id, { image: entry.image, contentHash });
    const { id } = entry;
    const twins = [...this.#underWay].filter((one) => one.id === id || one.contentHash === contentHash);
    const underWay = { id, contentHash, isStored: isDone };
    this.#underWay.add(underWay);
    try {
      // What they are is known only when they are stored.
      await orInterrupted(Promise.all(twins.map((twin) => twin.isStored)), signal);
      return await this.#decideAndWrite(entry, patient, mask, hashes, turns, signal);
    } finally {
      void isDone.then(() => this.#underWay.delete(underWay));
    }
  }

  async #decideAndWrite(
    entry: VolumeEntry,
    patient: string | null,
    mask: MaskSource | undefined,
    hashes: Hashes,
    turns: EntryTurns,
    signal: AbortSignal,
  ): Promise<EntryOutcome> {
    const { contentHash } = hashes;
    let encoded: Encoded | undefined;
    for (;;) {
      const twins = await this.#archive.volumes(
        `id = ${quoted(entry.id)} OR content_hash = ${quoted(contentHash)}`,
      );
      const existing = twins.find((volume) => volume.id === entry.id);
      if (existing?.contentHash === contentHash) {
        const correction = existing.dicom?.geometry ?? null;
        const record = {
          ...existing,
          ...this.#stated(entry, patient, existing.modality),
          dicom: this.#dicomAgain(entry, existing.dicom),
        };
        const kept = { slices: 0, airSlices: 0, correction, warnings: [] };
        if (isDeepStrictEqual(record, existing)) return { outcome: 'unchanged', ...kept };
        if (record.modality === existing.modality) {
          await turns.store.come(signal);
          if (await this.#archive.updateRecord(record)) return { outcome: 'updated', ...kept };
          continue;
        }
      } else if (existing === undefined && twins.length > 0) {
        return duplicateOf(twins[0]!.id);
      }
      if (existing !== undefined && existing.contentHash !== contentHash) {
        await assertSameStack(this.#archive, existing, entry);
      }
      encoded ??= await this.#encode(entry, mask, turns, signal);
      await turns.store.come(signal);
      const stored = await this.#store(entry, patient, hashes, encoded, existing);
      // Another writer stored this id in between: look again at what is there now.
      if (stored === undefined) continue;
      const twin = existing ? undefined : await this.#yieldToTwin(entry.id, contentHash);
      return twin === undefined ? stored : duplicateOf(twin);
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
  #stated(entry: VolumeEntry, patient: string | null, modality: Modality) {
    const keepPaths = this.#options.keepPaths ?? true;
    return {
      patient,
      split: entry.split ?? this.#options.split ?? null,
      modality: entry.modality ?? this.#options.modality ?? modality,
      region: entry.region ?? null,
      annotated: entry.annotated ?? null,
      imagePath: keepPaths ? entry.image : '',
      maskPath: (keepPaths && entry.mask) || null,
      labelTablePath: (keepPaths && entry.labels) || null,
    };
  }

  /** @param masks those of its mask objects that can be used. */
  #dicom(
    { dicom, image }: VolumeEntry,
    masks: readonly DicomInstance[],
    correction: string | null,
  ): DicomOrigin | null {
    if (dicom === undefined) return null;
    const folder = (this.#options.keepPaths ?? true) ? image : undefined;
    return dicomOrigin(dicom, masks, folder, correction);
  }

  /** Of a series whose content is in the archive: what was corrected, and which masks could be used, is known. */
  #dicomAgain(entry: VolumeEntry, existing: DicomOrigin | null): DicomOrigin | null {
    const { maskObjects = [] } = entry;
    const dicom = this.#dicom(entry, maskObjects, existing?.geometry ?? null);
    if (!dicom?.maskFiles || !existing?.sourceFiles) return dicom;
    const hasUnusable = (existing.maskFiles?.length ?? 0) < maskObjects.length;
    return hasUnusable ? { ...dicom, maskFiles: existing.maskFiles } : dicom;
  }

  /** Reads ahead, and encodes when its turn has come. */
  async #encode(
    entry: VolumeEntry,
    mask: MaskSource | undefined,
    turns: EntryTurns,
    signal: AbortSignal,
  ): Promise<Encoded> {
    const { plane, everyMm } = this.#archive.manifest.slicing;
    const reading = await readEntry(
      entry,
      mask,
      {
        plane,
        everyMm,
        modality: entry.modality ?? this.#options.modality,
        preparation: this.#encoder.staged?.preparation ?? { kind: 'pixels' },
      },
      this.#readers,
      signal,
      () => turns.decide.pass(),
    );
    try {
      await turns.encode.come(signal);
      const encoded = await encodeCutting(reading.cutting, this.#encoder, signal);
      turns.encode.pass();
      if (encoded.slices.length > 0) return { ...encoded, reading };
      const { positions } = reading.cutting.cut;
      throw new VoxseekError('VOLUME_EMPTY', `all ${positions} ${plane} slices show nothing but air`, {
        subject: entry.image,
      });
    } finally {
      reading.cutting.close();
    }
  }

  /** @returns undefined where another writer stored this id in between. */
  async #store(
    entry: VolumeEntry,
    patient: string | null,
    hashes: Hashes,
    { reading, slices, embeddings, airSlices }: Encoded,
    replaces: VolumeRecord | undefined,
  ): Promise<EntryOutcome | undefined> {
    const { plane } = this.#archive.manifest.slicing;
    const { cutting, imageAt, correction, maskObjects, warnings } = reading;
    const { size, spacing, affine, intensity, labelVoxels } = cutting.cut;
    const labelsAt = (index: number) =>
      [...labelVoxels]
        .map(([name, perSlice]) => [name, perSlice[index]!] as const)
        .filter(([, voxels]) => voxels > 0);
    const isStored = await this.#archive.store(
      {
        id: entry.id,
        ...this.#stated(entry, patient, intensity.modality),
        labels: [...labelVoxels.keys()].sort(),
        ...hashes,
        size,
        spacing,
        affine,
        percentiles: intensity.percentiles,
        airSlices,
        voxseekVersion: version,
        ingestedAt: new Date().toISOString(),
        dicom: this.#dicom(entry, maskObjects, correction),
      },
      slices.map(
        ({ index, positionMm, center }): SliceRecord => ({
          plane,
          index,
          positionMm,
          center,
          labelVoxels: new Map(labelsAt(index)),
          dicomImage: imageAt(index),
        }),
      ),
      embeddings,
      replaces,
    );
    if (!isStored) return undefined;
    const outcome = replaces ? 'replaced' : 'added';
    return { outcome, slices: slices.length, airSlices, correction, warnings };
  }

  async #hashesOf(entry: VolumeEntry, mask: MaskSource | undefined): Promise<Hashes> {
    const companions = [
      ...(mask ? maskFiles(mask) : []),
      ...(entry.labels === undefined ? [] : [entry.labels]),
    ];
    const files = companions.filter((companion) => typeof companion === 'string');
    if (entry.source === undefined && files.length === companions.length) {
      return this.#readers.hash({ image: entry.image, companions: files });
    }
    const imageHash = await imageOf(entry).hash();
    return { imageHash, contentHash: await hashWithCompanions(imageHash, companions) };
  }
}

/** Copies of one series are one; where they differ, nobody knows which one is meant. */
function repeated(
  { id, image }: VolumeEntry,
  seen: { readonly image: string; readonly contentHash: string },
  contentHash: string,
): EntryOutcome {
  if (seen.contentHash === contentHash) return duplicateOf(id);
  throw new VoxseekError(
    'COHORT_INVALID',
    `this series is also in ${seen.image}, with other images or masks`,
    { subject: image, advice: 'Ingest the folder that holds all of the series.' },
  );
}

function duplicateOf(id: string): EntryOutcome {
  return { outcome: 'duplicate', detail: id, slices: 0, airSlices: 0, correction: null, warnings: [] };
}
