import { Option } from 'commander';
import type { IrregularGeometry } from '../volume/dicom/stack.js';

/** Options of every command that reads DICOM series. */
export interface DicomSeriesOptions {
  readonly series?: string;
  readonly irregular?: IrregularGeometry;
}

export function seriesOption(): Option {
  return new Option('--series <uid>', 'only this DICOM series: its UID, or the id of a volume in it');
}

export function irregularOption(): Option {
  return new Option(
    '--irregular <what>',
    'DICOM series with missing slices, uneven spacing or tilt (default: resample)',
  ).choices(['resample', 'refuse']);
}
