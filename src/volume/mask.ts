import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError, VoxseekError } from '../errors.js';
import type { Companion } from './content-hash.js';
import { fileBytes } from './dicom/instance-bytes.js';
import {
  type DicomMask,
  dicomMask,
  hashObject,
  isDicomMask,
  type OnWarning,
} from './dicom/mask/dicom-mask.js';
import { countDicomLabels, readDicomStructure } from './dicom/mask/dicom-mask-voxels.js';
import { looksLikeDicom } from './dicom/part10.js';
import { readInstance } from './dicom/read-instance.js';
import { scanFolder } from './dicom/scan-folder.js';
import { countFileLabels, type FileMask, type Grid, readFileStructure } from './file-mask.js';
import { readLabelTable } from './label-table.js';
import { isVolumeFile, volumeStem } from './read.js';
import type { Plane } from './volume.js';

/**
 * Labelled voxels of one volume: one file of label numbers with a table of their names; a folder of binary files,
 * each named by its structure (TotalSegmentator); or DICOM segmentations and structure sets.
 */
export type MaskSource = FileMask | DicomMask;

/**
 * @param path a volume file of label numbers, a folder of binary volume files, a DICOM SEG or RTSTRUCT file of
 *   whatever name, or a folder with such files at any depth.
 * @param tablePath JSON of label names for a file of label numbers; without it labels are named "label_N". The
 *   other forms have their names inside.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, MASK_INVALID, DICOM_INVALID
 */
export async function openMask(path: string, tablePath?: string): Promise<MaskSource> {
  const status = await stat(path).catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  if (status.isDirectory()) return openMaskFolder(path);
  if (!isVolumeFile(path)) {
    const bytes = fileBytes(path);
    if (looksLikeDicom(await bytes.readStart(enoughToTell))) return dicomMask([await readInstance(bytes)]);
  }
  return { kind: 'labels', path, table: tablePath ? await readLabelTable(tablePath) : new Map() };
}

/** The preamble of a DICOM file and the letters behind it. */
const enoughToTell = 132;

async function openMaskFolder(path: string): Promise<MaskSource> {
  const listing = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const files = new Map<string, string>();
  for (const name of listing
    .filter(isMaskFile)
    .map((entry) => entry.name)
    .sort()) {
    const structure = volumeStem(name);
    if (files.has(structure)) {
      throw new VoxseekError('MASK_INVALID', `two files hold the structure ${structure}`, { subject: path });
    }
    files.set(structure, join(path, name));
  }
  if (files.size > 0) return { kind: 'structures', path, files };
  const objects = (await scanFolder(path)).instances.filter(isDicomMask);
  if (objects.length > 0) return dicomMask(objects, path);
  throw new VoxseekError('MASK_INVALID', 'the folder holds no mask files', { subject: path });
}

/** Hidden files are what file systems and tools keep for themselves ("._liver.nii.gz" of macOS). */
function isMaskFile(entry: Dirent): boolean {
  return !entry.isDirectory() && !entry.name.startsWith('.') && isVolumeFile(entry.name);
}

/** What a mask is read from, in a fixed order: each with its own hash, as {@link hashWithCompanions} takes them. */
export function maskFiles(source: MaskSource): readonly Companion[] {
  if (source.kind === 'labels') return [source.path];
  if (source.kind === 'structures') return [...source.files.values()];
  // An object is named by its own UID: it may be in memory, and a file of it may be renamed.
  return source.objects.map((object) => ({
    name: object.sopInstanceUid,
    hash: () => hashObject(object),
  }));
}

/**
 * How many voxels of each label every slice has.
 *
 * @param onWarning is told what of a DICOM mask was left out or interpreted; whole sentences.
 * @returns for each label that occurs: voxel counts by slice index along the file's own axis of the plane.
 *   Structures of a folder or of DICOM objects may overlap; each is counted by itself.
 * @throws VoxseekError MASK_GRID_MISMATCH, MASK_INVALID, and what readVolume and readInstance throw
 */
export async function countLabels(
  source: MaskSource,
  grid: Grid,
  plane: Plane,
  onWarning?: OnWarning,
): Promise<Map<string, Uint32Array>> {
  if (source.kind === 'dicom') return countDicomLabels(source, grid, plane, onWarning);
  return (await countFileLabels(source, grid, plane)).counts;
}

/** What {@link countLabelsOfMask} tells of a mask. */
export interface MaskCounts {
  /** Slices of the mask's grid in the plane. */
  readonly sliceCount: number;
  /** Distance of neighbouring slices of the plane, in mm. */
  readonly spacingMm: number;
  /** For each label that occurs: voxel counts by slice index along the file's own axis of the plane. */
  readonly counts: ReadonlyMap<string, Uint32Array>;
}

/**
 * As {@link countLabels}, where the image is not at hand: the mask's own grid stands for the image's. All files
 * of a folder must lie on the grid of its first.
 *
 * @throws VoxseekError MASK_GRID_MISMATCH, MASK_INVALID (also for DICOM: contours have no grid, and segmentations
 *   leave out slices), and what readVolume throws
 */
export async function countLabelsOfMask(source: MaskSource, plane: Plane): Promise<MaskCounts> {
  if (source.kind === 'dicom') {
    throw new VoxseekError('MASK_INVALID', 'a DICOM mask has no voxel grid without its image', {
      subject: source.path,
      advice: 'Give the image too.',
    });
  }
  return countFileLabels(source, undefined, plane);
}

/**
 * The voxels of one structure.
 *
 * @param onWarning as for {@link countLabels}.
 * @returns 1 where the structure is and 0 elsewhere, in the order of the image's voxels.
 * @throws VoxseekError LABEL_UNKNOWN (with the names there are), REGION_EMPTY, MASK_GRID_MISMATCH, MASK_INVALID
 */
export async function readStructure(
  source: MaskSource,
  name: string,
  grid: Grid,
  onWarning?: OnWarning,
): Promise<Uint8Array> {
  const inside =
    source.kind === 'dicom'
      ? await readDicomStructure(source, name, grid, onWarning)
      : await readFileStructure(source, name, grid);
  if (inside === undefined) {
    throw new VoxseekError('REGION_EMPTY', `no voxel is labelled ${name}`, { subject: source.path });
  }
  return inside;
}
