import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeUpResults } from '../../../tests/report-results.js';
import { renderHtml, renderMarkdown } from './report.js';
import { writeReport } from './write.js';

describe('writeReport', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'voxseek-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const results = madeUpResults({
    encoders: ['only'],
    classMaps: [{ name: 'coarse', source: 'made up', classes: ['heart'] }],
  });

  it('writes both files, over older ones, and nothing else', async () => {
    await writeReport(folder, results);
    await writeReport(folder, results);
    expect(readdirSync(folder).sort()).toEqual(['report.html', 'report.md']);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toBe(renderMarkdown(results));
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toBe(renderHtml(results));
  });

  it('names a folder that is not there', async () => {
    await expect(writeReport(join(folder, 'missing'), results)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});
