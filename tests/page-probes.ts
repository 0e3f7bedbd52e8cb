import { decode } from 'fast-png';
import type { Locator, Page } from 'playwright-core';

/** How many colours there are on the screen in one place. */
export async function coloursOf(place: Locator): Promise<number> {
  const { data, channels } = decode(await place.screenshot());
  const colours = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
  }
  return colours.size;
}

/** How many grey values, crosshair and letters left out. */
export async function greysOf(place: Locator): Promise<number> {
  const { data, channels } = decode(await place.screenshot());
  const greys = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    if (data[i] === data[i + 1] && data[i] === data[i + 2]) greys.add(data[i]!);
  }
  return greys.size;
}

/** Mean of the first channel, 0 to 255. */
export async function meanGreyOf(place: Locator): Promise<number> {
  const { data, channels } = decode(await place.screenshot());
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) sum += data[i]!;
  return sum / (data.length / channels);
}

/** Drops files of this machine onto the middle of a page, as a hand does. */
export async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
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

/** What can be used on a page, with the names that a screen reader says, from the browser's accessibility tree. */
export async function controlsOf(page: Page): Promise<{ readonly role: string; readonly name: string }[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes
    .filter(({ ignored, role }) => !ignored && controlRoles.has(String(role?.value)))
    .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '').trim() }));
}
