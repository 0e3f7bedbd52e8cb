import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, it } from 'vitest';

/** Debian's package chromium, or the browser that VOXSEEK_TEST_CHROMIUM names. */
const programs = [process.env.VOXSEEK_TEST_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const program = programs.find((path) => path !== '' && existsSync(path));

/** A suite that needs a browser: skipped, with the reason in its title, where Chromium is missing. */
export function describeWithBrowser(title: string, suite: () => void): void {
  if (program !== undefined) describe(title, suite);
  else {
    // The bodies of skipped suites run all the same.
    describe.skip(`${title} [skipped: no Chromium; install it or set VOXSEEK_TEST_CHROMIUM]`, () => {
      it('needs Chromium', () => {});
    });
  }
}

/** Chromium without a screen, which draws WebGL by software and asks nothing of its maker. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: program!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong in it: errors of scripts and of the console, offences against its policy. */
  readonly complaints: readonly string[];
  /** Addresses of requests that left the origin. */
  readonly strayRequests: readonly string[];
}

/** Opens a page of a server, in a browser profile of its own. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 1280, height: 720 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const complaints: string[] = [];
  const strayRequests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  context.on('request', (request) => {
    const url = new URL(request.url());
    const isLocal = url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isLocal && url.origin !== new URL(origin).origin) strayRequests.push(request.url());
  });
  return { page, complaints, strayRequests };
}
