import { Command, Option } from 'commander';
import { SIDES, type Side } from '../profile/format.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { Coverage, Hit } from '../query/grep-examples.js';
import { formatNeuron } from '../core/neuron-name.js';
import { counted, grouped } from '../report/numbers.js';
import { examples } from './help-text.js';
import { choiceOption } from './option-choice.js';
import { countOption } from './option-count.js';
import { patternOption } from './option-pattern.js';
import { print } from './print.js';
import { commonOptions } from './profiling-options.js';
import { lookOfStdout } from './terminal.js';
import { usageError } from '../core/usage-error.js';

const EXAMPLES = [
  ["neuroprobe grep gpt2-corpus.profile 'jewel'", 'examples whose text has jewel, Jewel or JEWEL'],
  [
    "neuroprobe grep gpt2-corpus.profile --token --regex '^ ?[A-Z]+$' --side top",
    'that fire on a word in capitals',
  ],
  [
    "neuroprobe grep gpt2-corpus.profile 'to be' --format json | jq -r '.[].name' | sort -u",
    'the names of the neurons',
  ],
] as const;

const FORMATS = ['text', 'json'] as const;

/** Lines that no --limit was given for. */
const TEXT_LINES = 50;
/** Hits printed at a time. */
const CHUNK = 1000;

interface GrepOptions {
  regex?: true;
  token?: true;
  side?: Side;
  ignoreCase?: true;
  caseSensitive?: true;
  limit?: number;
  format: (typeof FORMATS)[number];
  color: boolean;
  debug?: true;
}

/** `grep`: the neurons whose examples have a text. */
export function grepCommand(): Command {
  const command = new Command('grep')
    .summary('find neurons by the text of their examples')
    .description(
      'Prints the examples of a profile whose text has a pattern, in the order of the model: neuron, side and rank, activation, context with the firing token marked. The text is what the tokens of the context spell. Small letters in the pattern match any case; a capital makes it match exactly. That nothing is found is no error (exit code 0).',
    )
    .argument('<profile>', 'a directory that profile, topk or merge wrote')
    .argument('<text>', 'what to look for');
  for (const option of grepOptions()) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(grep);
}

function grepOptions(): Option[] {
  return [
    new Option('--regex', 'take the text for a regular expression of JavaScript (Unicode)'),
    new Option('--token', 'look only at the firing token, not at what stands around it'),
    new Option('--side <SIDE>', `only examples of one side: ${SIDES.join(', ')} (default: all)`).argParser(
      choiceOption('--side', SIDES),
    ),
    new Option('-i, --ignore-case', 'match any case, whatever the pattern'),
    new Option('-s, --case-sensitive', 'match the case of the pattern, whatever it is').conflicts(
      'ignoreCase',
    ),
    new Option('--limit <N>', `at most N examples (default: all; as text ${TEXT_LINES})`).argParser(
      countOption('--limit', { least: 1 }),
    ),
    new Option('--format <FORMAT>', `${FORMATS.join(', ')}; json has the whole text, and where the match is`)
      .argParser(choiceOption('--format', FORMATS))
      .default('text'),
    ...commonOptions(),
  ];
}

async function grep(directory: string, text: string, options: GrepOptions): Promise<void> {
  if (text === '') throw usageError('the text', 'there is nothing to look for', 'give some text');
  if (options.regex) patternOption('--regex', "'\\bking'")(text);
  const [{ openProfile }, { grepExamples }, { hitJson }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../query/grep-examples.js'),
    import('../query/hit-text.js'),
  ]);
  const profile = await openProfile(directory);
  const coverage: Coverage = { examples: 0, neurons: 0, hits: 0, hitNeurons: 0 };
  const request = {
    text,
    regex: options.regex ?? false,
    letters: options.ignoreCase ? 'any' : options.caseSensitive ? 'exact' : 'smart',
    token: options.token ?? false,
    side: options.side ?? null,
  } as const;
  const isText = options.format === 'text';
  const limit = options.limit ?? (isText ? TEXT_LINES : Infinity);
  const render = isText
    ? await lineRenderer(profile, options.color)
    : (hit: Hit) => `  ${JSON.stringify(hitJson(hit))}`;

  let given = 0;
  let lines: string[] = [];
  // Opened late, so that nothing is printed of what is refused.
  let opening = isText ? '' : '[\n';
  const flush = async (end: string) => {
    if (lines.length === 0) return;
    await print(opening + lines.join(isText ? '\n' : ',\n') + end);
    opening = '';
    lines = [];
  };
  for (const hit of grepExamples(profile, request, coverage)) {
    if (given === limit) continue; // all are counted
    if (lines.length === CHUNK) await flush(isText ? '' : ',');
    lines.push(render(hit));
    given++;
  }
  await flush('');
  if (!isText) await print(opening === '' ? ']' : '[]');
  process.stderr.write(`neuroprobe: ${outcome(coverage, given)}\n`);
}

async function lineRenderer(profile: OpenProfile, color: boolean): Promise<(hit: Hit) => string> {
  const [{ schemeOfProfile }, { hitLine }] = await Promise.all([
    import('../query/grep-examples.js'),
    import('../query/hit-text.js'),
  ]);
  const { sites } = profile.manifest.model;
  const names = sites.map(
    ({ group, layer, d_mlp }) => formatNeuron({ group, layer, neuron: d_mlp - 1 }).length,
  );
  const look = {
    ...lookOfStdout(color),
    scheme: profile.has('examples') ? schemeOfProfile(profile) : ('words' as const),
    nameWidth: Math.max(...names),
  };
  return (hit) => hitLine(hit, look);
}

function outcome({ examples: looked, neurons, hits, hitNeurons }: Coverage, given: number): string {
  const of = `${counted(looked, 'example')} of ${counted(neurons, 'neuron')}`;
  if (hits === 0) return `nothing matches; ${of} were looked through`;
  const all = `${counted(hits, 'example')} of ${counted(hitNeurons, 'neuron')} ${hits === 1 ? 'matches' : 'match'}, among ${of}`;
  return given === hits ? all : `${all}; the first ${grouped(given)} are given (--limit)`;
}
