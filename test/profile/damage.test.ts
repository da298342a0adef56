import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Exit, UserError } from '../../src/core/errors.js';
import { checkProfile } from '../../src/profile/check-profile.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { cuts, drawFlip, flipped, seededRandom, type Flip } from '../support/damage.js';
import { fixture, speeches } from '../support/fixtures.js';

/** All files of a profile but its manifest. */
const DATA = [
  'examples.arrow',
  'histograms.arrow',
  'layers.arrow',
  'neurons.arrow',
  'report.html',
  'report.txt',
  'run.json',
  'state.bin',
];
const FLIPS = 1000;

describe('a damaged profile', () => {
  const folder = temporaryDirectory();
  const profile = path.join(folder, 'profile');
  const whole = new Map<string, Buffer>();
  const at = (name: string) => path.join(profile, name);

  beforeAll(() => {
    const corpus = path.join(folder, 'corpus.jsonl');
    const records = speeches().slice(0, 12);
    writeFileSync(corpus, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const kept = ['--neurons', 'L0.N0-1', '-k', '2', '--around', '1', '--sketch-range', '0:1'];
    succeed(['profile', fixture('llama-shakespeare'), corpus, '-o', profile, ...kept, '--quiet']);
    for (const name of readdirSync(profile)) whole.set(name, readFileSync(at(name)));
  });

  const restore = () => {
    for (const name of readdirSync(profile)) rmSync(at(name), { recursive: true });
    for (const [name, bytes] of whole) writeFileSync(at(name), bytes);
  };

  /** The files that a check finds something wrong with. */
  async function named(): Promise<string[]> {
    try {
      return (await checkProfile(profile)).faults.map(({ file }) => file);
    } catch (error) {
      // Without its manifest there is nothing to go by.
      if (!(error instanceof UserError) || error.exit !== Exit.DATA) throw error;
      return error.message.includes('manifest.json') ? ['manifest.json'] : [error.message];
    }
  }

  /** Changes one byte in place. @returns what changes it back */
  function changeByte(name: string, { at: place, byte }: Flip): () => void {
    const write = (value: number) => {
      const file = openSync(at(name), 'r+');
      writeSync(file, Uint8Array.of(value), 0, 1, place);
      closeSync(file);
    };
    write(byte);
    return () => write(whole.get(name)![place]!);
  }

  afterEach(restore);

  test('is told from a whole one', async () => {
    expect([...whole.keys()].sort()).toEqual([...DATA, 'manifest.json'].sort());
    expect(await named()).toEqual([]);
  });

  test.each([...DATA, 'manifest.json'])(
    'is seen where %s alone is damaged, and only it is named',
    async (name) => {
      for (const bytes of [flipped(whole.get(name)!, seededRandom(0)), whole.get(name)!.subarray(0, -1)]) {
        writeFileSync(at(name), bytes);
        expect(await named()).toEqual([name]);
      }
    },
  );

  // In these three, all files but the manifest are damaged at once, which makes seven checks one: all must be named.

  test('is seen whatever lengths its files are cut to, and each is named', async () => {
    const random = seededRandom(1);
    const lengths = new Map(DATA.map((name) => [name, cuts(whole.get(name)!.length, random)]));
    const rounds = Math.max(...[...lengths.values()].map(({ length }) => length));
    for (let i = 0; i < rounds; i++) {
      for (const [name, of] of lengths) truncateSync(at(name), of[Math.min(i, of.length - 1)]);
      expect(await named(), `round ${i}`).toEqual(DATA);
    }
  });

  test('is seen where any byte of its files is another, and each is named', async () => {
    const random = seededRandom(2);
    for (let i = 0; i < FLIPS; i++) {
      const undo = DATA.map((name) => changeByte(name, drawFlip(whole.get(name)!, random)));
      expect(await named(), `round ${i}`).toEqual(DATA);
      for (const restoreByte of undo) restoreByte();
    }
  });

  test('is seen where its manifest is cut to any length, or any byte of it is another', async () => {
    const random = seededRandom(3);
    const manifest = whole.get('manifest.json')!;
    for (let i = 0; i < FLIPS; i++) {
      const undo = changeByte('manifest.json', drawFlip(manifest, random));
      expect(await named(), `flip ${i}`).toEqual(['manifest.json']);
      undo();
    }
    for (const length of cuts(manifest.length, random)) {
      truncateSync(at('manifest.json'), length);
      expect(await named(), `${length} bytes`).toEqual(['manifest.json']);
    }
  });

  test.each([...DATA, 'manifest.json'])('is seen where %s is missing, or a folder', async (name) => {
    rmSync(at(name));
    expect(await named()).toEqual([name]);
    mkdirSync(at(name));
    expect(await named()).toEqual([name]);
  });

  test('is seen where a file or folder is there that is not of it', async () => {
    writeFileSync(at('examples.arrow.bak'), 'x');
    mkdirSync(at('notes'));
    expect(await named()).toEqual(['examples.arrow.bak', 'notes']);
  });

  test('is seen where two of its files have changed places', async () => {
    renameSync(at('neurons.arrow'), at('x'));
    renameSync(at('layers.arrow'), at('neurons.arrow'));
    renameSync(at('x'), at('layers.arrow'));
    expect(await named()).toEqual(['layers.arrow', 'neurons.arrow']);
  });

  test('is not taken for a folder that is not there, nor for one that is no profile', async () => {
    await expect(checkProfile(path.join(folder, 'absent'))).rejects.toMatchObject({ exit: Exit.NO_INPUT });
    await expect(checkProfile(folder)).rejects.toMatchObject({ exit: Exit.DATA });
  });
});
