import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser, openPage } from '../../../tests/browser.js';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';

describeWithBrowser('a real browser', () => {
  const token = 'a-token-of-24-characters';
  let browser: Browser;
  let server: TestServer;
  let guarded: TestServer;

  beforeAll(async () => {
    const small = await makeSmallArchive();
    const report = join(small.folder, 'archive.reports', 'first');
    mkdirSync(report, { recursive: true });
    writeFileSync(join(report, 'results.json'), '{}');
    writeFileSync(
      join(report, 'report.html'),
      '<!doctype html><title>as it was</title><style>p { color: rgb(1, 2, 3); }</style><p>A report</p><script>document.title = "changed"</script>',
    );
    const viewer = join(small.folder, 'viewer');
    mkdirSync(viewer);
    writeFileSync(
      join(viewer, 'index.html'),
      '<!doctype html><title>viewer</title><script>document.title = "inline script"</script><iframe src="/v1/reports/first/report.html"></iframe>',
    );
    writeFileSync(join(small.folder, 'token'), token);
    server = await startTestServer(small, { viewer, verbose: true });
    guarded = await startTestServer(small, {
      viewer,
      tokenFile: join(small.folder, 'token'),
      cache: join(small.folder, 'guarded'),
    });
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('shows the page of the API, which keeps to its policy and asks nobody else', async () => {
    const { page, complaints, strayRequests } = await openPage(browser, server.url);
    await page.goto('/v1/docs');
    await page.getByText('Volumes of the archive, filtered, page by page').click();
    await page.getByText('SQL condition over the fields of docs/archive.md.').first().waitFor();
    expect([complaints, strayRequests]).toEqual([[], []]);
    await page.context().close();
  });

  it('runs no script of a report, and shows it in a frame of the viewer', async () => {
    const { page } = await openPage(browser, server.url);
    await page.goto('/v1/reports/first/report.html');
    expect(await page.title()).toBe('as it was');
    const color = await page.evaluate("getComputedStyle(document.querySelector('p')).color");
    expect(color).toBe('rgb(1, 2, 3)');
    await page.goto('/');
    await page.frameLocator('iframe').getByText('A report').waitFor();
    await page.context().close();
  });

  it('runs no script that stands in a page', async () => {
    const { page, complaints } = await openPage(browser, server.url);
    await page.goto('/');
    expect(await page.title()).toBe('viewer');
    expect(complaints.join('\n')).toMatch(/inline script/i);
    await page.context().close();
  });

  it('shows pictures of a server with a token, once it has the cookie', async () => {
    const { page } = await openPage(browser, guarded.url);
    await page.goto('/');
    // As text: the sources are not compiled for a page.
    const widthOfPicture = () =>
      page.evaluate<number>(`new Promise((accept) => {
        const image = new Image();
        image.onload = () => accept(image.naturalWidth);
        image.onerror = () => accept(0);
        image.src = '/v1/volumes/chest/slices/3.png?size=100';
      })`);
    expect(await widthOfPicture()).toBe(0);
    const status = await page.evaluate(
      async (bearer) =>
        (await fetch('/v1/session', { method: 'POST', headers: { authorization: bearer } })).status,
      `Bearer ${token}`,
    );
    expect(status).toBe(204);
    expect(await widthOfPicture()).toBeGreaterThan(0);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.context().close();
  });

  it('makes no request for a page of another site that the server would answer', async () => {
    const other = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>other</title>');
    });
    await new Promise<void>((accept) => other.listen(0, '127.0.0.1', accept));
    const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { page } = await openPage(browser, origin);
    await page.goto('/');
    const send = (address: string, options: string) =>
      page.evaluate<string>(
        `fetch('${address}', ${options}).then(({ type }) => type, (error) => error.name)`,
      );
    // A form needs no permission of CORS to be sent, and a picture neither.
    const form = "{ method: 'POST', mode: 'no-cors', body: new FormData() }";
    expect(await send(`${server.url}v1/uploads`, form)).toBe('TypeError');
    expect(await send(`${server.url}v1/volumes/chest/thumbnail.png`, "{ mode: 'no-cors' }")).toBe(
      'TypeError',
    );
    expect(await send(`${server.url}v1/archive`, '{}')).toBe('TypeError');
    const answered = server.log
      .filter((line) => / 403 /.test(line))
      .map((line) => line.split(' ').slice(2, 4));
    expect(answered).toEqual([
      ['POST', '/v1/uploads'],
      ['GET', '/v1/volumes/:id/thumbnail.png'],
      ['GET', '/v1/archive'],
    ]);
    await page.context().close();
    await new Promise((accept) => other.close(accept));
  });
});
