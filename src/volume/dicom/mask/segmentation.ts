import { VoxseekError } from '../../../errors.js';
import type { DataSet } from '../data-set.js';
import type { DicomFrame, DicomInstance } from '../instance.js';
import { interpretHeader } from '../interpret-object.js';
import { nearestPlanes, planeSpacing } from './nearest-planes.js';
import {
  type Grid,
  type ImagePlane,
  lpsToVoxel,
  type PlaneOnGrid,
  planeOnGrid,
  sliceOfPlane,
} from './plane-on-grid.js';
import { openSegmentPixels, type SegmentationType, type SegmentPixels } from './segment-pixels.js';
import { addVoxels, type DicomStructures, type DrawnStructure } from './structure.js';

/** An image plane of a segmentation that shows one segment, or (LABELMAP) all. */
interface SegmentFrame extends ImagePlane {
  readonly index: number;
  /** undefined: all of them. */
  readonly segment: number | undefined;
}

interface PlacedFrame {
  readonly frame: SegmentFrame;
  /** undefined: not parallel to the slices of the image. */
  readonly placed: PlaneOnGrid | undefined;
}

/**
 * The segments of a DICOM segmentation (PS3.3 C.8.20): BINARY, FRACTIONAL (inside is what has at least half of
 * the maximum, be it a probability or the occupied part of the voxel) and LABELMAP. Segments may overlap, each is
 * drawn by itself. Planes are placed by their position and orientation, never by their order.
 *
 * @param grid that of the image.
 * @throws VoxseekError DICOM_INVALID, MASK_INVALID, TRANSFER_SYNTAX_UNSUPPORTED, and what reading the bytes throws
 */
export async function openSegmentation(instance: DicomInstance, grid: Grid): Promise<DicomStructures> {
  const { type, segments, frames } = await interpretHeader(instance.bytes, ({ dataSet }) => {
    const type = segmentationType(dataSet, instance.bytes.name);
    return { type, segments: segmentNames(dataSet), frames: segmentFrames(dataSet, instance, type) };
  });
  const pixels = await openSegmentPixels(instance, type);
  const toVoxel = lpsToVoxel(grid);
  const placed = frames.map((frame) => ({ frame, placed: planeOnGrid(frame, toVoxel) }));
  const spacing = planeSpacing(placed.flatMap((one) => one.placed?.slice ?? []));
  return {
    structures: [...segments].map(([segment, name]) => ({
      name,
      draw() {
        const own = placed.filter(({ frame }) => frame.segment === undefined || frame.segment === segment);
        return drawSegment(segment, own, pixels, grid, spacing);
      },
    })),
    warnings: type.kind === 'FRACTIONAL' ? [fractionalWarning(type.meaning)] : [],
  };
}

function fractionalWarning(meaning: string): string {
  return `The segments are fractional (${meaning}): a voxel with at least half of the maximum is inside.`;
}

function segmentationType(object: DataSet, subject: string): SegmentationType {
  const kind = object.string(0x00620001);
  if (kind === 'BINARY' || kind === 'LABELMAP') return { kind };
  if (kind === 'FRACTIONAL') {
    return {
      kind,
      meaning: object.string(0x00620010)?.toLowerCase() ?? 'of unknown meaning',
      // Required, but missing in old files: then the whole range of the pixels.
      maximum: object.uint16(0x0062000e) ?? 255,
    };
  }
  throw new VoxseekError('MASK_INVALID', `its Segmentation Type is "${kind ?? ''}"`, {
    subject,
    advice: 'Voxseek reads BINARY, FRACTIONAL and LABELMAP segmentations.',
  });
}

/** Segment Sequence (0062,0002): the labels, trimmed, by segment number. */
function segmentNames(object: DataSet): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const item of object.items(0x00620002)) {
    const number = item.uint16(0x00620004);
    // A label map may describe 0 as well: it is the background.
    if (number === undefined || number === 0) continue;
    names.set(number, item.text(0x00620005)?.trim() || `segment_${number}`);
  }
  return names;
}

function segmentFrames(object: DataSet, instance: DicomInstance, type: SegmentationType): SegmentFrame[] {
  const shared = object.items(0x52009229)[0];
  const perFrame = object.items(0x52009230);
  return instance.frames.map((frame) => {
    const plane = imagePlane(frame, instance);
    if (type.kind === 'LABELMAP') return { ...plane, index: frame.index, segment: undefined };
    const segment = segmentNumber(perFrame[frame.index]) ?? segmentNumber(shared);
    if (segment === undefined) {
      throw new VoxseekError('MASK_INVALID', `frame ${frame.index + 1} does not say which segment it shows`, {
        subject: instance.bytes.name,
        advice: 'Export the segmentation again.',
      });
    }
    return { ...plane, index: frame.index, segment };
  });
}

/** Segment Identification Sequence (0062,000A). */
function segmentNumber(functionalGroups: DataSet | undefined): number | undefined {
  return functionalGroups?.items(0x0062000a)[0]?.uint16(0x0062000b);
}

function imagePlane(frame: DicomFrame, instance: DicomInstance): ImagePlane {
  const { position, orientation, pixelSpacing } = frame;
  const { pixels } = instance;
  if (!position || !orientation || !pixelSpacing || !pixels) {
    throw new VoxseekError('MASK_INVALID', `frame ${frame.index + 1} does not say where it lies`, {
      subject: instance.bytes.name,
      advice: 'Export the segmentation again, with the positions of its planes.',
    });
  }
  const { rows, columns } = pixels;
  return { rows, columns, position, ...orientation, spacing: pixelSpacing };
}

function drawSegment(
  segment: number,
  frames: readonly PlacedFrame[],
  pixels: SegmentPixels,
  grid: Grid,
  spacing: number,
): DrawnStructure {
  const parallel = frames.flatMap(({ frame, placed }) => (placed ? [{ frame, placed }] : []));
  const positions = parallel.map(({ placed }) => placed.slice);
  const nearest = nearestPlanes(positions, grid.size[2], spacing);
  const insideOf = (index: number) => pixels.inside(parallel[index]!.frame.index, segment);
  const slices = new Map<number, Uint8Array>();
  for (const [k, indices] of nearest.ofSlice) {
    for (const index of indices) {
      const inside = insideOf(index);
      if (inside === undefined) continue;
      const { frame, placed } = parallel[index]!;
      const slice = sliceOfPlane(inside, frame, placed, grid.size);
      const known = slices.get(k);
      if (known === undefined) slices.set(k, slice);
      else addVoxels(known, slice);
    }
  }
  const outside = nearest.outside.filter((index) => insideOf(index) !== undefined).length;
  const notParallel = frames.length - parallel.length;
  return { slices, planes: slices.size + outside + notParallel, outside, notParallel };
}
