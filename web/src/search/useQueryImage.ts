import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { archivedImage, uploadedImageOf, type ViewedImage } from '../api/images.js';
import { unexplained } from '../api/problem.js';
import { volumeQuery } from '../api/queries.js';
import { keptUpload } from './kept-uploads.js';
import type { QuerySource } from './search-state.js';

interface QueryImage {
  readonly image: ViewedImage | null;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** What the query is, from the archive or from an upload. */
export function useQueryImage(source: QuerySource | null): QueryImage {
  const id = source?.kind === 'volume' ? source.id : null;
  const archived = useArchivedImage(id);
  const uploaded = useMemo(() => {
    if (source?.kind !== 'upload') return null;
    const found = keptUpload(source.upload)?.images.find((image) => image.id === source.image);
    return found === undefined ? null : uploadedImageOf(source.upload, found);
  }, [source]);
  if (source?.kind !== 'upload') return archived;
  return {
    image: uploaded,
    error: uploaded === null ? uploadGone : null,
    retry: () => undefined,
  };
}

const uploadGone = unexplained(
  404,
  'The uploaded file is gone',
  'Uploads are kept for a while only, and belong to the tab that sent them.',
  'Drop the file here again.',
);

/** @param id null: nothing is asked for. */
export function useArchivedImage(id: string | null): QueryImage {
  const { data, error, refetch } = useQuery({ ...volumeQuery(id ?? ''), enabled: id !== null });
  const image = useMemo(() => (data === undefined ? null : archivedImage(data)), [data]);
  return {
    image: id === null ? null : image,
    error: id === null ? null : error,
    retry: () => void refetch(),
  };
}
