import { type Answer, type Hit, queryName } from '../answer/answer.js';
import { style } from './style.js';
import { formatTable } from './table.js';

/** An answer for people: what was looked for, then a line for each hit. */
export function describeAnswer({ query, ranking, hits, timings }: Answer): string {
  const slices =
    query.slices.length === 1
      ? `${query.plane} slice ${query.slices[0]}`
      : `${query.slices.length} ${query.plane} slices (${Math.min(...query.slices)} to ${Math.max(...query.slices)})`;
  const label = query.label === undefined ? '' : `${query.label} in `;
  const by = query.mode === 'slice' ? 'similarity' : ranking;
  const head = `${style('bold', queryName(query))}  ${query.modality}, ${label}${slices}, by ${by}, encoder ${query.encoder}`;
  const columns = [
    { title: '', value: (hit: Hit) => String(hit.rank), align: 'right' as const },
    { title: 'VOLUME', value: (hit: Hit) => hit.volume.id },
    { title: 'MODALITY', value: (hit: Hit) => hit.volume.modality },
    { title: 'REGION', value: (hit: Hit) => hit.volume.region ?? '' },
    { title: 'SCORE', value: (hit: Hit) => formatScore(hit.score), align: 'right' as const },
    { title: 'MEAN SIM.', value: (hit: Hit) => hit.meanSimilarity.toFixed(3), align: 'right' as const },
    { title: 'SLICES', value: formatRange },
    // The id of a DICOM volume begins with its series; elsewhere one may be named otherwise.
    ...(hits.some(isNamedOtherwise)
      ? [{ title: 'SERIES', value: (hit: Hit) => hit.volume.dicom?.seriesUid ?? '' }]
      : []),
  ];
  const stages = (['read', 'encode', 'load', 'search', 'rerank', 'explain'] as const)
    .filter((stage) => timings[stage] >= 1)
    .map((stage) => `${stage} ${Math.round(timings[stage])}`);
  const times = style('dim', `${Math.round(timings.total)} ms (${stages.join(', ')})`);
  return [head, '', formatTable(columns, hits), '', times].join('\n');
}

function isNamedOtherwise({ volume }: Hit): boolean {
  return volume.dicom !== null && !volume.id.startsWith(volume.dicom.seriesUid);
}

function formatScore(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toFixed(3);
}

function formatRange({ range }: Hit): string {
  const { from, to, fromMm, toMm } = range;
  if (from === to) return `${from} at ${fromMm.toFixed(1)} mm`;
  return `${from} to ${to} (${fromMm.toFixed(0)} to ${toMm.toFixed(0)} mm)`;
}
