/**
 * Voxseek as a library: everything that the command does.
 *
 * @example
 * import { findVolumes, ingest, openArchive, openForIngest, search } from 'voxseek';
 *
 * const { archive, encoder } = await openForIngest('my-archive');
 * await ingest(archive, encoder, await findVolumes('cohort.csv'));
 * const { hits } = await search(archive, { query: 'scan.nii.gz', k: 5 });
 *
 * @packageDocumentation
 */
export type { Alignment } from './answer/alignment.js';
export type { Answer, Hit, Ranking, SliceMatch, Timings } from './answer/answer.js';
export { type FigureOptions, renderFigure, writeFigure } from './answer/figure/figure.js';
export type { LocalizedRange } from './answer/localize.js';
export { search } from './answer/search.js';
export { type Exclusion, SearchEngine, type SearchRequest } from './answer/search-engine.js';
export { structuredReport, writeStructuredReport } from './answer/structured-report/structured-report.js';
export { Archive } from './archive/archive.js';
export { type EncodingOptions, openArchiveEncoder, openForIngest } from './archive/archive-encoder.js';
export { openArchivedImage, openArchivedMask } from './archive/archived-image.js';
export {
  type IngestFailure,
  type IngestOptions,
  type IngestOutcome,
  type IngestProgress,
  type IngestReport,
  ingest,
} from './archive/ingest.js';
export type { ArchiveManifest, Slicing } from './archive/manifest.js';
export type { DicomImage, DicomOrigin, SliceRecord, VolumeRecord } from './archive/records.js';
export type { SeriesReport } from './archive/series-report.js';
export type { StoredSlices } from './archive/stored-slices.js';
export { checkResults } from './benchmark/results/check-results.js';
export type { Results } from './benchmark/results/schema.js';
export type { BenchmarkRequest } from './benchmark/run/request.js';
export { runBenchmark } from './benchmark/run/run-benchmark.js';
export { DicomWebClient, type DicomWebOptions, type SeriesListing } from './dicomweb/client.js';
export { type Credentials, readCredentials } from './dicomweb/credentials.js';
export { fetchVolumes } from './dicomweb/fetch-volumes.js';
export type { PullFacts, PullOptions } from './dicomweb/pull-options.js';
export { SeriesLedger } from './dicomweb/series-ledger.js';
export { SeriesPull } from './dicomweb/series-pull.js';
export { defaultEncoder, listEncoders, openEncoder } from './encoder/catalog.js';
export { type EncodedSlices, encodeSlices } from './encoder/encode-slices.js';
export type { Encoder, EncoderIdentity } from './encoder/encoder.js';
export { type HounsfieldWindow, parseWindows } from './encoder/window.js';
export { type ErrorCode, errorTable, VoxseekError } from './errors.js';
export { FlatIndex } from './index/flat.js';
export type { Neighbours, SliceIndex } from './index/slice-index.js';
export {
  type PhantomDataset,
  type PhantomDatasetOptions,
  writePhantomDataset,
} from './phantom/dataset.js';
export { type FieldOfView, fieldsOfView } from './phantom/field-of-view.js';
export {
  generatePhantom,
  type Phantom,
  type PhantomDescription,
  type PhantomOptions,
} from './phantom/generate.js';
export { matchVolumes, type VolumeMatch } from './rerank/late-interaction.js';
export { type Aggregation, hitTable, type VolumeHits } from './retrieval/hit-table.js';
export type { Query, QuerySlice } from './retrieval/query.js';
export type { PatientBox } from './retrieval/region.js';
export type { ArchivedQuery, QueryMode, QueryRequest } from './retrieval/request.js';
export { version } from './version.js';
export { findVolumes } from './volume/collection.js';
export { orientationCode, orientationOf, toCanonical, voxelToPatient } from './volume/geometry.js';
export { guessModality, intensityContext } from './volume/intensity.js';
export { countLabels, type MaskSource, openMask, readStructure } from './volume/mask.js';
export { readVolume } from './volume/read.js';
export { extractSlice, type SlicePosition, slicePositions } from './volume/slice.js';
export { totalSegmentatorV1 } from './volume/totalsegmentator-v1.js';
export type {
  Affine,
  IntensityContext,
  Mask,
  Modality,
  Plane,
  SliceImage,
  Volume,
} from './volume/volume.js';
export type { VolumeEntry } from './volume/volume-entry.js';
export { writeNifti } from './volume/write-nifti.js';

import { Archive } from './archive/archive.js';

/**
 * Opens an archive that exists, to search or change it.
 *
 * @throws VoxseekError ARCHIVE_NOT_FOUND, ARCHIVE_FOREIGN, ARCHIVE_VERSION, ARCHIVE_CORRUPT
 */
export const openArchive = (folder: string): Promise<Archive> => Archive.open(folder);
