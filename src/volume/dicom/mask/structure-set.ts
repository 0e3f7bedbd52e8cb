import { VoxseekError } from '../../../errors.js';
import type { DataSet } from '../data-set.js';
import type { DicomInstance } from '../instance.js';
import { interpretHeader } from '../interpret-object.js';
import { nearestPlanes, planeSpacing } from './nearest-planes.js';
import { type Grid, lpsToVoxel, type ToVoxel } from './plane-on-grid.js';
import { fillPolygons, type Polygon } from './rasterise.js';
import type { DicomStructures, DrawnStructure } from './structure.js';

const closedTypes = new Set(['CLOSED_PLANAR', 'CLOSEDPLANAR_XOR']);

const advice = 'Export the structure set again.';

/** A closed contour: [x, y, z, x, y, z, ...], LPS mm. */
type Contour = Float64Array;

interface Roi {
  readonly name: string;
  readonly contours: Contour[];
}

/**
 * The regions of interest of an RT Structure Set (PS3.3 C.8.8.5 and C.8.8.6).
 *
 * Only closed contours have an inside; points and open contours are left out with a warning. Contours in one
 * plane are combined by exclusive or, as planning systems do: an inner contour is a hole, and so is the inner
 * part of a keyhole. A contour between two slices is drawn in the nearer one; where several lie within half a
 * spacing of a slice the nearest is, not a mixture of them.
 *
 * @param grid that of the image.
 * @throws VoxseekError DICOM_INVALID, MASK_INVALID, and what reading the bytes throws
 */
export function openStructureSet(instance: DicomInstance, grid: Grid): Promise<DicomStructures> {
  return interpretHeader(instance.bytes, ({ dataSet }) => {
    const { rois, openContours } = readRois(dataSet, instance.bytes.name);
    const toVoxel = lpsToVoxel(grid);
    const placed = rois.map(({ name, contours }) => ({
      name,
      contours: contours.map((contour) => placeContour(contour, toVoxel)),
    }));
    const spacing = planeSpacing(
      placed.flatMap(({ contours }) => contours.flatMap((one) => one?.slice ?? [])),
    );
    return {
      structures: placed.map(({ name, contours }) => ({
        name,
        draw: () => drawContours(contours, grid, spacing),
      })),
      warnings:
        openContours === 0 ? [] : [`${openContours} points or open contours have no inside: left out.`],
    };
  });
}

/** Structure Set ROI Sequence (3006,0020) and ROI Contour Sequence (3006,0039), joined by ROI number. */
function readRois(object: DataSet, subject: string): { rois: Roi[]; openContours: number } {
  const rois = new Map<number, Roi>();
  for (const item of object.items(0x30060020)) {
    const number = item.integer(0x30060022);
    // Without a number nothing can be drawn for it.
    if (number === undefined) continue;
    rois.set(number, { name: item.text(0x30060026)?.trim() || `roi_${number}`, contours: [] });
  }
  let openContours = 0;
  for (const roiContour of object.items(0x30060039)) {
    const roi = rois.get(roiContour.integer(0x30060084) ?? Number.NaN);
    if (roi === undefined) {
      throw new VoxseekError('MASK_INVALID', 'contours belong to a region that is not in its list', {
        subject,
        advice,
      });
    }
    for (const contour of roiContour.items(0x30060040)) {
      if (closedTypes.has(contour.string(0x30060042) ?? '')) {
        roi.contours.push(pointsOf(contour.decimals(0x30060050), roi.name, subject));
      } else openContours++;
    }
  }
  return { rois: [...rois.values()], openContours };
}

function pointsOf(coordinates: readonly number[] | undefined, roi: string, subject: string): Contour {
  if (coordinates === undefined || coordinates.length % 3 !== 0) {
    throw new VoxseekError('MASK_INVALID', `a contour of "${roi}" is no list of points (x, y, z)`, {
      subject,
      advice,
    });
  }
  return Float64Array.from(coordinates);
}

/** A contour in the voxel coordinates of a grid: its place along k, and its polygon in the slice. */
interface PlacedContour {
  readonly slice: number;
  readonly polygon: Polygon;
}

/** A contour may leave its plane by so much of the distance of the slices. */
const planarTolerance = 0.5;

function drawContours(
  contours: readonly (PlacedContour | undefined)[],
  { size: [ni, nj, nk] }: Grid,
  spacing: number,
): DrawnStructure {
  const parallel = contours.filter((contour) => contour !== undefined);
  const positions = parallel.map((contour) => contour.slice);
  const nearest = nearestPlanes(positions, nk, spacing);
  const slices = new Map<number, Uint8Array>();
  for (const [k, indices] of nearest.ofSlice) {
    const slice = new Uint8Array(ni * nj);
    const polygons = indices.map((index) => parallel[index]!.polygon);
    fillPolygons(polygons, ni, nj, slice);
    slices.set(k, slice);
  }
  return {
    slices,
    planes: contours.length,
    outside: nearest.outside.length,
    notParallel: contours.length - parallel.length,
  };
}

/** @returns undefined where the contour does not lie in a plane parallel to the slices. */
function placeContour(contour: Contour, toVoxel: ToVoxel): PlacedContour | undefined {
  const points = contour.length / 3;
  const polygon = new Float64Array(2 * points);
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let p = 0; p < points; p++) {
    const [i, j, k] = toVoxel([contour[3 * p]!, contour[3 * p + 1]!, contour[3 * p + 2]!]);
    polygon[2 * p] = i;
    polygon[2 * p + 1] = j;
    lowest = Math.min(lowest, k);
    highest = Math.max(highest, k);
  }
  if (!(highest - lowest <= planarTolerance)) return undefined;
  return { slice: (lowest + highest) / 2, polygon };
}
