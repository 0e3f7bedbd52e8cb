import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openForIngest } from '../src/archive/archive-encoder.js';
import { describeWithBrowser, openPage, type WatchedPage } from './browser.js';
import { controlsOf, dropFiles } from './page-probes.js';
import type { PhantomArchive } from './phantom-archive.js';
import { startTestServer, type TestServer } from './server.js';
import { addressPart, startViewerSession, until, type ViewerSession } from './viewer-session.js';

const report =
  '<!doctype html><title>r</title><h1>All of it</h1><script>document.querySelector("h1").innerText = "ran"</script>';

/** What Chromium says when the script of that report does not run. */
const blockedScript = 'Blocked script execution in ';

describeWithBrowser('the pages of the viewer', () => {
  let session: ViewerSession;
  let made: PhantomArchive;
  let viewer: string;
  let server: TestServer;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  afterAll(() => session.close());
  beforeAll(async () => {
    session = await startViewerSession();
    ({ made, viewer, server, browser, watched, page } = session);
    const reports = join(made.folder, 'archive.reports', 'first', 'tables');
    mkdirSync(reports, { recursive: true });
    const results = { dataset: { name: 'Two phantoms' }, environment: { date: '2026-02-01T10:00:00.000Z' } };
    writeFileSync(join(reports, '..', 'results.json'), JSON.stringify(results));
    writeFileSync(join(reports, '..', 'report.html'), report);
    writeFileSync(join(reports, 'region.coarse.csv'), 'class,recall\nliver,1\n');
  });

  describe('archive page', () => {
    it('counts what is there, and filters by it', async () => {
      await page.goto('/archive');
      const facet = (name: string, value: string) =>
        page.locator(`[data-testid=facet-value][data-facet=${name}][data-value="${value}"]`);
      await until(() => facet('region', 'abdomen').textContent()).toMatch(/abdomen\s*2/);
      expect(await facet('region', '').textContent()).toMatch(/not stated\s*1/);
      expect(await facet('modality', 'CT').textContent()).toMatch(/CT\s*4/);
      await facet('region', 'abdomen').click();
      await until(() => page.getByTestId('archive-volume').count()).toBe(2);
      expect(await facet('split', 'query').textContent()).toMatch(/query\s*0/);
      expect(addressPart(page, 'region')).toBe('abdomen');
      await page.goBack();
      await until(() => page.getByTestId('archive-volume').count()).toBe(4);
      await page.getByTestId('archive-filter').fill('P4');
      await until(() => page.getByTestId('archive-volume').getAttribute('data-volume')).toBe('chest');
    });

    it('sorts by a column', async () => {
      await page.goto('/archive');
      await page.getByRole('button', { name: 'Slices' }).click();
      const counts = await page
        .locator('[data-testid=archive-volume] td:nth-of-type(3)')
        .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent)));
      expect(counts).toHaveLength(4);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    });

    it('shows the volumes as a map; a click searches with one', async () => {
      await page.goto('/archive');
      const map = page.getByTestId('archive-map');
      await until(() => map.getAttribute('data-points')).toBe('4');
      const row = page.locator('[data-testid=archive-volume][data-volume=chest]');
      await row.hover();
      const card = page.getByTestId('map-card');
      expect(await card.getAttribute('data-volume')).toBe('chest');
      // A point is found again where it is drawn: look for it with the mouse.
      await page.mouse.move(0, 0);
      const { x, y, width, height } = (await map.boundingBox())!;
      const [dx, dy] = await placeOf('chest', width, height);
      await page.mouse.move(x + dx, y + dy);
      await until(() => map.getAttribute('data-pointed')).toBe('chest');
      await page.mouse.click(x + dx, y + dy);
      await until(async () => addressPart(page, 'volume')).toBe('chest');
      await page.getByTestId('query-viewer').waitFor();
    });

    it('names scans that are there twice, and opens them side by side', async () => {
      await page.goto('/archive');
      const pair = page.getByTestId('duplicate');
      await until(() => pair.count()).toBe(1);
      expect(await pair.textContent()).toMatch(
        /^abdomen-1abdomen-againtwo patients, similarity (0\.99|1\.0)/,
      );
      await pair.click();
      await page.getByTestId('hit-viewer').waitFor();
      expect(await page.getByTestId('hit-viewer').getAttribute('data-volume')).toBe('abdomen-again');
    });

    /** Where the page must have drawn a volume: the map fits the panel in true proportions. */
    async function placeOf(id: string, width: number, height: number): Promise<[number, number]> {
      const map = (await (await server.get('/v1/map')).json()) as {
        volumes: { id: string; x: number; y: number }[];
      };
      const extent = (axis: 'x' | 'y', volumes = map.volumes) => {
        const all = volumes.map((volume) => volume[axis]);
        return { low: Math.min(...all), high: Math.max(...all) };
      };
      const isWide = extent('x').high - extent('x').low >= extent('y').high - extent('y').low;
      const volumes =
        isWide === width >= height ? map.volumes : map.volumes.map(({ id, x, y }) => ({ id, x: y, y: -x }));
      const [ex, ey] = [extent('x', volumes), extent('y', volumes)];
      const scale = Math.min((width - 48) / (ex.high - ex.low), (height - 72) / (ey.high - ey.low));
      const { x, y } = volumes.find((volume) => volume.id === id)!;
      return [
        width / 2 + scale * (x - (ex.low + ex.high) / 2),
        (height - 24) / 2 - scale * (y - (ey.low + ey.high) / 2),
      ];
    }
  });

  describe('reports page', () => {
    it('shows a report without letting it run anything, and its files', async () => {
      await page.goto('/reports');
      expect(await page.getByTestId('report').textContent()).toContain('Two phantoms');
      const frame = page.frameLocator('[data-testid=report-frame]');
      await until(() => frame.locator('h1').textContent()).toBe('All of it');
      const addresses = await page
        .locator('[data-testid=report-file], [data-testid=report-table]')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
      expect(addresses).toEqual([
        '/v1/reports/first/results.json',
        '/v1/reports/first/tables/region.coarse.csv',
      ]);
      for (const address of addresses) expect((await server.get(address)).status).toBe(200);
    });

    it('says how to make one where there is none', async () => {
      const bare = await startTestServer(made, { viewer, reports: join(made.folder, 'nowhere') });
      const { page: other } = await openPage(browser, bare.url);
      await other.goto('/reports');
      await until(() => other.getByTestId('no-reports').textContent()).toContain(
        'voxseek bench cohort.csv --out archive.reports/first',
      );
      await other.context().close();
    });
  });

  describe('jobs page', () => {
    const state = () => page.getByTestId('job').first().getAttribute('data-state');

    it('stops a job', async () => {
      await page.goto('/jobs');
      await page.getByText('No jobs yet').waitFor();
      await dropFiles(page, made.newScans);
      await page.getByTestId('add-volumes').waitFor();
      expect(await page.getByTestId('upload-row').count()).toBe(3);
      // What was sent is still there after a reload.
      await page.reload();
      await page.getByTestId('start-ingest').click();
      await page.getByTestId('cancel-job').click();
      await until(state).toBe('cancelled');
    });

    it('adds what is chosen of an upload, and leads to it', async () => {
      const notes = join(made.folder, 'notes.txt');
      writeFileSync(notes, 'no scan');
      await page.getByTestId('file-input').setInputFiles([...made.newScans.slice(1), notes]);
      const form = page.getByTestId('add-volumes');
      expect(await form.textContent()).toContain('notes.txt');
      await page.getByTestId('upload-row').first().getByRole('checkbox').uncheck();
      await page.getByLabel('Region').fill('pelvis');
      await page.getByLabel('Split').fill('new');
      await page.getByTestId('start-ingest').click();
      await until(state).toBe('done');
      const job = page.getByTestId('job').first();
      expect(await job.textContent()).toMatch(/1 volume added/);
      await page.reload();
      await until(state).toBe('done');
      await job.getByTestId('added-volume').click();
      await until(async () => addressPart(page, 'volume')).toBe('pelvis-4');
      const detail = await (await server.get('/v1/volumes/pelvis-4')).json();
      expect(detail).toMatchObject({ region: 'pelvis', split: 'new', modality: 'CT' });
    });

    it('says which image failed, and why', async () => {
      await page.goto('/jobs');
      await page.getByTestId('job').first().waitFor();
      await page.getByTestId('file-input').setInputFiles(made.airScan);
      await page.getByTestId('start-ingest').click();
      const job = page.getByTestId('job').first();
      await until(() => job.getAttribute('data-state')).toBe('failed');
      expect(await job.textContent()).toMatch(/air.*VOLUME_EMPTY.*nothing but air/);
    });
  });

  describe('every page', () => {
    it.each(['/', '/?volume=abdomen-1&hit=abdomen-2', '/archive', '/reports', '/jobs'])(
      'has a name for all that can be used: %s',
      async (address) => {
        await page.goto(address);
        await page.waitForLoadState('networkidle');
        const controls = await controlsOf(page);
        expect(controls.length).toBeGreaterThan(5);
        expect(controls.filter(({ name }) => name === '')).toEqual([]);
      },
    );

    it('has run without a complaint, and asked nobody else for anything', () => {
      expect(watched.complaints.filter((text) => !text.startsWith(blockedScript))).toEqual([]);
      expect(watched.strayRequests).toEqual([]);
    });
  });

  describe('a server with a token', () => {
    it('is asked for it once, and then shows pictures too', async () => {
      const tokenFile = join(made.folder, 'token');
      const token = 'a-token-of-enough-letters-0123456789';
      writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
      const closed = await startTestServer(made, { viewer, tokenFile });
      const { page: other } = await openPage(browser, closed.url);
      await other.goto('/');
      const field = other.getByRole('textbox');
      await field.fill('not-the-token-but-as-long-as-one');
      await other.getByRole('button', { name: 'Open' }).click();
      await other.getByText('the token is wrong').waitFor();
      await field.fill(token);
      await other.getByRole('button', { name: 'Open' }).click();
      await other.getByTestId('volume-item').first().waitFor();
      await expect
        .poll(
          () =>
            other
              .locator('[data-testid=volume-item] img')
              .first()
              .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
          { timeout: 45_000 },
        )
        .toBeGreaterThan(0);
      await other.goto('/reports');
      await other.frameLocator('[data-testid=report-frame]').locator('h1').waitFor();
      await other.context().close();
    });
  });

  describe('when things are missing', () => {
    it('says that the server is gone', async () => {
      const leaving = await startTestServer(made, { viewer });
      const { page: other } = await openPage(browser, leaving.url);
      await other.goto('/jobs');
      await other.getByTestId('file-input').waitFor({ state: 'attached' });
      await leaving.close();
      await other.getByRole('link', { name: 'Archive' }).click();
      const notice = other.getByTestId('notice');
      await notice.first().waitFor();
      expect(await notice.first().textContent()).toContain('does not answer');
      await other.context().close();
    });

    it('says that an archive is empty, on every page', async () => {
      const empty = join(made.folder, 'empty');
      const { archive, encoder } = await openForIngest(empty);
      await encoder.close();
      await archive.close();
      const bare = await startTestServer({ archive: empty, folder: made.folder }, { viewer });
      const { page: other, complaints } = await openPage(browser, bare.url);
      await other.goto('/');
      await other.getByText('The archive is empty').waitFor();
      await other.goto('/archive');
      await other.getByText('The archive is empty').waitFor();
      await other.goto('/jobs');
      await other.getByText('No jobs yet').waitFor();
      expect(complaints).toEqual([]);
      await other.context().close();
    });
  });
});
