import type { Block, Cell, Chart, ReportDocument, Section, Span, Table } from './document.js';

/** A document in GitHub's flavour of Markdown. */
export function renderMarkdownDocument({ title, subtitle, sections }: ReportDocument): string {
  return `${[`# ${escapeMarkdown(title)}`, escapeMarkdown(subtitle), ...sections.map(section)].join('\n\n')}\n`;
}

function section({ title, blocks }: Section): string {
  return [`## ${escapeMarkdown(title)}`, ...blocks.map(block)].join('\n\n');
}

function block(content: Block): string {
  switch (content.kind) {
    case 'paragraph':
      return spans(content.spans);
    case 'list':
      return content.items.map((item) => `- ${spans(item)}`).join('\n');
    case 'heading':
      return `### ${escapeMarkdown(content.text)}`;
    case 'table':
      return content.isCollapsed
        ? folded(content.table.caption, [table(content.table)])
        : table(content.table);
    case 'chart':
      return chart(content.chart);
    case 'pictures':
      return [
        ...content.pictures.map(
          ({ title, caption, alternative }) =>
            `- **${escapeMarkdown(title)}**: ${escapeMarkdown(caption)} Picture in report.html: ${escapeMarkdown(alternative)}`,
        ),
      ].join('\n');
  }
}

function chart({ title, description, table: numbers, isCollapsed }: Chart): string {
  const content = [escapeMarkdown(description), ...(numbers === undefined ? [] : [table(numbers)])];
  return isCollapsed ? folded(title, content) : [`### ${escapeMarkdown(title)}`, ...content].join('\n\n');
}

/** GitHub shows the summary only; the blank lines make it read the rest as Markdown. */
function folded(summary: string, content: readonly string[]): string {
  return [`<details><summary>${escapeMarkdown(summary)}</summary>`, ...content, '</details>'].join('\n\n');
}

function spans(content: readonly Span[]): string {
  return content.map(spanText).join('');
}

function spanText(span: Span): string {
  if (typeof span === 'string') return escapeMarkdown(span);
  switch (span.kind) {
    case 'strong':
      return `**${escapeMarkdown(span.text)}**`;
    case 'code':
      return `\`${span.text}\``;
    case 'link':
      return `[${escapeMarkdown(span.text)}](<${span.target}>)`;
  }
}

function table({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `*${escapeMarkdown(caption)}*`,
    '',
    line(columns.map(({ title }) => escapeMarkdown(title))),
    line(columns.map(({ isNumeric }) => (isNumeric ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(cell))),
  ].join('\n');
}

function cell({ text, mark }: Cell): string {
  const content = escapeMarkdown(text);
  if (mark === 'best') return `**${content}**`;
  return mark === 'worst' ? `<u>${content}</u>` : content;
}

/**
 * Text as it is. Underscores inside a word mean nothing in CommonMark and stay readable in class names; so do
 * brackets, as in intervals, unless they end where a link's target could begin.
 */
function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*|~]/g, '\\$&')
    .replace(/\](?=[([:])/g, '\\]')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
