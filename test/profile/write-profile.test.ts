import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { writeTrouble } from '../../src/profile/disk-trouble.js';
import { openProfile } from '../../src/profile/open-profile.js';
import { inspectOutput } from '../../src/profile/output-place.js';
import { beginProfile } from '../../src/profile/write-profile.js';
import { ALL, contextOf, draftOf, LAYERS, namesIn, temporary, writeProfile } from './made.js';

let folder: string;
let output: string;
beforeEach(() => {
  folder = temporary();
  output = path.join(folder, 'out');
});

/** The exit code that an act ends with, and what it says. */
async function trouble(act: Promise<unknown>): Promise<[exit: number, what: string]> {
  return act.then(
    () => [0, ''],
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return [error.exit, error.trouble.what];
    },
  );
}

function report(of = output): string {
  return readFileSync(path.join(of, 'report.txt'), 'utf8');
}

/** A process number that is nobody's: of a process that has ended. */
const DEAD = spawnSync(process.execPath, ['-e', '']).pid;
const leftover = (kind: string, pid = DEAD) => `${output}.${kind}-${pid}-0123abcd`;

describe('a profile that is written', () => {
  test('is in its place whole, with nothing beside it', async () => {
    await writeProfile(output);
    expect(namesIn(folder)).toEqual(['out']);
    expect(namesIn(output)).toEqual([
      'examples.arrow',
      'histograms.arrow',
      'layers.arrow',
      'manifest.json',
      'neurons.arrow',
      'report.txt',
      'run.json',
    ]);
  });

  test('is not in its place before it is finished, and abandoned it leaves nothing', async () => {
    const writer = await beginProfile(output, { force: false });
    await writer.writeTables(LAYERS, contextOf(LAYERS), ALL);
    await writer.writeText('report.txt', 'x');
    expect(existsSync(output)).toBe(false);
    await writer.abandon();
    expect(namesIn(folder)).toEqual([]);
  });

  test('stops between two layers where it is told to', async () => {
    const controller = new AbortController();
    const writer = await beginProfile(output, { force: false, signal: controller.signal });
    let walked = 0;
    function* layers() {
      for (const layer of LAYERS) {
        walked++;
        controller.abort(new Error('stopped'));
        yield layer;
      }
    }
    await expect(writer.writeTables(layers(), contextOf(LAYERS), ALL)).rejects.toThrow('stopped');
    expect(walked).toBe(1);
    await writer.abandon();
    expect(namesIn(folder)).toEqual([]);
  });

  test('may take the place of an empty directory, also through a link', async () => {
    mkdirSync(path.join(folder, 'empty'));
    symlinkSync('empty', output);
    expect(await inspectOutput(output, false)).toBeNull();
    await writeProfile(output);
    expect(namesIn(folder)).toEqual(['empty', 'out']);
    expect(report(path.join(folder, 'empty'))).toBe('report\n');
  });

  test('that is finished is given back by its manifest, and kept without --force', async () => {
    await writeProfile(output);
    expect(await inspectOutput(output, false)).toEqual((await openProfile(output)).manifest);
    await writeProfile(output); // the same once more: nothing is lost
    expect((await trouble(writeProfile(output, LAYERS, { text: 'new\n' })))[0]).toBe(73);
    expect(report()).toBe('report\n');
    expect(namesIn(folder)).toEqual(['out']);
  });

  test('is replaced with --force', async () => {
    await writeProfile(output);
    expect(await inspectOutput(output, true)).toBeNull();
    await writeProfile(output, LAYERS, { force: true, text: 'new\n' });
    expect(report()).toBe('new\n');
    expect(namesIn(folder)).toEqual(['out']);
  });

  test('that appears while another is made stays, and the other leaves nothing', async () => {
    const writer = await beginProfile(output, { force: false });
    await writer.writeTables(LAYERS, contextOf(LAYERS), ALL);
    await writeProfile(output);
    expect((await trouble(writer.finish(draftOf(LAYERS), {})))[0]).toBe(73);
    await writer.abandon();
    expect(namesIn(folder)).toEqual(['out']);
  });
});

describe('an exchange that was cut off', () => {
  test('while the new one was written: the old one stands, the new one goes', async () => {
    await writeProfile(output);
    mkdirSync(leftover('tmp'));
    writeFileSync(path.join(leftover('tmp'), 'neurons.arrow'), 'half');
    expect(await inspectOutput(output, false)).not.toBeNull();
    expect(namesIn(folder)).toEqual(['out']);
  });

  test('with the old one moved aside and the new one not yet in: the old one comes back', async () => {
    await writeProfile(output, LAYERS, { text: 'old\n' });
    renameSync(output, leftover('old'));
    await writeProfile(leftover('tmp'), LAYERS, { text: 'new\n' });
    expect(await inspectOutput(output, false)).not.toBeNull();
    expect(report()).toBe('old\n');
    expect(namesIn(folder)).toEqual(['out']);
  });

  test('with the new one in and the old one not yet gone, or gone by half: the old one goes', async () => {
    for (const half of [false, true]) {
      await writeProfile(output, LAYERS, { force: true, text: 'new\n' });
      cpSync(output, leftover('old'), { recursive: true });
      if (half) rmSync(path.join(leftover('old'), 'manifest.json'));
      expect(await inspectOutput(output, false)).not.toBeNull();
      expect(report()).toBe('new\n');
      expect(namesIn(folder)).toEqual(['out']);
    }
  });

  test('by a process that had our number is finished all the same', async () => {
    await writeProfile(output);
    renameSync(output, leftover('old', process.pid));
    expect(await inspectOutput(output, false)).not.toBeNull();
    expect(namesIn(folder)).toEqual(['out']);
  });

  test('is left alone while its process lives, and so is whatever only looks like one', async () => {
    const others = [
      `out.old-${process.ppid}-0123abcd`,
      `out.tmp-${process.ppid}-0123abcd`,
      'out.old',
      'out.tmp',
      'out.partial',
      'out.old-1',
      'out2.old-99999-0123abcd',
    ];
    for (const name of others) mkdirSync(path.join(folder, name));
    expect(await inspectOutput(output, false)).toBeNull();
    expect(namesIn(folder)).toEqual([...others].sort());
  });

  test('killed at any moment leaves the old profile or the new one, whole', { timeout: 60_000 }, async () => {
    await writeProfile(output, LAYERS, { text: 'old\n' });
    await writeProfile(path.join(folder, 'new'), LAYERS, { text: 'new\n' });
    // The steps of putInPlace, of which each may be the last.
    const steps = [
      () => renameSync(path.join(folder, 'new'), leftover('tmp')),
      () => renameSync(output, leftover('old')),
      () => renameSync(leftover('tmp'), output),
      () => rmSync(path.join(leftover('old'), 'manifest.json')),
      () => rmSync(leftover('old'), { recursive: true }),
    ];
    for (let last = 0; last < steps.length; last++) {
      const start = temporary();
      cpSync(folder, start, { recursive: true });
      for (const step of steps.slice(0, last + 1)) step();
      expect(await inspectOutput(output, false)).not.toBeNull();
      expect(report()).toBe(last < 2 ? 'old\n' : 'new\n');
      await openProfile(output);
      expect(namesIn(folder)).toEqual(['out']);
      rmSync(folder, { recursive: true });
      cpSync(start, folder, { recursive: true });
    }
  });
});

describe('a place where no profile can be put (73)', () => {
  test.each([false, true])('a directory with something else in it (force: %s)', async (force) => {
    mkdirSync(output);
    writeFileSync(path.join(output, 'thesis.tex'), 'x');
    expect(await trouble(inspectOutput(output, force))).toEqual([
      73,
      'this directory is not empty, and not a profile of neuroprobe’s',
    ]);
    writeFileSync(path.join(output, 'manifest.json'), '{"format": "webapp"}');
    expect((await trouble(inspectOutput(output, force)))[0]).toBe(73);
    expect((await trouble(beginProfile(output, { force })))[0]).toBe(73);
    expect(namesIn(output)).toEqual(['manifest.json', 'thesis.tex']);
  });

  test.each([false, true])('a file, or below a file (force: %s)', async (force) => {
    writeFileSync(output, 'x');
    expect(await trouble(inspectOutput(output, force))).toEqual([73, 'there is a file in the way']);
    expect(await trouble(inspectOutput(path.join(output, 'deeper'), force))).toEqual([
      73,
      'part of the path is a file',
    ]);
    expect(await trouble(inspectOutput(path.join(output, 'deeper', 'still'), force))).toEqual([
      73,
      'part of the path is a file',
    ]);
  });

  test('in a directory that does not exist, which it names', async () => {
    const [exit, what] = await trouble(inspectOutput(path.join(folder, 'a', 'b'), false));
    expect(exit).toBe(73);
    expect(what).toContain(path.join(folder, 'a'));
  });

  test('a link to nothing', async () => {
    symlinkSync('nowhere', output);
    expect((await trouble(inspectOutput(output, false)))[0]).toBe(73);
  });

  test('a mount point', async () => {
    expect((await trouble(inspectOutput('/proc', false)))[0]).toBe(73);
    expect((await trouble(inspectOutput('/', true)))[0]).toBe(73);
  });

  test.skipIf(process.getuid?.() === 0)('a directory where we may not write', async () => {
    chmodSync(folder, 0o500);
    expect(await trouble(inspectOutput(output, false))).toEqual([73, 'cannot write: permission denied']);
    chmodSync(folder, 0o700);
  });

  test('a damaged profile or one of another version, but with --force it is replaced', async () => {
    const file = path.join(output, 'manifest.json');
    for (const [from, to] of [
      ['"command": "profile"', '"command": "profilE"'],
      ['"format_version": "1.0"', '"format_version": "7.0"'],
    ] as const) {
      await writeProfile(output, LAYERS, { force: true });
      writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
      expect((await trouble(inspectOutput(output, false)))[0]).toBe(73);
      expect(await inspectOutput(output, true)).toBeNull();
    }
  });
});

test('a write that fails is 75 where the disk is full, 73 where we may not, else 74', () => {
  const exit = (code: string) =>
    (writeTrouble(Object.assign(new Error(code), { code }), 'out/x') as UserError).exit;
  expect(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO', 'ENOENT'].map(exit)).toEqual([
    75, 75, 73, 73, 74, 74,
  ]);
  const bug = new TypeError('ours');
  expect(writeTrouble(bug, 'out/x')).toBe(bug);
});
