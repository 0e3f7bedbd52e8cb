import { queryOptions } from '@tanstack/react-query';
import type {
  AlignmentRequest,
  ApiSearchRequest,
  ArchiveFacts,
  Job,
  JobRequest,
  Location,
  LocationRequest,
  SearchAnswer,
  Upload,
  VolumeDetail,
  VolumePage,
} from '../../../src/server/schemas.js';
import { parseAlignment } from './alignment.js';
import { requestBytes, requestJson } from './client.js';
import { type ViewedImage, voxelsPath } from './images.js';

/** What the viewer asks the server, with how long an answer stays good. */

export const archiveQuery = queryOptions({
  queryKey: ['archive'],
  queryFn: ({ signal }) => requestJson<ArchiveFacts>('archive', { signal }),
  staleTime: 10_000,
});

export interface VolumeFilter {
  readonly text: string;
  readonly modality: 'CT' | 'MR' | null;
}

/** Volumes that come in one request; the list asks for the pages that are on screen. */
export const volumesPerPage = 100;

export const volumePageQuery = ({ text, modality }: VolumeFilter, page: number) =>
  queryOptions({
    queryKey: ['volumes', text, modality, page],
    queryFn: ({ signal }) => {
      const parameters = new URLSearchParams({
        sort: 'id',
        offset: String(page * volumesPerPage),
        limit: String(volumesPerPage),
      });
      if (text !== '') parameters.set('text', text);
      if (modality !== null) parameters.set('modality', modality);
      return requestJson<VolumePage>(`volumes?${parameters}`, { signal });
    },
    staleTime: 30_000,
  });

export const volumeQuery = (id: string) =>
  queryOptions({
    queryKey: ['volume', id],
    queryFn: ({ signal }) => requestJson<VolumeDetail>(`volumes/${encodeURIComponent(id)}`, { signal }),
    staleTime: 60_000,
  });

export function sendFiles(files: readonly { readonly name: string; readonly file: File }[]): Promise<Upload> {
  const form = new FormData();
  for (const { name, file } of files) form.append('files', file, name);
  return requestJson<Upload>('uploads', { method: 'POST', body: form });
}

export function addToArchive(job: JobRequest): Promise<Job> {
  return requestJson<Job>('jobs', { method: 'POST', body: job });
}

export const searchQuery = (search: ApiSearchRequest) =>
  queryOptions({
    queryKey: ['search', search],
    queryFn: ({ signal }) => requestJson<SearchAnswer>('search', { method: 'POST', body: search, signal }),
    staleTime: 5 * 60_000,
  });

export const alignmentQuery = (alignment: AlignmentRequest) =>
  queryOptions({
    queryKey: ['alignment', alignment],
    queryFn: async ({ signal }) =>
      parseAlignment(await requestBytes('alignment', { method: 'POST', body: alignment, signal })),
    staleTime: 5 * 60_000,
  });

export const locationQuery = (place: LocationRequest) =>
  queryOptions({
    queryKey: ['location', place],
    queryFn: ({ signal }) => requestJson<Location>('location', { method: 'POST', body: place, signal }),
    staleTime: 5 * 60_000,
  });

/** Voxels are large: they are let go soon after nobody shows them. */
const keepVoxelsMs = 30_000;

export const voxelsQuery = (image: ViewedImage, kind: 'image' | 'mask', maxVoxels: number | null) =>
  queryOptions({
    queryKey: ['voxels', image.key, kind, maxVoxels],
    queryFn: ({ signal }) => requestBytes(voxelsPath(image, kind, maxVoxels), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: keepVoxelsMs,
  });

export const maskNamesQuery = (image: ViewedImage) =>
  queryOptions({
    queryKey: ['mask-names', image.key],
    queryFn: ({ signal }) => requestJson<Record<string, string>>(`${image.path}/mask.json`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
