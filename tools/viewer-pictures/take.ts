/**
 * Makes the pictures of the viewer in the README: the real viewer over real scans.
 *
 *     npm run build
 *     node --import tsx tools/viewer-pictures/take.ts SCANS OUT [VIEWER]
 *
 * SCANS is a cohort CSV or a folder whose ids begin as in licensed-scans.ts; all others are left out. Phantoms are
 * added. VIEWER is another build of the viewer than dist/web. Needs Chromium (VOXSEEK_TEST_CHROMIUM, or Debian's package).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { openForIngest } from '../../src/archive/archive-encoder.js';
import { ingest } from '../../src/archive/ingest.js';
import { writePhantomDataset } from '../../src/phantom/dataset.js';
import { type RunningServer, startServer } from '../../src/server/start.js';
import { findVolumes } from '../../src/volume/collection.js';
import { launchBrowser } from '../../tests/browser.js';
import { allowedScans } from './licensed-scans.js';

const phantoms = { volumes: 10, seed: 1 };
const viewport = { width: 1440, height: 900 };

const [scans, out, viewer] = process.argv.slice(2);
if (scans === undefined || out === undefined) {
  console.error('Usage: node --import tsx tools/viewer-pictures/take.ts SCANS OUT [VIEWER]');
  process.exit(64);
}

const folder = await mkdtemp(join(tmpdir(), 'voxseek-pictures-'));
let server: RunningServer | undefined;
let browser: Browser | undefined;
try {
  const archive = await makeArchive(join(folder, 'scans-and-phantoms'), scans);
  server = await startServer(archive, {
    port: 0,
    cache: join(folder, 'cache'),
    log: console.error,
    ...(viewer !== undefined && { viewer }),
  });
  browser = await launchBrowser();
  await picture('viewer-search', 'dark', async (page) => {
    await page.goto('/?volume=openkbp_train_005&label=parotid_left&exclude=same-patient&mask=on');
    await page.getByTestId('hit').first().waitFor();
    // The first search of a server also loads the archive.
    await page.reload();
    await openHit(page, 1);
  });
  await picture('viewer-region', 'light', async (page) => {
    await page.goto('/?volume=openms_patient01_FLAIR&exclude=same-patient');
    await page.getByTestId('hit').first().waitFor();
    await page.getByTestId('part-box').click();
    const stage = (await page.getByTestId('query-viewer').getByTestId('stage').boundingBox())!;
    await page.mouse.move(stage.x + 0.36 * stage.width, stage.y + 0.3 * stage.height);
    await page.mouse.down();
    await page.mouse.move(stage.x + 0.64 * stage.width, stage.y + 0.62 * stage.height, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Done' }).click();
    await openHit(page, 1);
  });
  await picture('viewer-archive', 'dark', async (page) => {
    await page.goto('/archive?colour=region');
    await pointAt(page, 'crlm_1004');
  });
} finally {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true });
}

async function makeArchive(archiveFolder: string, input: string): Promise<string> {
  const drawn = join(folder, 'phantoms');
  await writePhantomDataset(drawn, phantoms);
  const entries = [...allowedScans(await findVolumes(input)), ...(await findVolumes(drawn))];
  const { archive, encoder } = await openForIngest(archiveFolder);
  const { failures } = await ingest(archive, encoder, entries, {
    onProgress: ({ id }) => console.error(`Added ${id}`),
  });
  await encoder.close();
  await archive.close();
  for (const { id, message } of failures) console.error(`${id}: ${message}`);
  return archiveFolder;
}

async function picture(name: string, theme: 'dark' | 'light', arrange: (page: Page) => Promise<void>) {
  const context = await browser!.newContext({ baseURL: server!.url, viewport, reducedMotion: 'reduce' });
  await context.addInitScript(`localStorage.setItem('voxseek.theme', '${theme}')`);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await arrange(page);
  await page.waitForLoadState('networkidle');
  // Thumbnails fade in, addresses settle.
  await page.waitForTimeout(1500);
  const path = join(out!, `${name}.png`);
  await writeFile(path, smaller(await page.screenshot()));
  console.log(path);
  await context.close();
}

/** Opens a hit and waits until the voxels of both are drawn. */
async function openHit(page: Page, rank: number): Promise<void> {
  await page.locator(`[data-testid=search-status]:not(:text("searching"))`).waitFor();
  await page.locator(`[data-testid=hit][data-rank="${rank}"]`).click();
  for (const side of ['query-viewer', 'hit-viewer']) {
    await page.locator(`[data-testid=${side}] [data-testid=stage]:not([data-drawn=picture])`).waitFor();
  }
}

/** Looks for a volume on the map with the mouse, as a user does. */
async function pointAt(page: Page, volume: string): Promise<void> {
  const map = page.getByTestId('archive-map');
  await map.waitFor();
  const { x, y, width, height } = (await map.boundingBox())!;
  const step = 14;
  for (let dy = step; dy < height; dy += step) {
    for (let dx = step; dx < width; dx += step) {
      await page.mouse.move(x + dx, y + dy);
      if ((await map.getAttribute('data-pointed')) === volume) return;
    }
  }
  throw new Error(`${volume} is not on the map`);
}

/** Fewer bytes and no visible difference: without transparency, and even values only. */
function smaller(png: Uint8Array): Uint8Array {
  const { width, height, data, channels } = decode(png);
  const colours = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = data[pixel * channels + channel]!;
      colours[3 * pixel + channel] = value & 0xfe;
    }
  }
  return encode({ width, height, data: colours, channels: 3 }, { zlib: { level: 9 } });
}
