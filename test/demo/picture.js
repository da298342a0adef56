/*
 * `npm run picture`: draws the README's picture, one neuron's page of the trained GPT-2 on Tiny Shakespeare. It needs
 * ../shared with model and corpus, and Chromium at /usr/bin/chromium or where NEUROPROBE_CHROMIUM says. A profile that
 * was made so before may be named: `npm run picture -- PROFILE`.
 */
/* global fetch, createImageBitmap, OffscreenCanvas, btoa -- of the browser */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { palettePng } from './palette-png.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shared = (name) => path.join(root, '../shared', name);
const PICTURE = path.join(root, 'docs/images/neuron-page.png');

/** As for the table of features in the README: speeches begin with their speaker's name, which is not counted. */
const LABELS = ['--label-field', 'speaker', '--lexical', '--skip-until', '\n', '--max-labels', '400'];
const RUN = [...LABELS, '--explain', 'position,token,previous', '--no-html'];
/** The neuron of that table that tells punctuation. */
const NEURON = 'L1.N220';
const VIEWPORT = { width: 1120, height: 1240 };
const MOST_BYTES = 150_000;

const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-picture-'));
try {
  const profile = process.argv[2] ?? profileIn(folder);
  // Not the page in the profile: that names the profile's folder in commands.
  const page = path.join(folder, 'gpt2.html');
  neuroprobe('report', profile, '--html', page);
  await draw(page);
} finally {
  rmSync(folder, { recursive: true });
}
const { size } = statSync(PICTURE);
console.log(`${path.relative(root, PICTURE)}: ${size} bytes`);
if (size > MOST_BYTES) throw new Error(`the picture has more than ${MOST_BYTES} bytes: make it smaller`);

function profileIn(folder) {
  const profile = path.join(folder, 'gpt2.profile');
  const inputs = [shared('models/gpt2-shakespeare'), shared('corpora/tinyshakespeare.jsonl')];
  neuroprobe('profile', ...inputs, ...RUN, '-o', profile);
  return profile;
}

async function draw(file) {
  const executablePath = process.env.NEUROPROBE_CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light' });
  await page.goto(`${pathToFileURL(file).href}#${NEURON}`);
  await page.waitForSelector('.plot svg');
  mkdirSync(path.dirname(PICTURE), { recursive: true });
  const drawn = await pixelsOf(await browser.newPage(), await page.screenshot());
  writeFileSync(PICTURE, palettePng(drawn));
  await browser.close();
}

/** The pixels of a PNG, which a browser reads. */
async function pixelsOf(page, png) {
  const { width, height, base64 } = await page.evaluate(
    async (url) => {
      const image = await createImageBitmap(await (await fetch(url)).blob());
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let text = '';
      for (let at = 0; at < data.length; at += 4096)
        text += String.fromCharCode(...data.subarray(at, at + 4096));
      return { width: image.width, height: image.height, base64: btoa(text) };
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  return { width, height, rgba: Buffer.from(base64, 'base64') };
}

function neuroprobe(...args) {
  const program = path.join(root, 'bin/neuroprobe.js');
  const { status, error } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`neuroprobe ${args[0]} ended with ${status}`);
}
