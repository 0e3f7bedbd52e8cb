import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiHit, SearchAnswer } from '../src/server/schemas.js';
import { describeWithBrowser, type WatchedPage } from './browser.js';
import { coloursOf, dropFiles, greysOf, meanGreyOf } from './page-probes.js';
import { type PhantomArchive, phantomIds } from './phantom-archive.js';
import type { TestServer } from './server.js';
import { addressPart, startViewerSession, until, type ViewerSession } from './viewer-session.js';

describeWithBrowser('the search page of the viewer', () => {
  let session: ViewerSession;
  let made: PhantomArchive;
  let server: TestServer;
  let watched: WatchedPage;
  let page: Page;

  afterAll(() => session.close());
  beforeAll(async () => {
    session = await startViewerSession();
    ({ made, server, watched, page } = session);
  });

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
  const positionOf = async (place: Locator) => Number(await place.getAttribute('data-position'));
  const shownHits = () =>
    page.getByTestId('hit').evaluateAll((items) => items.map((item) => item.getAttribute('data-volume')));

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
    await until(async () => addressPart(page, 'box')?.split(',').length).toBe(6);
    const sides = addressPart(page, 'box')!.split(',').map(Number);
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

  it('shows the same place in the hit', async () => {
    // The hit is the query with other noise, so its box is where the box was drawn.
    const placeIn = async (side: Locator) => {
      const stage = (await side.getByTestId('stage').boundingBox())!;
      const drawn = (await side.getByTestId('box').locator('rect').first().boundingBox())!;
      return [drawn.x - stage.x, drawn.y - stage.y, drawn.width, drawn.height];
    };
    await hitViewer().getByTestId('box').waitFor({ state: 'attached' });
    const [drawn, found] = [await placeIn(queryViewer()), await placeIn(hitViewer())];
    // A voxel is some pixels wide.
    drawn.forEach((side, i) => void expect(Math.abs(found[i]! - side)).toBeLessThan(12));
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
    const soft = await meanGreyOf(stage);
    await page.getByTestId('window-lung').click();
    await until(async () => Math.abs((await meanGreyOf(stage)) - soft)).toBeGreaterThan(15);
    expect(addressPart(page, 'window')).toBe('lung');
  });

  it('tells why: the alignment, and what both have', async () => {
    await until(() => coloursOf(page.getByTestId('alignment-canvas'))).toBeGreaterThan(30);
    expect(await coloursOf(page.getByTestId('similarity-curve'))).toBeGreaterThan(5);
    expect(await page.getByTestId('shared-labels').textContent()).toMatch(/liver|aorta|vertebrae/);
  });

  it('goes to any two slices by a click on the alignment', async () => {
    const picture = page.getByTestId('alignment');
    const { width, height } = (await picture.boundingBox())!;
    const places = [];
    for (const [x, y] of [
      [0.1, 0.9],
      [0.9, 0.1],
    ] as const) {
      const before = page.url();
      await picture.click({ position: { x: x * width, y: y * height } });
      // The address follows a moment later.
      await until(async () => page.url()).not.toBe(before);
      places.push([await positionOf(queryViewer()), await positionOf(hitViewer())]);
    }
    const [low, high] = places as [number[], number[]];
    // From left to right and from bottom to top is towards the head.
    expect(high[0]! - low[0]!).toBeGreaterThan(20);
    expect(high[1]! - low[1]!).toBeGreaterThan(20);
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
    expect(addressPart(page, 'upload')).not.toBeNull();
    expect(await queryViewer().getAttribute('data-volume')).toBe('pelvis-2.nii');
    expect(await page.getByTestId('hit').count()).toBe(phantomIds.length);
  });

  it('has run without a complaint, and asked nobody else for anything', () => {
    expect(watched.complaints).toEqual([]);
    expect(watched.strayRequests).toEqual([]);
  });
});
