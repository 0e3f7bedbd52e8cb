import type { SearchEngine } from '../../answer/search-engine.js';
import type { Archive } from '../../archive/archive.js';
import { ingest } from '../../archive/ingest.js';
import type { PatientNaming } from '../../archive/patient-names.js';
import type { Encoder } from '../../encoder/encoder.js';
import { VoxseekError } from '../../errors.js';
import { everyMillimetres } from '../../volume/slice.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { Job, JobRequest } from '../schemas.js';
import type { UploadStore } from '../uploads/upload-store.js';
import type { StoredImage } from '../uploads/uploaded-images.js';
import { ArchivedUploads } from './archived-uploads.js';
import type { JobReport, JobWork } from './job-queue.js';

/**
 * The work of a job that adds images of an upload to the archive. An image that the archive has already is not
 * added again; one that cannot be added does not stop the others; no volume of the archive is ever replaced.
 *
 * @throws VoxseekError UPLOAD_UNKNOWN
 */
export function ingestUpload(
  archive: Archive,
  engine: SearchEngine,
  uploads: UploadStore,
  request: JobRequest,
  naming: PatientNaming,
): JobWork {
  const ids = request.images ?? uploads.upload(request.upload).images.map(({ id }) => id);
  const images = [...new Set(ids)].map((id) => uploads.image(request.upload, id));
  if (images.length === 0) {
    throw new VoxseekError('USAGE', 'no image is named', { subject: 'images' });
  }
  const release = uploads.hold(request.upload);
  return {
    total: images.length,
    run: async (report, signal) =>
      new UploadIngest(archive, images, request, naming, report).run(await engine.openEncoder(), signal),
    release,
  };
}

class UploadIngest {
  readonly #archive: Archive;
  readonly #kept: ArchivedUploads;
  readonly #images: readonly StoredImage[];
  readonly #request: JobRequest;
  readonly #naming: PatientNaming;
  readonly #report: (news: JobReport) => void;
  readonly #progress: Progress;
  /** The image of each entry that was handed to the ingest, by the id that it shall have. */
  readonly #imageOf = new Map<string, StoredImage>();
  readonly #volumes: string[] = [];
  readonly #duplicates: Job['duplicates'] = [];
  readonly #failures: Job['failures'] = [];

  constructor(
    archive: Archive,
    images: readonly StoredImage[],
    request: JobRequest,
    naming: PatientNaming,
    report: (news: JobReport) => void,
  ) {
    this.#archive = archive;
    this.#kept = new ArchivedUploads(archive);
    this.#images = images;
    this.#request = request;
    this.#naming = naming;
    this.#report = report;
    const { everyMm } = archive.manifest.slicing;
    this.#progress = new Progress(images.map((image) => expectedSlices(image, everyMm)));
  }

  async run(encoder: Encoder, signal: AbortSignal): Promise<void> {
    const { split } = this.#request;
    const told = counting(encoder, (slices) => {
      this.#progress.encoded(slices);
      this.#tell();
    });
    try {
      const { failures } = await ingest(this.#archive, told, this.#entries(signal), {
        total: this.#images.length,
        signal,
        ...this.#naming,
        ...(split !== undefined && { split }),
        onProgress: ({ id, outcome, detail }) => {
          if (outcome === 'duplicate') this.#duplicates.push({ id, of: detail ?? id });
          else if (outcome !== 'failed') this.#volumes.push(id);
          this.#next();
        },
      });
      for (const { id, code, message } of failures) this.#fail(this.#imageOf.get(id)!, code, message);
      this.#tell();
    } finally {
      // What cannot be removed takes space and does no harm; why the job failed must not be lost over it.
      for (const image of this.#imageOf.values()) await this.#kept.removeUnused(image).catch(() => {});
    }
    if (this.#failures.length < this.#images.length) return;
    throw new VoxseekError('INGEST_INCOMPLETE', `none of ${this.#images.length} images could be added`, {
      advice: 'Its failures say why.',
    });
  }

  /** The entries of the images one by one, each copied to its place when its turn has come. */
  async *#entries(signal: AbortSignal): AsyncGenerator<VolumeEntry> {
    for (const image of this.#images) {
      if (signal.aborted) return;
      const [twin] = await this.#archive.volumes(`image_hash = '${image.hash}'`);
      if (twin !== undefined) {
        this.#duplicates.push({ id: image.found.id, of: twin.id });
        this.#next();
        continue;
      }
      const id = await this.#freeId(image);
      this.#imageOf.set(id, image);
      const entry = await this.#kept.put(image).catch((error: unknown) => {
        if (!(error instanceof VoxseekError) || error.code !== 'FILE_NOT_FOUND') throw error;
        this.#imageOf.delete(id);
        this.#fail(image, error.code, `${error.reason}. ${error.advice}`);
        this.#next();
        return undefined;
      });
      if (entry === undefined) continue;
      const { region } = this.#request;
      yield { ...entry, id, modality: image.facts.modality, ...(region !== undefined && { region }) };
    }
  }

  /** The id that the image suggests; where the archive has another volume of that id, with a part of its hash. */
  async #freeId({ found, hash }: StoredImage): Promise<string> {
    const isTaken = async (id: string) =>
      this.#imageOf.has(id) ||
      this.#archive.volume(id).then(
        () => true,
        (error: unknown) => {
          if (error instanceof VoxseekError && error.code === 'VOLUME_UNKNOWN') return false;
          throw error;
        },
      );
    return (await isTaken(found.id)) ? `${found.id}-${hash.slice(0, 8)}` : found.id;
  }

  #fail(image: StoredImage, code: string, message: string): void {
    // Where files lie on this machine is none of a client's business.
    const told = message
      .replaceAll(this.#kept.pathOf(image), image.facts.name)
      .replaceAll(image.found.image, image.facts.name)
      .replaceAll(this.#kept.folder, '');
    this.#failures.push({ id: image.found.id, code, message: told });
  }

  #next(): void {
    this.#progress.nextImage();
    this.#tell();
  }

  #tell(): void {
    this.#report({
      progress: this.#progress.state(),
      volumes: [...this.#volumes],
      duplicates: [...this.#duplicates],
      failures: [...this.#failures],
    });
  }
}

/** Slices that an image has for the archive, air included: how much work it is, more or less. */
function expectedSlices(
  { facts: { size, spacing, sliceAxis } }: StoredImage,
  everyMm: number | null,
): number {
  const indices = Array.from({ length: size[sliceAxis]! }, (_, index) => index);
  return everyMillimetres(indices, spacing[sliceAxis]!, everyMm).length;
}

/** The encoder, with word of every batch that is done. */
function counting(encoder: Encoder, onSlices: (count: number) => void): Encoder {
  const { staged } = encoder;
  return {
    identity: encoder.identity,
    ...(staged && {
      staged: {
        preparation: staged.preparation,
        embedPrepared: async (prepared, count) => {
          const embeddings = await staged.embedPrepared(prepared, count);
          onSlices(count);
          return embeddings;
        },
      },
    }),
    embed: async (slices, intensity) => {
      const embeddings = await encoder.embed(slices, intensity);
      onSlices(slices.length);
      return embeddings;
    },
    // It belongs to the search engine.
    close: async () => {},
  };
}

/** How far a job is, by the slices of its images. */
class Progress {
  readonly #expected: readonly number[];
  readonly #started = performance.now();
  #done = 0;
  #slices = 0;
  /** Slices of the current image. */
  #current = 0;

  constructor(expected: readonly number[]) {
    this.#expected = expected;
  }

  encoded(slices: number): void {
    this.#slices += slices;
    this.#current += slices;
  }

  nextImage(): void {
    this.#done++;
    this.#current = 0;
  }

  state(): Job['progress'] {
    const seconds = (performance.now() - this.#started) / 1000;
    const slicesPerSecond = this.#slices === 0 || seconds === 0 ? null : this.#slices / seconds;
    const [current = 0, ...later] = this.#expected.slice(this.#done);
    const left = Math.max(0, current - this.#current) + later.reduce((sum, slices) => sum + slices, 0);
    return {
      done: this.#done,
      total: this.#expected.length,
      slices: this.#slices,
      slicesPerSecond,
      secondsLeft: slicesPerSecond === null ? null : left / slicesPerSecond,
    };
  }
}
