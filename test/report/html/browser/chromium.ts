import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

/** Debian's package; another one is named in the environment. */
const CHROMIUM = process.env['NEUROPROBE_CHROMIUM'] ?? '/usr/bin/chromium';

/** Set to a folder, screenshots are kept there for who would look at them. */
export const SHOTS = process.env['NEUROPROBE_SCREENSHOTS'];

/** A suite that needs a browser; where there is none it is skipped, and says why. */
export function describeWithChromium(name: string, suite: () => void): void {
  if (existsSync(CHROMIUM)) return void describe(name, suite);
  const reason = `there is no browser at ${CHROMIUM}: install Debian's package chromium, or name one in NEUROPROBE_CHROMIUM`;
  console.warn(`skipped "${name}": ${reason}`);
  describe.skip(name, () => {
    test(`skipped: ${reason}`, () => {});
  });
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** A page opened from disk, and whatever it complained of or asked the network for. */
export interface Opened {
  page: Page;
  trouble: string[];
}

/** @param place what stands behind the # */
export async function openFile(
  browser: Browser,
  file: string,
  place = '',
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => void dialog.dismiss().then(() => trouble.push('a dialog')));
  const own = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== own) trouble.push(`request: ${request.url()}`);
  });
  await page.goto(`${own}#${place}`);
  await page.waitForSelector('main h1', { timeout: 60_000 });
  return { page, trouble };
}

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/**
 * Expects of a place that it opens well, light and dark, wide and narrow. It is loaded for each width; its colours are
 * a matter of styles alone, so they change on the open page.
 * @param shot what screenshots of it are called
 */
export async function expectGood(browser: Browser, file: string, place: string, shot: string): Promise<void> {
  for (const [kind, viewport, schemes] of [
    ['desktop', DESKTOP, ['light', 'dark']],
    ['phone', PHONE, ['dark', 'light']],
  ] as const) {
    const { page, trouble } = await openFile(browser, file, place, { colorScheme: schemes[0], viewport });
    await page.waitForFunction(() => !document.querySelector('main')!.textContent.includes('Searching …'));
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, `${kind}: nothing reaches beyond the window`).toBeLessThanOrEqual(0);
      if (SHOTS !== undefined) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: path.join(SHOTS, `${shot}-${colorScheme}-${kind}.png`) });
      }
    }
    expect(trouble).toEqual([]);
    await page.close();
  }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  impact: string | null;
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** Expects of what is shown now that axe finds nothing serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const findings = await page.evaluate(async () => {
    interface Axe {
      run: (options: { resultTypes: string[] }) => Promise<{ violations: Finding[] }>;
    }
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run({ resultTypes: ['violations'] })).violations;
  });
  const serious = findings.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.failureSummary)])).toEqual(
    [],
  );
}
