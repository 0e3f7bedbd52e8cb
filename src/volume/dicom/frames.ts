import { VoxseekError } from '../../errors.js';
import type { Vector3 } from '../volume.js';
import type { DataSet } from './data-set.js';
import type { DicomFrame, DicomInstance } from './instance.js';
import { vendorDiffusion } from './vendor-diffusion.js';

type FrameAttributes = Omit<DicomFrame, 'instance' | 'index'>;

const sharedFunctionalGroups = 0x52009229;
const perFrameFunctionalGroups = 0x52009230;
const mrImageFrameTypeSequence = 0x00189226;
const frameTypeSequences = [mrImageFrameTypeSequence, 0x00189329, 0x00189751];
const complexImageComponent = 0x00089208;

/**
 * The image planes of an instance: from the attributes of the instance itself, or, in enhanced objects, from the
 * functional groups, those of the frame before those that all frames share (PS3.3 C.7.6.16).
 *
 * @throws EndOfBytes, MalformedDataSet, VoxseekError DICOM_INVALID
 */
export function readFrames(instance: DicomInstance, dataSet: DataSet): DicomFrame[] {
  if (instance.pixels === undefined) return [];
  const { frameCount } = instance.pixels;
  const ofInstance = instanceAttributes(instance, dataSet);
  const [shared] = dataSet.items(sharedFunctionalGroups);
  const perFrame = dataSet.items(perFrameFunctionalGroups);
  if (perFrame.length > 0 && perFrame.length !== frameCount)
    throw new VoxseekError(
      'DICOM_INVALID',
      `has ${frameCount} frames but functional groups for ${perFrame.length}`,
      { subject: instance.bytes.name },
    );
  const ofAll = shared === undefined ? ofInstance : { ...ofInstance, ...groupAttributes(shared) };
  return Array.from({ length: frameCount }, (_, index) => {
    const own = perFrame[index];
    return { instance, index, ...ofAll, ...(own === undefined ? {} : groupAttributes(own)) };
  });
}

function instanceAttributes(instance: DicomInstance, dataSet: DataSet): FrameAttributes {
  const diffusion = vendorDiffusion(dataSet);
  return {
    position: position(dataSet),
    orientation: orientation(dataSet),
    pixelSpacing: pixelSpacing(dataSet),
    sliceThickness: dataSet.decimal(0x00180050),
    rescale: rescale(dataSet) ?? { slope: 1, intercept: 0 },
    echoTime: dataSet.decimal(0x00180081),
    bValue: dataSet.float64s(0x00189087)[0] ?? diffusion.bValue,
    gradient: vector(dataSet.float64s(0x00189089)) ?? diffusion.gradient,
    acquisitionNumber: dataSet.integer(0x00200012),
    temporalPosition: dataSet.integer(0x00200100),
    triggerTime: dataSet.decimal(0x00181060),
    frameType: instance.imageType,
    complexComponent: dataSet.string(complexImageComponent),
    instanceNumber: dataSet.integer(0x00200013),
  };
}

/** What the macros of one functional group item say; nothing of what they are silent about. */
function groupAttributes(group: DataSet): Partial<FrameAttributes> {
  const inGroup = <Value>(tag: number, read: (item: DataSet) => Value | undefined) => {
    const [item] = group.items(tag);
    return item === undefined ? undefined : read(item);
  };
  const frameType = frameTypeSequences
    .map((tag) => inGroup(tag, (item) => item.strings(0x00089007)))
    .find((values) => values !== undefined && values.length > 0);
  return withoutUndefined({
    position: inGroup(0x00209113, position),
    orientation: inGroup(0x00209116, orientation),
    pixelSpacing: inGroup(0x00289110, pixelSpacing),
    sliceThickness: inGroup(0x00289110, (item) => item.decimal(0x00180050)),
    rescale: inGroup(0x00289145, rescale),
    echoTime: inGroup(0x00189114, (item) => item.float64s(0x00189082)[0]),
    bValue: inGroup(0x00189117, (item) => item.float64s(0x00189087)[0]),
    gradient: inGroup(0x00189117, (item) => vector(item.items(0x00189076)[0]?.float64s(0x00189089) ?? [])),
    acquisitionNumber: inGroup(0x00209111, (item) => item.uint16(0x00209156)),
    temporalPosition: inGroup(0x00209111, (item) => item.uint32(0x00209128)),
    triggerTime: inGroup(0x00189118, (item) => item.float64s(0x00209153)[0]),
    frameType,
    complexComponent: inGroup(mrImageFrameTypeSequence, (item) => item.string(complexImageComponent)),
  });
}

function withoutUndefined<Value extends object>(value: { [Key in keyof Value]: Value[Key] | undefined }) {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Value>;
}

function position(item: DataSet): Vector3 | undefined {
  return vector(item.decimals(0x00200032) ?? []);
}

function orientation(item: DataSet): DicomFrame['orientation'] {
  const cosines = item.decimals(0x00200037) ?? [];
  if (cosines.length !== 6) return undefined;
  const [row, column] = [vector(cosines.slice(0, 3)), vector(cosines.slice(3))];
  return row && column && { row, column };
}

function pixelSpacing(item: DataSet): DicomFrame['pixelSpacing'] {
  const [betweenRows, betweenColumns] = item.decimals(0x00280030) ?? [];
  return betweenRows === undefined || betweenColumns === undefined
    ? undefined
    : [betweenRows, betweenColumns];
}

function rescale(item: DataSet): DicomFrame['rescale'] | undefined {
  const [slope, intercept] = [0x00281053, 0x00281052].map((tag) =>
    item.strings(tag).length === 0 ? undefined : (item.decimal(tag) ?? Number.NaN),
  );
  if (slope === undefined && intercept === undefined) return undefined;
  return { slope: slope ?? 1, intercept: intercept ?? 0 };
}

function vector(values: readonly number[]): Vector3 | undefined {
  const [x, y, z] = values;
  return values.length !== 3 || x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}
