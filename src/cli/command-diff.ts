import { Command, Option } from 'commander';
import type { ProfileDiff } from '../analyse/diff/diff-profiles.js';
import { parseGate, requireLayers, type Gate } from '../analyse/diff/gate-grammar.js';
import type { JudgedGate } from '../analyse/diff/judge-gates.js';
import { Exit, UserError } from '../core/errors.js';
import { gateWords } from '../report/diff/gate-words.js';
import { examples } from './help-text.js';
import { countOption } from './option-count.js';
import { textOption } from './option-text.js';
import { print, printJson } from './print.js';
import { commonOptions } from './profiling-options.js';
import { openRowFile } from './row-file.js';
import { lookOfStdout } from './terminal.js';

const EXAMPLES = [
  ['neuroprobe diff old.profile new.profile', 'what the new checkpoint changed'],
  [
    "neuroprobe diff old.profile new.profile --fail-if 'dead > +1%' --fail-if 'js.p99 > 0.05'",
    'for CI: ends with 4 where more than 1 % of all neurons died on balance, or the distributions moved',
  ],
  [
    'neuroprobe diff old.profile permuted.profile --match',
    'of a model whose neurons stand in another order; both profiled with --examples match',
  ],
  [
    'neuroprobe diff old.profile new.profile -o diff.arrow --markdown diff.md --junit diff.xml',
    'a row a neuron, and summaries for a pull request and a test report',
  ],
] as const;

const GATES = `
Gates: [SCOPE:] QUANTITY OP BOUND; the gate fails where that holds.
  scope     all neurons together (default); layer: each by itself; or one: L3
  quantity  dead, broken (neurons, after); died, revived, broke, mended (neurons);
            active (mean share of active tokens, after);
            js, w1, w1_sigma, shift, jaccard, rbo with .mean .median .min .max .p99
  op        >  >=  <  <=
  bound     5; 1% of the neurons; +5, -5, +1% since before; x1.01 times before
All of it is defined in docs/diff.md.
`;

/** Columns that tables are made for. */
const WIDEST = 80;

interface DiffOptions {
  failIf?: Gate[];
  output?: string;
  force?: true;
  markdown?: string;
  junit?: string;
  top: number;
  allowDifferent?: true;
  match?: true;
  json?: true;
  color: boolean;
}

/** `diff`: what a new checkpoint changed, and whether that is allowed. */
export function diffCommand(): Command {
  const command = new Command('diff')
    .summary('compare two profiles of one corpus, neuron by neuron')
    .description(
      'Compares the profiles of two checkpoints on the same corpus: how far the distribution of every neuron moved, which died or came alive, whether the same inputs still make it fire. Gates turn that into an exit code.',
    )
    .argument('<before>', 'a directory that profile or stats wrote')
    .argument('<after>', 'another, of the same corpus, tokenizer and settings');
  for (const option of diffOptions()) command.addOption(option);
  return command.addHelpText('after', GATES + examples(EXAMPLES)).action(diff);
}

function diffOptions(): Option[] {
  return [
    new Option(
      '--fail-if <GATE>',
      'end with exit code 4 where this holds, such as "dead > +1%"; may be given several times',
    ).argParser((text: string, before: Gate[] | undefined) => [...(before ?? []), parseGate(text)]),
    new Option(
      '-o, --output <FILE>',
      'write an Arrow file, a row a neuron; of a folder that is there, diff.arrow in it',
    ).argParser(textOption('--output', 'a file name, such as diff.arrow')),
    new Option('--force', 'replace that file'),
    new Option('--markdown <FILE>', 'write the report as Markdown, replacing the file').argParser(
      textOption('--markdown', 'a file name, such as diff.md'),
    ),
    new Option('--junit <FILE>', 'write the gates as JUnit XML, replacing the file').argParser(
      textOption('--junit', 'a file name, such as diff.xml'),
    ),
    new Option('-k, --top <N>', 'how many of the neurons that moved most are shown')
      .argParser(countOption('--top', { least: 0, most: 10_000 }))
      .default(12),
    new Option(
      '--allow-different',
      'compare profiles of different corpora, tokenizers or settings too; the report says what differs',
    ),
    new Option(
      '--match',
      'compare each neuron with the one whose activations correlate most with its own: for models whose neurons stand in another order; profiles made with --examples match',
    ),
    new Option('--json', 'print one JSON object'),
    ...commonOptions(),
  ];
}

async function diff(before: string, after: string, options: DiffOptions): Promise<void> {
  const gates = options.failIf ?? [];
  const [{ openProfile }, { diffProfiles }, { judgeGates }, tables] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../analyse/diff/diff-profiles.js'),
    import('../analyse/diff/judge-gates.js'),
    import('../analyse/diff/diff-table.js'),
  ]);
  const [a, b] = [
    { folder: before, profile: await openProfile(before) },
    { folder: after, profile: await openProfile(after) },
  ];
  requireLayers(gates, a.profile.manifest.model.sites);
  const groups = [...new Set(a.profile.manifest.model.sites.map(({ group }) => group))];
  const file =
    options.match === true
      ? await openRowFile(options, tables.matchedDiffTable(groups))
      : await openRowFile(options, tables.diffTable(groups));
  const { allowDifferent = false, match = false, top: moved } = options;
  const choices = { allowDifferent, match, moved };
  try {
    const found = await diffProfiles(a, b, choices, (neuron) => file?.add(neuron));
    await file?.finish();
    const judged = judgeGates(gates, found);
    await writeReports(found, judged, options);
    if (judged.some(({ failed }) => failed)) throw gateError(judged);
  } catch (error) {
    await file?.abandon();
    throw error;
  }
}

async function writeReports(
  found: ProfileDiff,
  judged: readonly JudgedGate[],
  { markdown, junit, json, color }: DiffOptions,
): Promise<void> {
  const { replaceFile } = await import('../profile/write/replace-file.js');
  if (markdown !== undefined) {
    const { renderMarkdown } = await import('../report/diff/markdown.js');
    await replaceFile(markdown, [Buffer.from(renderMarkdown(found, judged))]);
  }
  if (junit !== undefined) {
    const { renderJunit } = await import('../report/diff/junit.js');
    await replaceFile(junit, [Buffer.from(renderJunit(found, judged))]);
  }
  if (json) {
    const { diffJson } = await import('../report/diff/json.js');
    return printJson(diffJson(found, judged));
  }
  const { renderDiff } = await import('../report/diff/text.js');
  const look = lookOfStdout(color);
  await print(renderDiff(found, judged, { ...look, width: Math.min(look.width, WIDEST) }));
}

/** What a CI's log ends with (exit 4). */
function gateError(judged: readonly JudgedGate[]): UserError {
  const failed = judged.filter((gate) => gate.failed);
  return new UserError({
    what: `${failed.length} of ${judged.length} gate${judged.length === 1 ? '' : 's'} failed`,
    where: failed.map((gate) => `${gate.gate.text}, which found ${gateWords(gate)}`).join(' | '),
    todo: 'see what moved in the report above, or loosen the gate',
    exit: Exit.GATE,
  });
}
