import type { Vector3 } from '../volume.js';
import type { DataSet } from './data-set.js';

/**
 * b-value (s/mm2) and gradient direction from the private elements in which Siemens, GE and Philips keep them
 * where the standard's own (0018,9087) is missing, read as dcm2niix reads them (Li et al. 2016,
 * doi:10.1016/j.jneumeth.2016.03.001). The direction of GE is in the frame of the image, the others' in that of
 * the patient: it tells directions apart, no more.
 */
export function vendorDiffusion(dataSet: DataSet): { bValue?: number; gradient?: Vector3 } {
  const bValue = siemensBValue(dataSet) ?? geBValue(dataSet) ?? philipsBValue(dataSet);
  const gradient = siemensGradient(dataSet) ?? geGradient(dataSet) ?? philipsGradient(dataSet);
  return { ...(bValue === undefined ? {} : { bValue }), ...(gradient === undefined ? {} : { gradient }) };
}

/** The element of a private block: its creator's name lies at (gggg,00bb) and the elements at (gggg,bbee). */
function privateTag(dataSet: DataSet, group: number, creator: string, element: number): number | undefined {
  for (let block = 0x10; block <= 0xff; block++) {
    const name = dataSet.string(group * 0x10000 + block);
    if (name === undefined && block > 0x20) return undefined;
    if (name === creator) return group * 0x10000 + block * 0x100 + element;
  }
  return undefined;
}

function siemensBValue(dataSet: DataSet): number | undefined {
  const tag = privateTag(dataSet, 0x0019, 'SIEMENS MR HEADER', 0x0c);
  const stored = tag === undefined ? undefined : dataSet.decimal(tag);
  return stored ?? sequenceNameBValue(dataSet);
}

/** De-identification often removes private elements; syngo's names of diffusion sequences tell b: *ep_b1000#7. */
function sequenceNameBValue(dataSet: DataSet): number | undefined {
  const named = /^\*?ep_b(\d+)/u.exec(dataSet.string(0x00180024) ?? '');
  return named === null ? undefined : Number(named[1]);
}

/** The first of four numbers; for several b-values in one series scanners add 10^9 to it (dcm2niix issue 602). */
function geBValue(dataSet: DataSet): number | undefined {
  const tag = privateTag(dataSet, 0x0043, 'GEMS_PARM_01', 0x39);
  const stored = tag === undefined ? undefined : dataSet.decimal(tag);
  return stored === undefined ? undefined : stored % 1_000_000_000;
}

function philipsBValue(dataSet: DataSet): number | undefined {
  const tag = privateTag(dataSet, 0x2001, 'Philips Imaging DD 001', 0x03);
  return tag === undefined ? undefined : dataSet.float32(tag);
}

function siemensGradient(dataSet: DataSet): Vector3 | undefined {
  const tag = privateTag(dataSet, 0x0019, 'SIEMENS MR HEADER', 0x0e);
  return tag === undefined ? undefined : vector(dataSet.float64s(tag));
}

function geGradient(dataSet: DataSet): Vector3 | undefined {
  const tags = [0xbb, 0xbc, 0xbd].map((element) => privateTag(dataSet, 0x0019, 'GEMS_ACQU_01', element));
  return vector(tags.map((tag) => (tag === undefined ? undefined : dataSet.decimal(tag))));
}

function philipsGradient(dataSet: DataSet): Vector3 | undefined {
  const tags = [0xb0, 0xb1, 0xb2].map((element) =>
    privateTag(dataSet, 0x2005, 'Philips MR Imaging DD 001', element),
  );
  return vector(tags.map((tag) => (tag === undefined ? undefined : dataSet.float32(tag))));
}

function vector(values: readonly (number | undefined)[]): Vector3 | undefined {
  const [x, y, z] = values;
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}
