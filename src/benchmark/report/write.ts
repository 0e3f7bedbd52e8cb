import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../write-whole.js';
import type { Results } from '../results/schema.js';
import type { ReportExtras } from './input.js';
import { renderHtml, renderMarkdown } from './report.js';

/**
 * Writes `report.md` and `report.html` into a folder that exists, over older ones.
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND (no such folder), INTERNAL
 */
export async function writeReport(
  folder: string,
  results: Results,
  extras: ReportExtras = {},
): Promise<void> {
  const contents = {
    'report.md': renderMarkdown(results, extras),
    'report.html': renderHtml(results, extras),
  };
  for (const [name, content] of Object.entries(contents)) {
    await writeWhole(join(folder, name), (temporary) => writeFile(temporary, content));
  }
}
