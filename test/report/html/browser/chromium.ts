import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

/** Debian's package; another one is named in the environment. */
const CHROMIUM = process.env['NEUROPROBE_CHROMIUM'] ?? '/usr/bin/chromium';

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

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  impact: string | null;
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** Expects of what is shown now that axe finds nothing serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Finding[] }> } };
    return (await axe.run()).violations;
  });
  const serious = findings.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.failureSummary)])).toEqual(
    [],
  );
}
