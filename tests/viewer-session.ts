import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
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
  /** To be called when the tests are done. */
  close(): Promise<void>;
}

/** Builds the viewer, serves it over a small archive, and opens a page in a browser. */
export async function startViewerSession(): Promise<ViewerSession> {
  const made = await makePhantomArchive();
  const viewer = join(made.folder, 'web');
  buildViewer(viewer);
  const server = await startTestServer(made, { viewer });
  const browser = await launchBrowser();
  const watched = await openPage(browser, server.url);
  const close = async () => {
    // A server goes on drawing pictures, into the folder, for a page that no longer waits for them.
    await watched.page.waitForLoadState('networkidle');
    await browser.close();
    await server.close();
    rmSync(made.folder, { recursive: true, force: true });
  };
  return { made, viewer, server, browser, watched, page: watched.page, close };
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
