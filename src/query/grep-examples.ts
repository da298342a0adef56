import type { RecordBatch } from 'apache-arrow';
import { Exit, UserError } from '../core/errors.js';
import { EXAMPLE_COLUMNS, type Side } from '../profile/format.js';
import { sideTest } from '../profile/read/examples.js';
import { intsOf, rowReader } from '../profile/read/row.js';
import type { ProfileTables } from '../profile/read/tables.js';
import type { ExampleRow } from '../profile/rows.js';
import type { OpenProfile } from '../profile/open-profile.js';
import { schemeOfTable } from '../report/scheme-of-table.js';
import { TokenPieces } from '../report/token-pieces.js';
import type { TokenScheme } from '../report/token-text.js';
import { patternOf, type Pattern } from './pattern.js';

/** Which examples are looked for. */
export interface Grep extends Pattern {
  /** Whether only the firing token is looked at, not what stands around it; default: no. */
  token?: boolean;
  /** Null (default): every side that the profile has. */
  side?: Side | null;
}

/** An example that has the text. */
export interface Hit {
  example: ExampleRow;
  /** The context as its tokens spell it, a piece each. */
  pieces: string[];
  /** Of the pieces joined, in UTF-16 units; `end` exclusive. */
  match: { start: number; end: number };
}

/** What was looked at so far, and what of it has the text. */
export interface Coverage {
  examples: number;
  neurons: number;
  hits: number;
  hitNeurons: number;
}

/**
 * Looks through all examples in the order of the model, of which one record batch is in memory.
 * @param coverage counted on as hits are taken; whole when there are no more
 * @throws UserError (exit 65) where the profile has no examples, or no tokens
 */
export function* grepExamples(
  profile: OpenProfile,
  { token = false, side = null, ...pattern }: Grep,
  coverage: Coverage = { examples: 0, neurons: 0, hits: 0, hitNeurons: 0 },
): Iterable<Hit> {
  if (!profile.has('examples')) throw missing(profile.manifest.command);
  const expression = patternOf(pattern);
  const texts = new TokenPieces(schemeOfProfile(profile));
  let neuron = '';
  let hitNeuron = '';
  for (const batch of profile.batches('examples')) {
    const run = runsOf(batch);
    const [layers, neurons] = [intsOf(batch, 'layer'), intsOf(batch, 'neuron')];
    const [positions, starts] = [intsOf(batch, 'position'), intsOf(batch, 'context_start')];
    const groups = batch.getChild('group')!.data[0]!.values as Int32Array;
    const isSide = side === null ? () => true : sideTest(batch, side);
    const at = rowReader(EXAMPLE_COLUMNS, batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (!isSide(row)) continue;
      const id = `${groups[row]!} ${layers[row]!} ${neurons[row]!}`;
      if (id !== neuron) coverage.neurons++;
      neuron = id;
      coverage.examples++;
      const { ids, tokenAt } = run(row);
      const pieces = texts.of(ids, tokenAt);
      const match = matchIn(pieces, expression, token ? positions[row]! - starts[row]! : null);
      if (match === null) continue;
      coverage.hits++;
      if (id !== hitNeuron) coverage.hitNeurons++;
      hitNeuron = id;
      yield { example: at(row), pieces, match };
    }
  }
}

/** @param firing the piece looked at; null: all of them, joined */
function matchIn(pieces: readonly string[], expression: RegExp, firing: number | null): Hit['match'] | null {
  if (firing === null) {
    const found = expression.exec(pieces.join(''));
    return found && { start: found.index, end: found.index + found[0].length };
  }
  // A token that ends a character begun before it has its text there.
  let first = firing;
  while (first > 0 && pieces[first] === '') first--;
  const found = expression.exec(pieces.slice(first, firing + 1).join(''));
  if (found === null) return null;
  const start = pieces.slice(0, first).join('').length + found.index;
  return { start, end: start + found[0].length };
}

/** A row's ids, and its tokens by their place. */
function runsOf(batch: RecordBatch) {
  const ids = batch.getChild('context_ids')!.data[0]!;
  const values = ids.children[0]!.values as Int32Array;
  const offsets = ids.valueOffsets as Int32Array;
  const lists = batch.getChild('context_tokens')!;
  return (row: number) => {
    let tokens: { get(i: number): string | null } | null = null;
    return {
      ids: values.subarray(offsets[row], offsets[row + 1]),
      // Decoded only where a token is met for the first time.
      tokenAt: (place: number) => (tokens ??= lists.get(row) as NonNullable<typeof tokens>).get(place),
    };
  };
}

/** @throws UserError (exit 65) where the examples have no tokens */
export function schemeOfProfile(profile: ProfileTables): TokenScheme {
  const scheme = schemeOfTable(profile);
  if (scheme === null) throw noTokens();
  return scheme;
}

function missing(command: string): UserError {
  return new UserError({
    what: 'this profile has no examples',
    where: 'examples.arrow, which is not there',
    todo: `${command} does not write it: make a profile with neuroprobe profile, or topk`,
    exit: Exit.DATA,
  });
}

function noTokens(): UserError {
  return new UserError({
    what: 'the examples of this profile have ids and no text',
    where: 'examples.arrow, context_tokens',
    todo: 'make it again with --tokenizer: the run had none',
    exit: Exit.DATA,
  });
}
