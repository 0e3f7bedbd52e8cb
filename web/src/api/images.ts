import type { UploadedImage, VolumeDetail } from '../../../src/server/schemas.js';
import type { Grid } from '../geometry/grid.js';

/** A volume that can be looked at, archived or uploaded. */
export interface ViewedImage extends Grid {
  /** Changes when the voxels do. */
  readonly key: string;
  /** Path of its pictures after /v1/. */
  readonly path: string;
  readonly title: string;
  readonly modality: 'CT' | 'MR';
  readonly spacing: readonly [number, number, number];
  /** 0.5th and 99.5th of its voxels. */
  readonly percentiles: readonly [low: number, high: number];
  /** The file's own axis along which the archive's slices lie. */
  readonly sliceAxis: 0 | 1 | 2;
  readonly hasMask: boolean;
  readonly revision: string | null;
  readonly detail: VolumeDetail | null;
}

export function archivedImage(volume: VolumeDetail): ViewedImage {
  return {
    key: `volume/${volume.id}/${volume.revision}`,
    path: `volumes/${encodeURIComponent(volume.id)}`,
    title: volume.id,
    modality: volume.modality,
    size: volume.size,
    spacing: volume.spacing,
    affine: volume.affine,
    percentiles: volume.percentiles,
    sliceAxis: volume.sliceAxis as 0 | 1 | 2,
    hasMask: volume.hasMask,
    revision: volume.revision,
    detail: volume,
  };
}

export function uploadedImageOf(upload: string, image: UploadedImage): ViewedImage {
  return {
    key: `upload/${upload}/${image.id}`,
    path: uploadedImagePath(upload, image.id),
    title: image.name,
    modality: image.modality,
    size: image.size,
    spacing: image.spacing,
    affine: image.affine,
    percentiles: image.percentiles,
    sliceAxis: image.sliceAxis as 0 | 1 | 2,
    hasMask: false,
    revision: null,
    detail: null,
  };
}

function uploadedImagePath(upload: string, image: string): string {
  return `uploads/${encodeURIComponent(upload)}/images/${encodeURIComponent(image)}`;
}

function withParameters(path: string, parameters: Record<string, string | number | null>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === null ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** @returns path of a small picture of an archived volume, of one slice or of the middle one. */
export function thumbnailPath(
  volume: { readonly id: string; readonly revision?: string },
  size: number,
  slice: number | null = null,
): string {
  return withParameters(`volumes/${encodeURIComponent(volume.id)}/thumbnail.png`, {
    size,
    slice,
    revision: volume.revision ?? null,
  });
}

/** @returns path of the small picture of what is viewed. */
export function imageThumbnailPath(image: ViewedImage, size: number): string {
  return withParameters(`${image.path}/thumbnail.png`, { size, revision: image.revision });
}

/**
 * @param window LOW:HIGH.
 * @param size pixels of the longer side; null: those of the slice.
 */
export function slicePath(
  image: ViewedImage,
  index: number,
  window: string,
  size: number | null = null,
): string {
  return withParameters(`${image.path}/slices/${index}.png`, { window, size, revision: image.revision });
}

/** @param maxVoxels null: as many as the volume has. */
export function voxelsPath(image: ViewedImage, kind: 'image' | 'mask', maxVoxels: number | null): string {
  return withParameters(`${image.path}/${kind}.nii.gz`, { maxVoxels, revision: image.revision });
}
