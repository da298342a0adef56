import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** What each folder of src may import, beside itself. Imports point downwards only: a folder names no later one. */
const MAY_IMPORT: Record<string, string[]> = {
  core: [],
  onnx: ['core'],
  accumulate: ['core'],
  kernel: ['core', 'accumulate'],
  corpus: ['core'],
  tokens: ['core', 'corpus'],
  model: ['core', 'onnx'],
  profile: ['core', 'accumulate', 'model'],
  analyse: ['core', 'accumulate', 'profile'],
  run: ['core', 'onnx', 'accumulate', 'kernel', 'corpus', 'tokens', 'model', 'profile', 'analyse', 'report'],
  report: ['core', 'accumulate', 'model', 'profile', 'analyse'],
  query: ['core', 'profile', 'report'],
  export: ['core', 'profile', 'report'],
  cli: [
    'core',
    'onnx',
    'accumulate',
    'corpus',
    'model',
    'profile',
    'analyse',
    'run',
    'report',
    'query',
    'export',
  ],
};

/** `report` renders what `run` writes into a profile, and imports nothing of it. */
const ORDER = [
  'core',
  'onnx',
  'accumulate',
  'kernel',
  'corpus',
  'tokens',
  'model',
  'profile',
  'analyse',
  'report',
  'query',
  'export',
  'run',
  'cli',
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

describe('the source tree', () => {
  test('has the folders of the table and no other', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  test('lets every folder import only what lies below it', () => {
    for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
      for (const other of allowed) expect(ORDER.indexOf(other)).toBeLessThan(ORDER.indexOf(folder));
    }
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports what the table allows', (folder) => {
    for (const file of files.filter((name) => name.startsWith(`${folder}${path.sep}`))) {
      for (const target of importsOf(file)) {
        expect([folder, ...MAY_IMPORT[folder]!], `${file} imports ${target}`).toContain(target.split('/')[0]);
      }
    }
  });

  test('has no cycle between files', () => {
    const graph = new Map(files.map((file) => [file.replaceAll(path.sep, '/'), valueImportsOf(file)]));
    const done = new Set<string>();
    const visit = (file: string, trail: string[]): void => {
      expect(trail, `cycle: ${[...trail, file].join(' → ')}`).not.toContain(file);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });

  test('has no file over 400 lines', () => {
    const long = files.filter((file) => readFileSync(path.join(SRC, file), 'utf8').split('\n').length > 401);
    expect(long).toEqual([]);
  });

  test('begins each folder with a README', () => {
    for (const folder of Object.keys(MAY_IMPORT)) {
      expect(readFileSync(path.join(SRC, folder, 'README.md'), 'utf8').length).toBeGreaterThan(80);
    }
  });
});

/** Files of ours that a file imports, as paths within src. */
function importsOf(file: string): string[] {
  return specifiersOf(file, /(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
}

/** The same without `import type`, which leaves nothing at run time. */
function valueImportsOf(file: string): string[] {
  const text = readFileSync(path.join(SRC, file), 'utf8').replace(/(?:import|export) type [^;]*;/g, '');
  return resolveAll(file, text, /from\s+'(\.[^']+)'/g);
}

function specifiersOf(file: string, pattern: RegExp): string[] {
  return resolveAll(file, readFileSync(path.join(SRC, file), 'utf8'), pattern);
}

function resolveAll(file: string, text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, specifier]) =>
    path.posix.join(path.posix.dirname(file.replaceAll(path.sep, '/')), specifier!).replace(/\.js$/, '.ts'),
  );
}
