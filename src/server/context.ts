import type { SearchEngine } from '../answer/search-engine.js';
import type { Archive } from '../archive/archive.js';
import type { PatientNaming } from '../archive/patient-names.js';
import type { Activity } from './http/activity.js';
import type { JobQueue } from './jobs/job-queue.js';
import type { MapKeeper } from './map/map-keeper.js';
import type { Pictures } from './pictures/pictures.js';
import type { ThumbnailsAhead } from './pictures/thumbnails-ahead.js';
import type { ViewableImage } from './pictures/viewable-image.js';
import type { ReportFolder } from './reports/report-folder.js';
import type { Searches } from './search/searches.js';
import type { UploadStore } from './uploads/upload-store.js';

/** What the routes of one server share; `app.voxseek`. Whoever makes it closes it, after the app. */
export interface ServerContext {
  readonly archive: Archive;
  /** How patients of DICOM that is added are named. */
  readonly naming: PatientNaming;
  /** One for all searches: it keeps the encoder and the embeddings in memory. */
  readonly engine: SearchEngine;
  /** Searches and alignments of clients, a few at a time. */
  readonly searches: Searches;
  readonly uploads: UploadStore;
  readonly jobs: JobQueue;
  readonly map: MapKeeper;
  readonly pictures: Pictures;
  /** Not started: whoever starts the server decides that. */
  readonly thumbnailsAhead: ThumbnailsAhead;
  readonly activity: Activity;
  readonly reports: ReportFolder;
  /**
   * An uploaded image by the ids of its upload and of the image in it.
   *
   * @throws VoxseekError UPLOAD_UNKNOWN
   */
  readonly uploadedImage: (upload: string, image: string) => Promise<ViewableImage>;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly voxseek: ServerContext;
  }
}
