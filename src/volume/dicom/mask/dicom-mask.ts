import { createHash } from 'node:crypto';
import { VoxseekError } from '../../../errors.js';
import { formatGrid } from '../../geometry.js';
import type { DicomInstance } from '../instance.js';
import type { Grid } from './plane-on-grid.js';
import { openSegmentation } from './segmentation.js';
import { addVoxels, type DicomStructure, type DrawnStructure, type StructureSlices } from './structure.js';
import { openStructureSet } from './structure-set.js';

/** Segmentations and structure sets of one volume. Structures of one name are one structure: their union. */
export interface DicomMask {
  readonly kind: 'dicom';
  /** What errors call it: the file or folder, or the SOP instance UID of the first object. */
  readonly path: string;
  readonly objects: readonly DicomInstance[];
}

const segmentationClasses: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.1.1.66.4',
  // Label Map Segmentation Storage, with the same modules.
  '1.2.840.10008.5.1.4.1.1.66.7',
]);
const structureSetClass = '1.2.840.10008.5.1.4.1.1.481.3';

/** Whether an object is a segmentation (SEG) or a structure set (RTSTRUCT): something that has structures. */
export function isDicomMask({ sopClassUid }: Pick<DicomInstance, 'sopClassUid'>): boolean {
  return segmentationClasses.has(sopClassUid) || sopClassUid === structureSetClass;
}

/**
 * @param objects at least one.
 * @param path what errors call the mask, where the objects have a better name together than the first of them.
 * @throws VoxseekError MASK_INVALID where one of them is neither SEG nor RTSTRUCT
 */
export function dicomMask(objects: readonly DicomInstance[], path = objects[0]?.bytes.name): DicomMask {
  if (path === undefined) throw new RangeError('a mask has at least one object');
  for (const object of objects) {
    if (isDicomMask(object)) continue;
    throw new VoxseekError('MASK_INVALID', `a DICOM object of the modality ${object.modality} is no mask`, {
      subject: object.bytes.name,
      advice: 'Give a segmentation (SEG) or a structure set (RTSTRUCT).',
    });
  }
  return { kind: 'dicom', path, objects };
}

/** @returns SHA-256 (hex) of the bytes of an object. */
export async function hashObject({ bytes }: DicomInstance): Promise<string> {
  return createHash('sha256')
    .update(await bytes.read())
    .digest('hex');
}

/** Told of what was left out or interpreted, in whole sentences that begin with the object. */
export type OnWarning = (warning: string) => void;

/** One structure of a mask, in one or several objects. */
export interface NamedStructure {
  readonly name: string;
  /**
   * Draws it on the grid of the image.
   *
   * @throws VoxseekError MASK_GRID_MISMATCH where all its planes are not parallel to the slices of the image
   */
  draw(): DrawnStructure;
}

/**
 * The structures of a mask, drawn on the grid of its image when they are asked for, so that only one of them need
 * be in memory.
 *
 * @throws VoxseekError DICOM_INVALID, MASK_INVALID, TRANSFER_SYNTAX_UNSUPPORTED, and what reading the bytes throws
 */
export async function openStructures(
  mask: DicomMask,
  grid: Grid,
  onWarning?: OnWarning,
): Promise<NamedStructure[]> {
  const parts = new Map<string, { structure: DicomStructure; subject: string }[]>();
  for (const object of mask.objects) {
    const subject = object.bytes.name;
    const { structures, warnings } = await (object.sopClassUid === structureSetClass
      ? openStructureSet(object, grid)
      : openSegmentation(object, grid));
    for (const warning of warnings) onWarning?.(`${subject}: ${warning}`);
    for (const structure of structures) {
      const ofName = parts.get(structure.name) ?? [];
      ofName.push({ structure, subject });
      parts.set(structure.name, ofName);
    }
  }
  return [...parts].map(([name, ofName]) => ({
    name,
    draw() {
      const slices = new Map<number, Uint8Array>();
      let [planes, outside, notParallel] = [0, 0, 0];
      for (const { structure, subject } of ofName) {
        const drawn = structure.draw();
        checkPlanes(drawn, name, subject, grid, onWarning);
        addSlices(slices, drawn.slices);
        planes += drawn.planes;
        outside += drawn.outside;
        notParallel += drawn.notParallel;
      }
      return { slices, planes, outside, notParallel };
    },
  }));
}

function checkPlanes(
  { planes, outside, notParallel }: DrawnStructure,
  name: string,
  subject: string,
  grid: Grid,
  onWarning?: OnWarning,
): void {
  if (planes > 0 && notParallel === planes) {
    throw new VoxseekError(
      'MASK_GRID_MISMATCH',
      `"${name}" was drawn in planes that are not parallel to the slices of the image (${formatGrid(grid)})`,
      { subject, advice: 'Give the mask of this series, or the series that the mask was drawn on.' },
    );
  }
  if (notParallel > 0) {
    onWarning?.(
      `${subject}: ${notParallel} of ${planes} planes of "${name}" are not parallel to the slices of the image: left out.`,
    );
  }
  if (outside > 0) {
    onWarning?.(`${subject}: ${outside} of ${planes} planes of "${name}" lie outside the image: left out.`);
  }
}

function addSlices(union: Map<number, Uint8Array>, slices: StructureSlices): void {
  for (const [k, slice] of slices) {
    const known = union.get(k);
    if (known === undefined) union.set(k, slice);
    else addVoxels(known, slice);
  }
}
