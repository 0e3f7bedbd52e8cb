import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openForIngest } from '../src/archive/archive-encoder.js';
import type { ApiHit, SearchAnswer } from '../src/server/schemas.js';
import { describeWithBrowser, launchBrowser, openPage, type WatchedPage } from './browser.js';
import { makePhantomArchive, type PhantomArchive, phantomIds } from './phantom-archive.js';
import { startTestServer, type TestServer } from './server.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const patience = 45_000;
const report =
  '<!doctype html><title>r</title><h1>All of it</h1><script>document.querySelector("h1").innerText = "ran"</script>';

/** What Chromium says when the script of that report does not run. */
const blockedScript = 'Blocked script execution in ';

/** Asks again until the answer is what is expected. */
function until<T>(ask: () => Promise<T>) {
  return expect.poll(ask, { timeout: patience });
}

/** The viewer, as it is built into the package. */
function buildViewer(folder: string): void {
  const vite = join(repository, 'node_modules/vite/bin/vite.js');
  execFileSync(
    process.execPath,
    [vite, 'build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'],
    { cwd: repository, env: { ...process.env, NODE_ENV: 'production' }, stdio: 'pipe' },
  );
}

/** How many colours there are on the screen in one place. */
async function coloursOf(place: Locator): Promise<number> {
  const { data, channels } = decode(await place.screenshot());
  const colours = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
  }
  return colours.size;
}

/** How many grey values, crosshair and letters left out. */
async function greysOf(place: Locator): Promise<number> {
  const { data, channels } = decode(await place.screenshot());
  const greys = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    if (data[i] === data[i + 1] && data[i] === data[i + 2]) greys.add(data[i]!);
  }
  return greys.size;
}

async function meanOf(place: Locator): Promise<number> {
  const { data, channels } = decode(await place.screenshot());
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) sum += data[i]!;
  return sum / (data.length / channels);
}

describeWithBrowser('the viewer', () => {
  let made: PhantomArchive;
  let viewer: string;
  let server: TestServer;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    made = await makePhantomArchive();
    viewer = join(made.folder, 'web');
    buildViewer(viewer);
    const reports = join(made.folder, 'archive.reports', 'first', 'tables');
    mkdirSync(reports, { recursive: true });
    const results = { dataset: { name: 'Two phantoms' }, environment: { date: '2026-02-01T10:00:00.000Z' } };
    writeFileSync(join(reports, '..', 'results.json'), JSON.stringify(results));
    writeFileSync(join(reports, '..', 'report.html'), report);
    writeFileSync(join(reports, 'region.coarse.csv'), 'class,recall\nliver,1\n');
    server = await startTestServer(made, { viewer });
    browser = await launchBrowser();
    watched = await openPage(browser, server.url);
    page = watched.page;
  });
  afterAll(() => browser?.close());

  /** What the page shows, asked of the API with the same words. */
  async function hitsOf(query: object): Promise<readonly ApiHit[]> {
    const response = await server.get('/v1/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query),
    });
    return ((await response.json()) as SearchAnswer).hits;
  }

  const queryViewer = () => page.getByTestId('query-viewer');
  const hitViewer = () => page.getByTestId('hit-viewer');
  const sliceOf = async (place: Locator) => Number(await place.getAttribute('data-slice'));
  const shownHits = () =>
    page.getByTestId('hit').evaluateAll((items) => items.map((item) => item.getAttribute('data-volume')));
  const addressPart = (name: string) => new URL(page.url()).searchParams.get(name);

  describe('search page', () => {
    let box: number[][];
    let hits: readonly ApiHit[];

    it('opens with the volumes of the archive', async () => {
      await page.goto('/');
      await page.getByTestId('volume-item').first().waitFor();
      expect(
        await page
          .getByTestId('volume-item')
          .evaluateAll((items) => items.map((item) => item.getAttribute('data-volume'))),
      ).toEqual(phantomIds);
    });

    it('finds what is in a box that was drawn with the mouse', async () => {
      await page.locator('[data-testid=volume-item][data-volume=abdomen-1]').click();
      await page.getByTestId('hit').first().waitFor();
      await page.getByTestId('part-box').click();
      const stage = (await queryViewer().getByTestId('stage').boundingBox())!;
      const at = (x: number, y: number) => [stage.x + x * stage.width, stage.y + y * stage.height] as const;
      await page.mouse.move(...at(0.4, 0.4));
      await page.mouse.down();
      await page.mouse.move(...at(0.5, 0.5));
      await page.mouse.move(...at(0.6, 0.6));
      await page.mouse.up();
      await until(async () => addressPart('box')?.split(',').length).toBe(6);
      const sides = addressPart('box')!.split(',').map(Number);
      box = [0, 2, 4].map((i) => sides.slice(i, i + 2));
      for (const [low, high] of box) expect(high!).toBeGreaterThan(low!);
      hits = await hitsOf({ volume: 'abdomen-1', box, exclude: 'self' });
      expect(hits[0]!.volume).toBe('abdomen-again');
      await until(shownHits).toEqual(hits.map(({ volume }) => volume));
    });

    it('opens a hit on the slice that matches', async () => {
      await page.locator('[data-testid=hit][data-rank="1"]').click();
      await hitViewer().waitFor();
      const matches = new Map(hits[0]!.matches.map(({ querySlice, slice }) => [querySlice, slice]));
      const querySlice = await sliceOf(queryViewer());
      expect(matches.has(querySlice)).toBe(true);
      expect(await sliceOf(hitViewer())).toBe(matches.get(querySlice));
      expect(await hitViewer().getAttribute('data-volume')).toBe('abdomen-again');
    });

    it('shows pictures on both sides, not black or grey areas', async () => {
      for (const side of [queryViewer(), hitViewer()]) {
        // First a picture of the slice, then the voxels themselves.
        await until(() => greysOf(side.getByTestId('stage'))).toBeGreaterThan(60);
        await until(() => side.getByTestId('stage').getAttribute('data-drawn')).not.toBe('picture');
        await until(() => greysOf(side.getByTestId('stage'))).toBeGreaterThan(60);
      }
    });

    it('scrolls both along the alignment', async () => {
      const matches = new Map(hits[0]!.matches.map(({ querySlice, slice }) => [querySlice, slice]));
      await queryViewer().getByTestId('stage').hover();
      const seen = new Set<number>();
      for (const turn of [-40, -40, 120, 40]) {
        const before = await sliceOf(queryViewer());
        await page.mouse.wheel(0, turn);
        await until(() => sliceOf(queryViewer())).not.toBe(before);
        const slice = await sliceOf(queryViewer());
        seen.add(slice);
        if (matches.has(slice)) expect(await sliceOf(hitViewer()), `slice ${slice}`).toBe(matches.get(slice));
      }
      expect(seen.size).toBeGreaterThanOrEqual(3);
      expect([...seen].some((slice) => matches.has(slice))).toBe(true);
    });

    it('lets the query go alone where the link is off', async () => {
      await page.keyboard.press('l');
      const there = await sliceOf(hitViewer());
      const before = await sliceOf(queryViewer());
      await page.mouse.wheel(0, -80);
      await until(() => sliceOf(queryViewer())).not.toBe(before);
      expect(await sliceOf(hitViewer())).toBe(there);
      await page.keyboard.press('l');
    });

    it('shows another window', async () => {
      const stage = queryViewer().getByTestId('stage');
      const soft = await meanOf(stage);
      await page.getByTestId('window-lung').click();
      await until(async () => Math.abs((await meanOf(stage)) - soft)).toBeGreaterThan(15);
      expect(addressPart('window')).toBe('lung');
    });

    it('tells why: the alignment, and what both have', async () => {
      await until(() => coloursOf(page.getByTestId('alignment-canvas'))).toBeGreaterThan(30);
      expect(await coloursOf(page.getByTestId('similarity-curve'))).toBeGreaterThan(5);
      expect(await page.getByTestId('shared-labels').textContent()).toMatch(/liver|aorta|vertebrae/);
    });

    it('is at the same place after a reload', async () => {
      const place = async () => [
        await sliceOf(queryViewer()),
        await hitViewer().getAttribute('data-volume'),
        await sliceOf(hitViewer()),
        page.url(),
      ];
      // The address follows a moment after the last movement.
      await page.waitForTimeout(600);
      const before = await place();
      await page.reload();
      await hitViewer().waitFor();
      expect(await place()).toEqual(before);
    });

    it('goes through the hits by j and k, and back', async () => {
      const chosen = () => page.locator('[data-testid=hit][aria-current=true]').getAttribute('data-volume');
      await page.keyboard.press('j');
      await until(chosen).toBe(hits[1]!.volume);
      await until(() => hitViewer().getAttribute('data-volume')).toBe(hits[1]!.volume);
      await page.keyboard.press('k');
      await until(chosen).toBe(hits[0]!.volume);
      await page.goBack();
      await until(chosen).toBe(hits[1]!.volume);
    });

    it('takes a file that is dropped as its query', async () => {
      await page.goto('/');
      await page.getByTestId('volume-item').first().waitFor();
      await dropFiles(page, [made.newScans[0]!]);
      await page.getByTestId('hit').first().waitFor();
      expect(addressPart('upload')).not.toBeNull();
      expect(await queryViewer().getAttribute('data-volume')).toBe('pelvis-2.nii');
      expect(await page.getByTestId('hit').count()).toBe(phantomIds.length);
    });
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
      expect(addressPart('region')).toBe('abdomen');
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
      await until(async () => addressPart('volume')).toBe('chest');
      await queryViewer().waitFor();
    });

    it('names scans that are there twice, and opens them side by side', async () => {
      await page.goto('/archive');
      const pair = page.getByTestId('duplicate');
      await until(() => pair.count()).toBe(1);
      expect(await pair.textContent()).toMatch(
        /^abdomen-1abdomen-againtwo patients, similarity (0\.99|1\.0)/,
      );
      await pair.click();
      await hitViewer().waitFor();
      expect(await hitViewer().getAttribute('data-volume')).toBe('abdomen-again');
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
      await until(async () => addressPart('volume')).toBe('pelvis-4');
      const detail = await (await server.get('/v1/volumes/pelvis-4')).json();
      expect(detail).toMatchObject({ region: 'pelvis', split: 'new', modality: 'CT' });
    });
  });

  describe('every page', () => {
    it.each(['/', '/?volume=abdomen-1&hit=abdomen-2', '/archive', '/reports', '/jobs'])(
      'has a name for all that can be used: %s',
      async (address) => {
        await page.goto(address);
        await page.waitForLoadState('networkidle');
        expect(await namelessControls(page)).toEqual([]);
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
          { timeout: patience },
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

/** Drops files of this machine onto the middle of a page, as a hand does. */
async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 640, y: 360, data });
  }
  await session.detach();
}

const controlRoles = new Set([
  'button',
  'checkbox',
  'combobox',
  'link',
  'searchbox',
  'slider',
  'spinbutton',
  'switch',
  'textbox',
]);

/** What can be used and has no name that a screen reader could say, from the browser's own accessibility tree. */
async function namelessControls(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const controls = nodes.filter(({ ignored, role }) => !ignored && controlRoles.has(String(role?.value)));
  expect(controls.length).toBeGreaterThan(5);
  return controls
    .filter(({ name }) => String(name?.value ?? '').trim() === '')
    .map(({ role, nodeId }) => `${role?.value} ${nodeId}`);
}
