import { join } from 'node:path';
import { SearchEngine } from '../answer/search-engine.js';
import { Archive } from '../archive/archive.js';
import { readPatientKey } from '../archive/patient-key.js';
import { cacheFolder } from '../encoder/presets/cache.js';
import type { ServerContext } from './context.js';
import { Activity } from './http/activity.js';
import { ArchivedUploads } from './jobs/archived-uploads.js';
import { defaultJobLimits, type JobLimits, JobQueue } from './jobs/job-queue.js';
import { MapKeeper } from './map/map-keeper.js';
import { archivedImage } from './pictures/archived-viewable.js';
import { FileCache } from './pictures/file-cache.js';
import { Pictures } from './pictures/pictures.js';
import { ThumbnailsAhead } from './pictures/thumbnails-ahead.js';
import { VolumeCache } from './pictures/volume-cache.js';
import { ReportFolder } from './reports/report-folder.js';
import { defaultSearchLimits, type SearchLimits } from './search/search-queue.js';
import { Searches } from './search/searches.js';
import type { UploadLimits } from './uploads/upload-limits.js';
import { UploadStore } from './uploads/upload-store.js';

/** Where a server finds and keeps what is not in its archive. */
export interface ContextOptions {
  /** Folder for pictures, reduced volumes and uploads; default: the usual place of the platform for caches. */
  readonly cache?: string;
  /** Bytes of pictures and reduced volumes on disk; default 2 GiB. */
  readonly cacheBytes?: number;
  /** Folder with results of benchmarks, or of folders with such; default: ARCHIVE.reports beside the archive. */
  readonly reports?: string;
  /** Where the key is that patients of DICOM are named by, if not in the archive. */
  readonly patientKeyFile?: string;
  /** What clients may ask of the server; default: docs/api.md. */
  readonly limits?: {
    readonly uploads?: Partial<UploadLimits>;
    readonly searches?: Partial<SearchLimits>;
    readonly jobs?: Partial<JobLimits>;
  };
}

const defaultCacheBytes = 2 * 2 ** 30;
/** After so long without a request nobody seems to be waiting for anything. */
const quietMs = 1000;

/**
 * Opens an archive and everything that the routes need of it.
 *
 * @throws VoxseekError what {@link Archive.open}, {@link FileCache.open} and {@link readPatientKey} throw
 */
export async function createContext(folder: string, options: ContextOptions = {}): Promise<ServerContext> {
  const { cache = cacheFolder(), cacheBytes = defaultCacheBytes, limits = {}, patientKeyFile } = options;
  const archive = await Archive.open(folder);
  try {
    // A key that does not fit is to be told now, not to whoever searches first.
    if (patientKeyFile !== undefined) await readPatientKey(archive.folder, patientKeyFile);
    const files = await FileCache.open(join(cache, 'pictures'), cacheBytes);
    const naming = patientKeyFile === undefined ? {} : { patientKeyFile };
    const engine = new SearchEngine(archive);
    const volumes = new VolumeCache();
    const uploads = await UploadStore.open(archive, {
      folder: join(cache, 'uploads'),
      limits: limits.uploads ?? {},
      read: (hash, source) => volumes.volume(hash, source),
    });
    await new ArchivedUploads(archive).removeOrphans();
    const jobs = new JobQueue({ ...defaultJobLimits, ...limits.jobs });
    const pictures = new Pictures(archive.manifest.slicing.plane, volumes, files);
    const activity = new Activity();
    return {
      archive,
      engine,
      uploads,
      jobs,
      searches: new Searches(archive, engine, uploads, {
        limits: { ...defaultSearchLimits, ...limits.searches },
        openArchived: async (record) => volumes.kept(archivedImage(record)),
        ...naming,
      }),
      naming,
      map: new MapKeeper(archive, engine, files),
      pictures,
      activity,
      thumbnailsAhead: new ThumbnailsAhead(
        archive,
        pictures,
        () => activity.isQuiet(quietMs) && !jobs.isBusy,
      ),
      reports: new ReportFolder(options.reports ?? `${archive.folder}.reports`),
      uploadedImage: async (upload, image) => uploads.viewable(upload, image),
    };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** After the app: nobody may be using it any more. */
export async function closeContext({
  thumbnailsAhead,
  jobs,
  uploads,
  engine,
  archive,
}: ServerContext): Promise<void> {
  await thumbnailsAhead.close();
  await jobs.close();
  await uploads.close();
  await engine.close();
  await archive.close();
}
