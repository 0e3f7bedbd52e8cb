import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from './browser.js';
import { buildViewer } from './built-viewer.js';
import { makePhantomArchive, type PhantomArchive } from './phantom-archive.js';
import { startTestServer, type TestServer } from './server.js';

export interface ViewerSession {
  readonly made: PhantomArchive;
  /** Folder of the built viewer. */
  readonly viewer: string;
  readonly server: TestServer;
  readonly browser: Browser;
  readonly watched: WatchedPage;
  readonly page: Page;
}

/** Builds the viewer, serves it over a small archive, and opens a page in a browser; all ends with the tests. */
export async function startViewerSession(): Promise<ViewerSession> {
  const made = await makePhantomArchive();
  const viewer = join(made.folder, 'web');
  buildViewer(viewer);
  const server = await startTestServer(made, { viewer });
  const browser = await launchBrowser();
  afterAll(() => browser.close());
  const watched = await openPage(browser, server.url);
  return { made, viewer, server, browser, watched, page: watched.page };
}

const patience = 45_000;

/** Asks again until the answer is what is expected. */
export function until<T>(ask: () => Promise<T>) {
  return expect.poll(ask, { timeout: patience });
}

/** A part of the address that a page is at. */
export function addressPart(page: Page, name: string): string | null {
  return new URL(page.url()).searchParams.get(name);
}
