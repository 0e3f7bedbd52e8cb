import { z } from 'zod';

/**
 * The shapes of everything that goes over the HTTP API, the one source of its validation, its OpenAPI document
 * and the types of the viewer. Positions and boxes are RAS+ mm; slice indices count along the own axis of the
 * volume's file, from 0, as everywhere in Voxseek.
 */

export const modality = z.enum(['CT', 'MR']);
export const plane = z.enum(['axial', 'coronal', 'sagittal']);
export const ranking = z.enum(['count', 'max', 'sum', 'late-interaction']);
const triple = z.tuple([z.number(), z.number(), z.number()]);
/** In an address, where everything is text. */
const wholeNumber = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const countByName = z.record(z.string(), z.number().int());

/** RFC 9457, with the code of docs/errors.md as the last part of `type` and as `code`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  subject: z.string().nullable(),
  advice: z.string(),
});

/** A row of the table of errors. */
export const errorFacts = z.object({
  code: z.string(),
  status: z.number().int(),
  meaning: z.string(),
  advice: z.string(),
});

/** An answer without a body. */
export const noContent = z.undefined();

export const health = z.object({ status: z.literal('ok'), version: z.string() });

export const archiveFacts = z.object({
  name: z.string(),
  encoder: z.object({ name: z.string(), dimension: z.number().int() }),
  plane,
  everyMm: z.number().nullable(),
  volumes: z.number().int(),
  slices: z.number().int(),
  modalities: countByName,
  regions: countByName,
  splits: countByName,
  /** Volumes that have the label. */
  labels: countByName,
  /** Changes whenever a volume is added, changed or removed. */
  revision: z.string(),
});

export const volumeSummary = z.object({
  id: z.string(),
  patient: z.string().nullable(),
  split: z.string().nullable(),
  modality,
  region: z.string().nullable(),
  labels: z.array(z.string()),
  /** Along the file's own axes. */
  size: triple,
  spacing: triple,
  sliceCount: z.number().int(),
  ingestedAt: z.string(),
  /** Changes with the voxels and the mask. As `?revision=` it makes addresses of pictures that never change. */
  revision: z.string(),
});

export const volumeDetail = volumeSummary.extend({
  /** Row-major 4 x 4, voxel index of the file's own axes to RAS+ mm. */
  affine: z.array(z.number()).length(16),
  percentiles: z.tuple([z.number(), z.number()]),
  airSlices: z.number().int(),
  annotated: z.array(z.string()).nullable(),
  hasMask: z.boolean(),
  /** The file's own axis (0, 1, 2) along which the archive's slices lie. */
  sliceAxis: z.number().int().min(0).max(2),
  /** The stored slices, in ascending order of their index. */
  slices: z.array(z.object({ index: z.number().int(), positionMm: z.number(), labels: z.array(z.string()) })),
});

/** What the list of volumes is narrowed to, and in which order and how many at a time it comes. */
export const volumeListQuery = z.strictObject({
  /** Occurs in the id, the patient, the region, the split or a label, whatever the case of letters. */
  text: z.string().max(200).optional(),
  modality: modality.optional(),
  region: z.string().max(200).optional(),
  split: z.string().max(200).optional(),
  label: z.string().max(200).optional(),
  /** SQL condition over the fields of docs/archive.md. */
  filter: z.string().max(2000).optional(),
  /** `ingestedAt`: the newest first. */
  sort: z.enum(['id', 'ingestedAt', 'region']).default('id'),
  offset: wholeNumber.default(0),
  limit: wholeNumber.min(1).max(1000).default(100),
});

export const volumePage = z.object({
  /** All that pass the filter, on this page or not. */
  total: z.number().int(),
  offset: z.number().int(),
  volumes: z.array(volumeSummary),
});

const pictureRevision = z.string().max(64).optional();

/** How a slice is drawn. */
export const slicePictureQuery = z.strictObject({
  /** auto, lung, soft-tissue, bone, brain, mediastinum, liver, wide, or LOW:HIGH in the units of the volume. */
  window: z.string().max(40).default('auto'),
  /** Pixels of the longer side; missing: as many as the slice has, square. */
  size: wholeNumber.min(16).max(2048).optional(),
  revision: pictureRevision,
});

export const thumbnailQuery = z.strictObject({
  size: wholeNumber.min(16).max(512).default(96),
  /** Missing: the middle one. */
  slice: wholeNumber.optional(),
  revision: pictureRevision,
});

/** Which part of a volume is sent, and how finely. */
export const imageFileQuery = z.strictObject({
  /** FIRST:LAST, slices of the archive's plane, both inclusive. */
  slices: z
    .string()
    .regex(/^\d{1,6}:\d{1,6}$/)
    .optional(),
  /** I0:I1,J0:J1,K0:K1, voxel indices along the file's own axes, both inclusive. */
  box: z
    .string()
    .regex(/^\d{1,6}:\d{1,6}(,\d{1,6}:\d{1,6}){2}$/)
    .optional(),
  /** Blocks of voxels are averaged until there are at most so many. */
  maxVoxels: wholeNumber.min(8).optional(),
  revision: pictureRevision,
});

/** Names of the numbers in a mask: {"1": "liver"}. */
export const labelNames = z.record(z.string(), z.string());

/** One of the volumes that an upload holds. It can be looked at and searched with until the upload expires. */
export const uploadedImage = z.object({
  id: z.string(),
  /** File name, or series description and UID. */
  name: z.string(),
  modality,
  size: triple,
  spacing: triple,
  affine: z.array(z.number()).length(16),
  percentiles: z.tuple([z.number(), z.number()]),
  sliceAxis: z.number().int().min(0).max(2),
});

export const upload = z.object({
  id: z.string(),
  images: z.array(uploadedImage),
  /** What was in the upload and is no volume, with the reason. */
  leftOut: z.array(z.object({ name: z.string(), reason: z.string() })),
  expiresAt: z.string(),
});

/** What is looked for: an archived volume or an uploaded image, whole or a part of it. */
export const queryRequest = z.strictObject({
  /** Id of an archived volume. */
  volume: z.string().optional(),
  /** Or an image of an upload. */
  upload: z.strictObject({ id: z.string(), image: z.string() }).optional(),
  slice: z.number().int().min(0).optional(),
  slices: z.tuple([z.number().int().min(0), z.number().int().min(0)]).optional(),
  /** RAS+ mm: [[xLow, xHigh], [yLow, yHigh], [zLow, zHigh]]. */
  box: z
    .tuple([
      z.tuple([z.number(), z.number()]),
      z.tuple([z.number(), z.number()]),
      z.tuple([z.number(), z.number()]),
    ])
    .optional(),
  label: z.string().optional(),
  /** Compare only the region's rectangle of each slice, with this margin in mm; missing: whole slices. */
  cropMarginMm: z.number().min(0).max(1000).optional(),
});

export const searchRequest = queryRequest.extend({
  ranking: ranking.optional(),
  k: z.number().int().min(1).max(1000).optional(),
  candidates: z.number().int().min(0).optional(),
  filter: z.string().max(2000).optional(),
  exclude: z.enum(['none', 'self', 'same-patient']).optional(),
});

export const hit = z.object({
  rank: z.number().int(),
  volume: z.string(),
  patient: z.string().nullable(),
  modality,
  region: z.string().nullable(),
  split: z.string().nullable(),
  labels: z.array(z.string()),
  score: z.number(),
  meanSimilarity: z.number(),
  range: z.object({
    from: z.number().int(),
    to: z.number().int(),
    fromMm: z.number(),
    toMm: z.number(),
    similarity: z.number(),
  }),
  matches: z.array(
    z.object({
      querySlice: z.number().int(),
      slice: z.number().int(),
      positionMm: z.number(),
      similarity: z.number(),
    }),
  ),
});

export const searchAnswer = z.object({
  query: z.object({
    volume: z.string().nullable(),
    mode: z.enum(['slice', 'volume', 'region']),
    label: z.string().nullable(),
    modality,
    plane,
    slices: z.array(z.number().int()),
    encoder: z.string(),
  }),
  ranking,
  hits: z.array(hit),
  warnings: z.array(z.string()),
  /** Milliseconds by stage, and `total`. */
  timings: z.record(z.string(), z.number()),
});

/** A query and one archived volume, whose slices are compared one by one; the answer is binary. */
export const alignmentRequest = queryRequest.extend({ hit: z.string() });

export const jobRequest = z.strictObject({
  kind: z.literal('ingest'),
  upload: z.string(),
  /** Ids of the images to add; missing: all. */
  images: z.array(z.string()).optional(),
  split: z.string().max(200).optional(),
  region: z.string().max(200).optional(),
});

export const job = z.object({
  id: z.string(),
  kind: z.literal('ingest'),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  progress: z.object({
    done: z.number().int(),
    total: z.number().int(),
    slices: z.number().int(),
    slicesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
  }),
  /** Ids that were added. */
  volumes: z.array(z.string()),
  /** Images that were not added because the archive has them already, under which id. */
  duplicates: z.array(z.object({ id: z.string(), of: z.string() })),
  failures: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })),
  error: problem.nullable(),
});

export const jobList = z.object({ jobs: z.array(job) });

export const archiveMap = z.object({
  /** Revision of the archive that this was computed for. */
  revision: z.string(),
  /** How the places were found. */
  method: z.string(),
  volumes: z.array(
    z.object({
      id: z.string(),
      x: z.number(),
      y: z.number(),
      /** Mean similarity of its slices to the nearest other volume; low: an outlier. */
      nearest: z.number(),
      nearestVolume: z.string().nullable(),
    }),
  ),
  /** Pairs that look like the same scan, the most alike first. */
  duplicates: z.array(z.object({ volumes: z.tuple([z.string(), z.string()]), similarity: z.number() })),
  /** Volumes that look like no other, the strangest first. */
  outliers: z.array(z.object({ volume: z.string(), nearest: z.number() })),
});

export const reportList = z.object({
  reports: z.array(
    z.object({
      /** Part of the address /v1/reports/{name}/report.html. */
      name: z.string(),
      title: z.string(),
      createdAt: z.string(),
      files: z.array(z.string()),
    }),
  ),
});

export type Problem = z.infer<typeof problem>;
export type ArchiveFacts = z.infer<typeof archiveFacts>;
export type VolumeSummary = z.infer<typeof volumeSummary>;
export type VolumeDetail = z.infer<typeof volumeDetail>;
export type VolumeListQuery = z.infer<typeof volumeListQuery>;
export type VolumePage = z.infer<typeof volumePage>;
export type ImageFileQuery = z.infer<typeof imageFileQuery>;
export type LabelNames = z.infer<typeof labelNames>;
export type UploadedImage = z.infer<typeof uploadedImage>;
export type Upload = z.infer<typeof upload>;
export type ApiQueryRequest = z.infer<typeof queryRequest>;
export type ApiSearchRequest = z.infer<typeof searchRequest>;
export type ApiHit = z.infer<typeof hit>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type AlignmentRequest = z.infer<typeof alignmentRequest>;
export type JobRequest = z.infer<typeof jobRequest>;
export type Job = z.infer<typeof job>;
export type ArchiveMap = z.infer<typeof archiveMap>;
export type ReportList = z.infer<typeof reportList>;
