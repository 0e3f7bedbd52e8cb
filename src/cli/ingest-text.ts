import type { IngestFailure, IngestReport } from '../archive/ingest.js';
import type { SeriesReport } from '../archive/series-report.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';
import { formatDuration } from './progress.js';
import { style } from './style.js';
import { formatTable } from './table.js';

/** An ingest for people: what was stored, a line for each DICOM series, and what was left out and why. */
export function describeIngest(folder: string, report: IngestReport, leftOut: readonly LeftOut[]): string {
  const { duplicates, failures, warnings } = report;
  // Of series that are as they were a person was told when they were added.
  const series = report.series.filter(({ outcome }) => outcome !== 'unchanged');
  return [
    summary(folder, report),
    ...duplicates.map(({ id, of }) =>
      id === of ? `  ${id} is there twice.` : `  ${id} is the same scan as ${of}: not added.`,
    ),
    ...(series.length > 0 ? ['', formatTable(seriesColumns, series)] : []),
    ...(leftOut.length > 0 ? ['', style('bold', 'Left out:'), formatTable(leftOutColumns, leftOut)] : []),
    ...(warnings.length > 0 ? ['', ...warnings.map(({ id, message }) => `${shortId(id)}: ${message}`)] : []),
    ...(failures.length > 0 ? [style('red', 'Not ingested:'), ...failures.map(describeFailure)] : []),
  ].join('\n');
}

/** With the place of the scan where the message is about a series by its UID. */
function describeFailure({ id, code, message, image }: IngestFailure): string {
  const place = message.includes(image) ? '' : ` (${image})`;
  return `  ${id}  ${code}  ${message}${place}`;
}

function summary(
  folder: string,
  {
    outcomes,
    slices,
    airSlices,
    seconds,
  }: Pick<IngestReport, 'outcomes' | 'slices' | 'airSlices' | 'seconds'>,
): string {
  const counts = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
  const rate = seconds > 0 && slices > 0 ? ` (${Math.round(slices / seconds)} slices/s)` : '';
  const air = airSlices > 0 ? `, ${airSlices} of air left out` : '';
  return `${style('bold', folder)}: ${counts || 'nothing done'}; ${slices} slices stored${air}, in ${formatDuration(seconds)}${rate}.`;
}

const seriesColumns = [
  { title: 'SERIES', value: ({ id }: SeriesReport) => shortId(id) },
  { title: 'OUTCOME', value: ({ outcome }: SeriesReport) => outcome },
  { title: 'MODALITY', value: ({ modality }: SeriesReport) => modality },
  {
    title: 'SLICES',
    value: ({ geometry }: SeriesReport) => String(geometry.sliceCount),
    align: 'right' as const,
  },
  { title: 'SIZE', value: ({ columns, rows }: SeriesReport) => `${columns} x ${rows}` },
  { title: 'SPACING (mm)', value: spacingOf },
  { title: 'GEOMETRY', value: remarksOf },
];

const leftOutColumns = [
  { title: 'WHERE', value: ({ path }: LeftOut) => path },
  { title: 'WHY', value: ({ reason }: LeftOut) => reason },
];

/** UIDs of one scanner begin alike. */
function shortId(id: string): string {
  const [uid, ...which] = id.split('#');
  const end = uid!.length > 19 ? `...${uid!.slice(-16)}` : uid!;
  return [end, ...which].join('#');
}

function spacingOf({ pixelSpacing, geometry: { spacing } }: SeriesReport): string {
  const { smallest, median, largest } = spacing;
  const spread = largest - smallest < 0.005 ? '' : ` (${smallest.toFixed(2)} to ${largest.toFixed(2)})`;
  return `${pixelSpacing.betweenColumns.toFixed(2)} x ${pixelSpacing.betweenRows.toFixed(2)} x ${median.toFixed(2)}${spread}`;
}

/** What is not as in a plain stack; "regular" where nothing is. */
function remarksOf({ geometry, correction, masks }: SeriesReport): string {
  const { gaps, tilt, obliqueness, duplicatePositions, otherSizes } = geometry;
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const remarks = [
    missing > 0 && `${missing} missing after slice ${gaps.map(({ after }) => after).join(', ')}`,
    tilt >= visibleDegrees && `gantry tilt ${tilt.toFixed(1)} degrees`,
    obliqueness >= visibleDegrees && `oblique by ${obliqueness.toFixed(1)} degrees`,
    duplicatePositions > 0 && `${duplicatePositions} doubled left out`,
    otherSizes > 0 && `${otherSizes} of another size left out`,
    correction !== null && `corrected: ${correction}`,
  ].filter((remark) => remark !== false);
  const withMasks = masks > 0 ? [`${masks} ${masks === 1 ? 'mask' : 'masks'}`] : [];
  return [...(remarks.length > 0 ? remarks : ['regular']), ...withMasks].join('; ');
}

const visibleDegrees = 0.05;
