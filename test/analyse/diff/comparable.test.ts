import { describe, expect, test } from 'vitest';
import { exampleMismatches, mismatches, requireComparable } from '../../../src/analyse/diff/comparable.js';
import { Exit, UserError } from '../../../src/core/errors.js';
import type { Manifest } from '../../../src/profile/types.js';
import { draftOf, LAYERS } from '../../profile/made.js';

const SETTINGS = {
  tap: 'post',
  active_above: 0,
  context: 128,
  count_special: false,
  text_field: 'text',
  limit: null,
  neurons: null,
  sketch_range: [-11, 7],
  top: 20,
  distinct: 'document',
  per: 'token',
  batch_tokens: 1024,
  threads: 1,
  device: 'cpu',
};

const HASH = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

/** Changes a copy of a manifest. */
type Edit = (manifest: Manifest) => void;

const REFUSED: [what: string, edit: Edit, says: string][] = [
  ['a layer fewer', (m) => m.model.sites.pop(), 'the list of layers is L0, L1 in one and L0 in the other'],
  ['another width', (m) => (m.model.sites[1]!.d_model = 8), 'd_model of L1 is 2 in one and 8 in the other'],
  ['more neurons', (m) => (m.model.sites[0]!.d_mlp = 8), 'd_mlp of L0 is 5 in one and 8 in the other'],
  ['fewer kept', (m) => (m.model.sites[1]!.neurons = 1), 'the number of neurons of L1 is 2'],
  ['others of them', (m) => (m.settings['neurons'] = ['L0.N1']), 'the choice of neurons is all in one and'],
  ['other bins', (m) => (m.settings['sketch_range'] = [-12, 7]), '--sketch-range is -11:7 in one and -12:7'],
];

const WARNED: [what: string, edit: Edit, says: string][] = [
  ['another corpus', (m) => (m.corpus.sha256 = OTHER), `sha256 of the corpus is ${HASH.slice(0, 16)} in one`],
  ['no tokenizer', (m) => (m.tokenizer = null), 'and none in the other'],
  ['another tokenizer', (m) => (m.tokenizer!.sha256 = OTHER), 'sha256 of the tokenizer'],
  ['another tap', (m) => (m.settings['tap'] = 'pre'), '--tap is post in one and pre in the other'],
  ['another context', (m) => (m.settings['context'] = 32), '--context is 128 in one and 32 in the other'],
  ['special tokens', (m) => (m.settings['count_special'] = true), '--count-special is false in one and true'],
  ['another bar', (m) => (m.settings['active_above'] = 1), '--active-above is 0 in one and 1 in the other'],
  ['a limit', (m) => (m.settings['limit'] = 9), '--limit is none in one and 9 in the other'],
  ['rejects', (m) => (m.corpus.documents = 3), 'documents is 4 in one and 3 in the other'],
];

describe('two profiles', () => {
  test.each(REFUSED)('with %s are not compared (78), whatever is allowed', (_, edit, says) => {
    for (const allowed of [false, true]) expectUnfit(edit, allowed, says);
  });

  test.each(WARNED)('with %s are not compared (78), unless it is allowed', (_, edit, says) => {
    expectUnfit(edit, false, says);
    const [a, b] = [named(() => {}), named(edit)];
    requireComparable(a, b, { allowDifferent: true });
    expect(mismatches(a.manifest, b.manifest).length).toBeGreaterThan(0);
  });

  test('of another model, path, exporter and last digits are compared', () => {
    const b = named((m) => {
      m.model.path = 'other.onnx';
      m.model.sites[0]!.tensor = 'renamed';
      m.model.sites[0]!.activation = 'relu';
      m.corpus.files = [{ path: 'elsewhere', bytes: 1, sha256: HASH, records: 4 }];
      m.corpus.digest = OTHER; // hangs on the size of the blocks
      Object.assign(m.settings, { batch_tokens: 8, threads: 2, device: 'cuda' });
    });
    requireComparable(
      named(() => {}),
      b,
      { allowDifferent: false },
    );
    expect(mismatches(manifest(), b.manifest)).toEqual([]);
  });

  test('with other rules for examples are compared, and it is said', () => {
    const b = named((m) => (m.settings['top'] = 5));
    requireComparable(
      named(() => {}),
      b,
      { allowDifferent: false },
    );
    expect(exampleMismatches(manifest(), b.manifest)).toEqual([{ what: '--top', a: '20', b: '5' }]);
  });
});

function expectUnfit(edit: Edit, allowed: boolean, says: string): void {
  try {
    requireComparable(
      named(() => {}),
      named(edit),
      { allowDifferent: allowed },
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exit).toBe(Exit.SETTINGS);
    expect(error.message).toContain(says);
    return;
  }
  throw new Error('they were taken for comparable');
}

function named(edit: Edit): { folder: string; manifest: Manifest } {
  const copy = manifest();
  edit(copy);
  return { folder: 'p', manifest: copy };
}

function manifest(): Manifest {
  const draft = structuredClone(draftOf(LAYERS));
  draft.corpus.sha256 = HASH;
  draft.tokenizer = { path: 't', files: [], sha256: HASH };
  draft.settings = { ...SETTINGS };
  return { ...draft, files: {}, sha256: '' };
}
