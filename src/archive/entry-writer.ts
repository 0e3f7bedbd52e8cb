import { isDeepStrictEqual } from 'node:util';
import { encodeSlices } from '../encoder/encode-slices.js';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import { version } from '../version.js';
import { hashWithCompanions } from '../volume/content-hash.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { imageOf } from '../volume/image-source.js';
import { guessModality, intensityContext } from '../volume/intensity.js';
import { type MaskSource, maskFiles } from '../volume/mask.js';
import { everyMillimetres, slicePositions, sliceSpacing } from '../volume/slice.js';
import type { Modality } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Archive } from './archive.js';
import { quoted } from './condition.js';
import { asStackVolume, correctionInWords, dicomImages, dicomOrigin } from './dicom-origin.js';
import { countEntryLabels, maskOf } from './entry-mask.js';
import type { IngestOptions } from './ingest.js';
import type { DicomOrigin, SliceRecord, VolumeRecord } from './records.js';
import { assertSameStack } from './same-series.js';

/** `unchanged`: the same content is there under the same id; `duplicate`: under another id, so not added. */
export type IngestOutcome = 'added' | 'replaced' | 'updated' | 'unchanged' | 'duplicate' | 'failed';

/** What became of one entry. */
export interface EntryOutcome {
  readonly outcome: IngestOutcome;
  /** What went wrong, for `failed`; the id of the same volume, for `duplicate`. */
  readonly detail?: string;
  /** Slices that were encoded, and that were left out as air. */
  readonly slices: number;
  readonly airSlices: number;
  /** What of the geometry was corrected, in words; null: nothing, or not read. */
  readonly correction: string | null;
  /** About its mask; whole sentences. */
  readonly warnings: readonly string[];
}

type Hashes = Pick<VolumeRecord, 'imageHash' | 'contentHash'>;

/** Brings entries into an archive, one after the other. */
export class EntryWriter {
  readonly #archive: Archive;
  readonly #encoder: Encoder;
  readonly #options: IngestOptions;
  /** What entries with this id held, of those that this writer has seen. */
  readonly #seen = new Map<string, { readonly image: string; readonly contentHash: string }>();

  constructor(archive: Archive, encoder: Encoder, options: IngestOptions) {
    this.#archive = archive;
    this.#encoder = encoder;
    this.#options = options;
  }

  /**
   * @param patient as it is to be stored.
   * @throws VoxseekError what reading the image and its mask throws, COHORT_INVALID (another entry has the id, or
   *   another stack of the same series),
   *   VOLUME_EMPTY, INTERRUPTED, STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY, ARCHIVE_CORRUPT
   */
  async write(entry: VolumeEntry, patient: string | null): Promise<EntryOutcome> {
    const mask = await maskOf(entry);
    const hashes = await hashesOf(entry, mask);
    const { contentHash } = hashes;
    const seen = this.#seen.get(entry.id);
    if (seen !== undefined && seen.image !== entry.image) return repeated(entry, seen, contentHash);
    this.#seen.set(entry.id, { image: entry.image, contentHash });
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
          if (await this.#archive.updateRecord(record)) return { outcome: 'updated', ...kept };
          continue;
        }
      } else if (existing === undefined && twins.length > 0) {
        return duplicateOf(twins[0]!.id);
      }
      if (existing !== undefined && existing.contentHash !== contentHash) {
        await assertSameStack(this.#archive, existing, entry);
      }
      const stored = await this.#encodeAndStore(entry, patient, mask, hashes, existing);
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

  /** @returns undefined where another writer stored this id in between. */
  async #encodeAndStore(
    entry: VolumeEntry,
    patient: string | null,
    mask: MaskSource | undefined,
    hashes: Hashes,
    replaces: VolumeRecord | undefined,
  ): Promise<EntryOutcome | undefined> {
    const { plane, everyMm } = this.#archive.manifest.slicing;
    const volume = await imageOf(entry).read();
    const correction = entry.dicom
      ? correctionInWords(entry.dicom.geometry, asStackVolume(volume)?.correction)
      : null;
    const measured = intensityContext(volume, 'CT', entry.image);
    const stated = this.#stated(entry, patient, guessModality(measured));
    const intensity = { ...measured, modality: stated.modality };
    const { counts, objects, warnings } = await countEntryLabels(entry, mask, volume, plane);
    const labelsAt = (index: number) => [...counts].filter(([, perSlice]) => perSlice[index]! > 0);
    const imageAt = dicomImages(volume, plane);

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
        dicomImage: imageAt(index),
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
        dicom: this.#dicom(entry, objects, correction),
      },
      slices,
      encoded.embeddings,
      replaces,
    );
    if (!isStored) return undefined;
    const outcome = replaces ? 'replaced' : 'added';
    return { outcome, slices: slices.length, airSlices: encoded.airSlices, correction, warnings };
  }
}

async function hashesOf(entry: VolumeEntry, mask: MaskSource | undefined): Promise<Hashes> {
  const imageHash = await imageOf(entry).hash();
  const contentHash = await hashWithCompanions(imageHash, [
    ...(mask ? maskFiles(mask) : []),
    ...(entry.labels === undefined ? [] : [entry.labels]),
  ]);
  return { imageHash, contentHash };
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
