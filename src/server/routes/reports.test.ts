import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';
import { type ReportList, reportList } from '../schemas.js';

let server: TestServer;
let single: TestServer;
let without: TestServer;

const results = (name: string, date: string) => JSON.stringify({ dataset: { name }, environment: { date } });

beforeAll(async () => {
  const small = await makeSmallArchive();
  const reports = join(small.folder, 'archive.reports');
  const report = (name: string, files: Record<string, string>) => {
    mkdirSync(join(reports, name, 'tables'), { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(reports, name, file), content);
  };
  report('older', { 'results.json': results('Phantoms', '2026-01-01T00:00:00.000Z') });
  report('newer', {
    'results.json': results('Head and neck', '2026-03-01T00:00:00.000Z'),
    'report.html': '<!doctype html><script>alert(1)</script>',
    'report.md': '# Report',
    'tables/region.detailed.csv': 'class,recall\nliver,1\n',
    'notes.txt': 'secret',
    'tables/notes.txt': 'secret',
  });
  report('broken', { 'results.json': 'no JSON' });
  report('no-report', { 'report.html': 'nothing' });
  writeFileSync(join(small.folder, 'secret.html'), 'secret');
  symlinkSync(join(small.folder, 'secret.html'), join(reports, 'older', 'report.html'));
  symlinkSync(small.folder, join(reports, 'linked'));
  writeFileSync(join(small.folder, 'results.json'), results('Outside', '2026-04-01T00:00:00.000Z'));
  server = await startTestServer(small);
  single = await startTestServer(small, { reports: join(reports, 'newer') });
  without = await startTestServer(small, { reports: join(small.folder, 'nowhere') });
});

const list = async (from: TestServer) =>
  ((await (await from.get('/v1/reports')).json()) as ReportList).reports;

describe('GET /v1/reports', () => {
  it('lists what `voxseek bench` left beside the archive, the latest first', async () => {
    const reports = await list(server);
    expect(reportList.parse({ reports }).reports).toEqual(reports);
    expect(reports.map(({ name, title }) => [name, title])).toEqual([
      ['broken', 'broken'],
      ['newer', 'Head and neck'],
      ['older', 'Phantoms'],
    ]);
    expect(reports[1]).toMatchObject({
      createdAt: '2026-03-01T00:00:00.000Z',
      files: ['report.html', 'report.md', 'results.json', 'tables/region.detailed.csv'],
    });
    // The report.html of the older one is a link to another place.
    expect(reports[2]!.files).toEqual(['results.json']);
  });

  it('takes a folder that is one report, and one that is not there', async () => {
    expect((await list(single)).map(({ name, title }) => [name, title])).toEqual([
      ['newer', 'Head and neck'],
    ]);
    expect(await list(without)).toEqual([]);
  });
});

describe('GET /v1/reports/{name}/{file}', () => {
  it.each([
    ['report.md', 'text/markdown; charset=utf-8', '# Report'],
    ['results.json', 'application/json; charset=utf-8', results('Head and neck', '2026-03-01T00:00:00.000Z')],
    ['tables/region.detailed.csv', 'text/csv; charset=utf-8', 'class,recall\nliver,1\n'],
  ])('sends %s', async (file, type, content) => {
    const response = await server.get(`/v1/reports/newer/${file}`);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      type,
      content,
    ]);
  });

  it('sends the page without the right to run scripts or to reach anything', async () => {
    const response = await server.get('/v1/reports/newer/report.html');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toMatch(
      /^sandbox allow-popups; default-src 'none'; img-src data:; style-src 'unsafe-inline'/,
    );
    expect(policy).not.toMatch(/script-src|allow-scripts|allow-same-origin/);
    expect(policy).toMatch(/frame-ancestors 'self'/);
    expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  it.each([
    'nothing/report.html',
    'newer/notes.txt',
    'newer/tables/notes.txt',
    'newer/secret.html',
    'older/report.html',
    'no-report/report.html',
    'linked/secret.html',
    'linked/results.json',
    '..%2f/secret.html',
    '%2e%2e/secret.html',
    'newer/..%2f..%2fsecret.html',
    'newer/tables/..%2f..%2f..%2f..%2fsecret.html',
  ])('knows no %s', async (path) => {
    const response = await server.get(`/v1/reports/${path}`);
    const text = await response.text();
    expect(text).not.toBe('secret');
    expect([response.status, JSON.parse(text)]).toMatchObject([404, { status: 404 }]);
  });

  it('names the files that there are', async () => {
    const response = await server.get('/v1/reports/older/report.md');
    expect(await response.json()).toMatchObject({
      code: 'REPORT_UNKNOWN',
      advice: 'Its files are: results.json.',
    });
  });
});
