/**
 * How long a reader waits for the viewer: from the click on an archived volume until ranked hits are on the screen,
 * and from the click on a hit until its matched slice is. Over an archive of 1,000 volumes with 100 slices each
 * (synthetic embeddings of the built-in encoder's size, all with one synthetic CT of 512 x 512 x 300 as their image,
 * which is read anew for each), in headless Chromium, which draws WebGL by software on the same cores. Needs
 * Debian's chromium. Run from the repository, after `npm run build`:
 *
 *     node --import tsx benchmarks/viewer.ts
 *
 * Prints both and writes benchmarks/results/viewer.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startServer } from '../src/server/start.js';
import { launchBrowser, openPage } from '../tests/browser.js';
import { machine } from './machine.js';
import { size, writeCt } from './synthetic-ct.js';
import { idOf, makeThousandVolumes, slicesPerVolume, volumes } from './thousand-volumes.js';

const searches = 6;
const hitsPerSearch = 3;
/** What a reader needs at least to choose a hit. */
const lookingMs = 1000;

/**
 * @param clicked selector of what is clicked.
 * @param isThere an expression of the page, true once it shows what was asked for.
 * @returns ms from the click until that is painted.
 */
function msUntil(page: Page, clicked: string, isThere: string): Promise<number> {
  return page.evaluate(`(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const start = performance.now();
    document.querySelector(${JSON.stringify(clicked)}).click();
    while (!(${isThere})) await frame();
    await frame();
    await frame();
    return performance.now() - start;
  })()`);
}

/** From the click on a volume of the list until its hits are there. */
function msToHits(page: Page, volume: string): Promise<number> {
  return msUntil(
    page,
    `[data-testid=volume-item][data-volume="${volume}"]`,
    `document.querySelector('[data-query="${volume}"] [data-testid=hit]')`,
  );
}

/** From the click on a hit until a picture of its matched slice is there. */
async function msToSlice(page: Page, rank: number): Promise<number> {
  const hit = `[data-testid=hit][data-rank="${rank}"]`;
  const picture = `[data-testid=hit-viewer][data-volume="${await page.locator(hit).getAttribute('data-volume')}"] [data-testid=stage] img`;
  return msUntil(page, hit, `document.querySelector('${picture}')?.complete`);
}

function summary(values: readonly number[]) {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  return {
    median: sorted[Math.floor(sorted.length / 2)]!,
    worst: sorted.at(-1)!,
    all: values.map(Math.round),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
try {
  const ct = join(folder, 'ct.nii.gz');
  await writeCt(ct);
  const archive = join(folder, 'archive');
  await makeThousandVolumes(archive, ct);
  const server = await startServer(archive, { port: 0, cache: join(folder, 'cache'), log: console.error });
  const browser = await launchBrowser();
  const [toHits, toSlice]: [number[], number[]] = [[], []];
  try {
    const { page } = await openPage(browser, server.url);
    await page.goto('/');
    await page.getByTestId('volume-item').first().waitFor();
    for (let search = 0; search < searches; search++) {
      toHits.push(await msToHits(page, idOf(search)));
      for (let rank = 1; rank <= hitsPerSearch; rank++) {
        await page.waitForTimeout(lookingMs);
        toSlice.push(await msToSlice(page, rank));
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const report = {
    benchmark: 'what a reader waits for in the viewer',
    command: 'node --import tsx benchmarks/viewer.ts',
    date: new Date().toISOString(),
    machine: machine(),
    // Above the number of cores, others were at work too.
    loadAverage: Number(loadavg()[0]!.toFixed(1)),
    volumes,
    slicesPerVolume,
    image: size,
    firstSearchAfterStartMs: Math.round(toHits[0]!),
    clickToHitsMs: summary(toHits.slice(1)),
    clickToMatchedSliceMs: summary(toSlice),
  };
  const target = join(dirname(fileURLToPath(import.meta.url)), 'results', 'viewer.json');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
  console.log(report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
