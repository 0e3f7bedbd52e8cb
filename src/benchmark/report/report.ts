import type { Results } from '../results/schema.js';
import type { ReportDocument } from './document.js';
import { withScope } from './figures.js';
import { reportInput } from './from-results.js';
import { renderHtmlDocument } from './html.js';
import type { ReportExtras, ReportInput } from './input.js';
import { renderMarkdownDocument } from './markdown.js';
import { caseSection } from './sections/cases.js';
import { classSection } from './sections/class-charts.js';
import { comparisonSection } from './sections/comparisons.js';
import { dataSection } from './sections/data.js';
import { definitionSection } from './sections/definitions.js';
import { gallerySection } from './sections/gallery.js';
import { indexSection } from './sections/indexes.js';
import { publishedSection } from './sections/published.js';
import { rangeSection } from './sections/range-tables.js';
import { ratioSection, rerankingSection } from './sections/ranking-charts.js';
import { recallSection } from './sections/recall-tables.js';
import { sizeSection } from './sections/size-chart.js';
import { summarySection } from './sections/summary.js';

/**
 * The report as Markdown (GitHub's flavour): text and tables; the numbers of each chart stand as a table.
 * The same input gives the same bytes.
 *
 * @throws VoxseekError INTERNAL a picture is not PNG data
 */
export function renderMarkdown(results: Results, extras: ReportExtras = {}): string {
  return renderMarkdownDocument(documentOf(reportInput(results, extras)));
}

/**
 * The report as one HTML page that needs nothing else: no script, no request, light and dark.
 * The same input gives the same bytes.
 *
 * @throws VoxseekError INTERNAL a picture is not PNG data
 */
export function renderHtml(results: Results, extras: ReportExtras = {}): string {
  return renderHtmlDocument(documentOf(reportInput(results, extras)));
}

function documentOf(input: ReportInput): ReportDocument {
  const { dataset, version, environment } = input;
  const blind = withScope(input, 'all');
  return {
    title: `Retrieval benchmark: ${dataset.name}`,
    subtitle: `voxseek ${version}, ${environment.date}, ${environment.machine}`,
    sections: [
      summarySection(input),
      recallSection(input),
      ...(dataset.caseLabels ? [caseSection(dataset.caseLabels, input.caseFigures)] : []),
      publishedSection(blind),
      classSection(input),
      sizeSection(blind),
      ratioSection(blind),
      rangeSection(input),
      rerankingSection(blind),
      indexSection(input),
      comparisonSection(input),
      gallerySection(input),
      dataSection(input),
      definitionSection(input),
    ],
  };
}
