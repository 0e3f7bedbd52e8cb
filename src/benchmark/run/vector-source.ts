import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Archive } from '../../archive/archive.js';
import { type IngestProgress, ingest } from '../../archive/ingest.js';
import { openEncoder } from '../../encoder/catalog.js';
import type { OnnxEncoderOptions } from '../../encoder/onnx.js';
import { VoxseekError } from '../../errors.js';
import { version } from '../../version.js';
import { hashFile } from '../../volume/content-hash.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { ClassMap } from '../class-maps/class-map.js';
import { type MatrixFiles, openEmbeddingMatrix } from '../dataset/embedding-matrix.js';
import type { LabelCounts } from '../dataset/label-counts.js';
import { archiveLabels, labelledFromArchive } from '../dataset/labelled-from-archive.js';
import { labelledFromMatrix } from '../dataset/labelled-from-matrix.js';
import type { LabelledSource } from '../dataset/labelled-source.js';
import type { Results } from '../results/schema.js';

/** A volume that took no part, and why. */
export type LeftOut = Results['dataset']['leftOut'][number];

/** Where the embeddings of a benchmark come from: an encoder, or a matrix that was computed elsewhere. */
export interface VectorSource {
  readonly facts: Results['encoders'][number];
  /** Open until {@link close}, with the images' paths; undefined for a matrix. */
  readonly archive?: Archive;
  /** Volumes that could not be encoded. */
  readonly leftOut: readonly LeftOut[];
  /** Content hashes that are known without reading files, by volume id. */
  readonly contentHashes: ReadonlyMap<string, string>;
  /** Label names that occur in the volumes, sorted. */
  labelsOf(entries: readonly VolumeEntry[]): Promise<string[]>;
  labelled(entries: readonly VolumeEntry[], classMap: ClassMap): Promise<LabelledSource>;
  close(): Promise<void>;
}

export interface EncoderRequest extends Pick<OnnxEncoderOptions, 'configFile' | 'windows' | 'dtype'> {
  /** Name of a built-in encoder, or path of an ONNX model. */
  readonly encoder: string;
}

export interface EncodeOptions extends Pick<OnnxEncoderOptions, 'device'> {
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Encodes the volumes of a benchmark into an archive in the cache; what is there from an earlier run is not
 * encoded again, and never taken where encoder, preprocessing or volume are others.
 *
 * @param cache folder of the archives, one for each encoder.
 * @param entries of both sides.
 * @throws VoxseekError INTERRUPTED, and what openEncoder, Archive.openOrCreate and ingest throw
 */
export async function encodeVolumes(
  request: EncoderRequest,
  cache: string,
  entries: readonly VolumeEntry[],
  { onProgress, onWarning, signal, device }: EncodeOptions,
): Promise<VectorSource> {
  const { encoder: name, ...options } = request;
  const encoder = await openEncoder(name, {
    ...options,
    ...(device !== undefined && { device }),
    ...(onWarning && { onWarning }),
  });
  try {
    const { identity } = encoder;
    // By what the embeddings depend on: another preprocessing is another archive.
    const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
    const archive = await Archive.openOrCreate(join(cache, `${identity.name}-${hash}`), {
      encoder: identity,
      encoderSource: { name, options: {}, ...(encoder.device !== undefined && { device: encoder.device }) },
      slicing: { plane: 'axial', everyMm: null },
      createdWith: version,
    });
    const report = await ingest(archive, encoder, entries, {
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
    if (report.interrupted) {
      await archive.close();
      throw new VoxseekError('INTERRUPTED', 'stopped while encoding', { subject: cache });
    }
    const failed = report.failures.map(({ id, message }) => ({ id, reason: message }));
    const doubled = report.duplicates.map(({ id, of }) => ({ id, reason: `the same scan as ${of}` }));
    return await archiveSource(archive, [...failed, ...doubled]);
  } finally {
    await encoder.close();
  }
}

async function archiveSource(archive: Archive, leftOut: readonly LeftOut[]): Promise<VectorSource> {
  const missing = new Set(leftOut.map(({ id }) => id));
  const present = (entries: readonly VolumeEntry[]) => entries.filter(({ id }) => !missing.has(id));
  const { name, weightsHash, dimension, preprocessing } = archive.manifest.encoder;
  return {
    facts: {
      name,
      weightsHash,
      dimension,
      preprocessing: preprocessing as Results['encoders'][number]['preprocessing'],
    },
    archive,
    leftOut,
    contentHashes: new Map((await archive.volumes()).map((volume) => [volume.id, volume.contentHash])),
    labelsOf: (entries) => archiveLabels(archive, present(entries)),
    labelled: (entries, classMap) => labelledFromArchive(archive, present(entries), classMap),
    close: () => archive.close(),
  };
}

/**
 * Embeddings from a file of NumPy's, and the slices its rows stand for.
 *
 * @param labelCounts of the masks, for the matrix has no labels.
 * @throws VoxseekError what openEmbeddingMatrix throws
 */
export async function openMatrix(
  name: string,
  files: MatrixFiles,
  labelCounts: LabelCounts,
  onWarning?: (message: string) => void,
): Promise<VectorSource> {
  const source = await openEmbeddingMatrix(files);
  return {
    facts: {
      name,
      weightsHash: await hashFile(files.matrix),
      dimension: source.matrix.header.columns,
      preprocessing: null,
    },
    leftOut: [],
    contentHashes: new Map(),
    labelsOf: async (entries) => {
      const labels = new Set<string>();
      for (const entry of entries) {
        for (const label of (await labelCounts.of(entry)).counts.keys()) labels.add(label);
      }
      return [...labels].sort();
    },
    labelled: async (entries, classMap) => {
      const labelled = await labelledFromMatrix(source, entries, classMap, labelCounts);
      if (labelled.missingSlices.labelled > 0) {
        onWarning?.(`${name}: the matrix has no row for ${labelled.missingSlices.labelled} labelled slices.`);
      }
      return labelled;
    },
    close: async () => {},
  };
}
