import { escapeXml } from '../../answer/figure/svg.js';
import type { Block, Cell, Chart, Picture, ReportDocument, Section, Span, Table } from './document.js';
import { styleSheet } from './style.js';

/** Nothing but what the page holds itself: a browser would refuse to load anything from outside. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** A document as one page of HTML. */
export function renderHtmlDocument({ title, subtitle, sections }: ReportDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeXml(title)}</title>
<style>
${styleSheet}</style>
</head>
<body>
<header>
<h1>${escapeXml(title)}</h1>
<p>${escapeXml(subtitle)}</p>
<nav aria-label="Sections"><ul>
${sections.map(({ id, title: name }) => `<li><a href="#${id}">${escapeXml(name)}</a></li>`).join('\n')}
</ul></nav>
</header>
<main>
${sections.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section({ id, title, blocks }: Section): string {
  const content = blocks.map((entry, at) => block(entry, `${id}-${at + 1}`));
  return [
    `<section id="${id}" aria-labelledby="${id}-title">`,
    `<h2 id="${id}-title">${escapeXml(title)}</h2>`,
    ...content,
    '</section>',
  ].join('\n');
}

function block(content: Block, id: string): string {
  switch (content.kind) {
    case 'paragraph':
      return `<p>${spans(content.spans)}</p>`;
    case 'list':
      return `<ul>\n${content.items.map((item) => `<li>${spans(item)}</li>`).join('\n')}\n</ul>`;
    case 'heading':
      return `<h3>${escapeXml(content.text)}</h3>`;
    case 'table':
      return content.isCollapsed
        ? `<details><summary>${escapeXml(content.table.caption)}</summary>\n${table(content.table, id)}\n</details>`
        : table(content.table, id);
    case 'chart':
      return chart(content.chart, id);
    case 'pictures':
      return `<div class="gallery">\n${content.pictures.map(picture).join('\n')}\n</div>`;
  }
}

function spans(content: readonly Span[]): string {
  return content.map(spanElement).join('');
}

function spanElement(span: Span): string {
  // A number stays with its sign.
  if (typeof span === 'string') return escapeXml(span).replaceAll(/(?<=\d) %/g, '\u00a0%');
  switch (span.kind) {
    case 'strong':
      return `<strong>${escapeXml(span.text)}</strong>`;
    case 'code':
      return `<code>${escapeXml(span.text)}</code>`;
    case 'link':
      return `<a href="${escapeXml(span.target)}">${escapeXml(span.text)}</a>`;
  }
}

/** A table in a frame that scrolls sideways where the page is too narrow, with the keyboard too. */
function table({ caption, columns, rows }: Table, id: string): string {
  const numeric = (at: number) => (columns[at]?.isNumeric ? ' class="number"' : '');
  const head = columns
    .map(({ title }, at) => `<th scope="col"${numeric(at)}>${escapeXml(title)}</th>`)
    .join('');
  const headers = rows.map((row) => row[0]!.text);
  const isGrouped = headers.some((header, at) => header === headers[at - 1]);
  const body = rows.map((row, place) => {
    const begins = isGrouped && place > 0 && headers[place] !== headers[place - 1];
    const cells = row.map((content, at) =>
      at === 0 ? `<th scope="row">${cell(content)}</th>` : `<td${numeric(at)}>${cell(content)}</td>`,
    );
    return `<tr${begins ? ' class="group"' : ''}>${cells.join('')}</tr>`;
  });
  return [
    `<div class="table" role="region" tabindex="0" aria-labelledby="${id}-caption">`,
    `<table>\n<caption id="${id}-caption">${escapeXml(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>\n${body.join('\n')}\n</tbody>`,
    '</table></div>',
  ].join('\n');
}

/** The marks are seen as bold and underlined, and read aloud as words. */
function cell({ text, mark }: Cell): string {
  const content = escapeXml(text);
  if (mark === 'best') return `<strong title="best of the column">${content}</strong>${spoken('best')}`;
  return mark === 'worst' ? `<u title="worst of the column">${content}</u>${spoken('worst')}` : content;
}

const spoken = (word: string) => `<span class="spoken"> (${word})</span>`;

function chart({ title, description, drawing, table: numbers, isCollapsed }: Chart, id: string): string {
  const { width, height, content } = drawing;
  const figure = [
    `<figure>`,
    `<figcaption id="${id}-description">${escapeXml(description)}</figcaption>`,
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}" aria-describedby="${id}-description">${content}</svg>`,
    ...(numbers === undefined
      ? []
      : ['<details><summary>Numbers of this chart</summary>', table(numbers, id), '</details>']),
    '</figure>',
  ].join('\n');
  return isCollapsed
    ? `<details class="chart"><summary>${escapeXml(title)}</summary>\n${figure}\n</details>`
    : `<h3>${escapeXml(title)}</h3>\n${figure}`;
}

function picture({ title, caption, source, alternative }: Picture): string {
  return `<figure><h4>${escapeXml(title)}</h4><img src="${source}" alt="${escapeXml(alternative)}"><figcaption>${escapeXml(caption)}</figcaption></figure>`;
}
