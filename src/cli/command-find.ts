import { Command, Option } from 'commander';
import { EXPLAINED_NEURON_COLUMNS } from '../profile/explained-columns.js';
import { OWN_COLUMNS, QUERY_COLUMNS, type QueryColumn } from '../query/neuron-columns.js';
import { counted, grouped } from '../report/numbers.js';
import { wrap } from '../report/text-table.js';
import { examples } from './help-text.js';
import { choiceOption } from './option-choice.js';
import { countOption } from './option-count.js';
import { expressionsOption } from './option-expression.js';
import { print, printBytes } from './print.js';
import { commonOptions } from './profiling-options.js';
import { lookOfStdout } from './terminal.js';
import { usageError } from '../core/usage-error.js';

const EXAMPLES = [
  [
    "neuroprobe find gpt2-corpus.profile 'layer = 3 and kurtosis > 20 and not dead' --sort -max --limit 20",
    'the twenty of layer 3 that fire highest',
  ],
  [
    "neuroprobe find gpt2-corpus.profile 'max / std > 10 and active_rate < 1%' --format csv > rare.csv",
    'figures may be computed; all columns, for a spreadsheet',
  ],
  [
    'neuroprobe find t5-corpus.profile "group = \'encoder\' and skewness is null"',
    'texts stand in quotes; null is asked for by is null',
  ],
] as const;

const FORMATS = ['table', 'json', 'csv', 'arrow'] as const;
type Format = (typeof FORMATS)[number];

/** Columns of help text. */
const HELP_WIDTH = 80;

/** Rows of a table that no --limit was given for: more are no table to look at. */
const TABLE_ROWS = 50;

const GRAMMAR = [
  'An expression compares columns by = != < <= > >=, is null, is not null, in (0, 3, 5); and, or, not and parentheses join comparisons. Numbers are 20, 0.5, 1e-3, 1%; arithmetic is + - * / and abs().',
  'A comparison with a null is false, so "not kurtosis > 20" holds where there is no kurtosis; what cannot be computed, such as a division by 0, is null. Sorting puts nulls last and leaves equals in the order of the model. That nothing is found is no error (exit code 0).',
];

interface FindOptions {
  sort: string[];
  columns?: string[];
  limit?: number;
  format: Format;
  color: boolean;
  debug?: true;
}

/** `find`: the neurons whose figures meet a condition. */
export function findCommand(): Command {
  const command = new Command('find')
    .summary('find neurons by their figures')
    .description(
      'Finds the neurons of a profile that meet a condition over their figures, and prints them as a table, JSON, CSV or Arrow.',
    )
    .argument('<profile>', 'a directory that profile, stats or merge wrote')
    .argument('[expression]', "a condition, such as 'kurtosis > 20 and not dead' (default: every neuron)");
  for (const option of findOptions()) command.addOption(option);
  return command
    .addHelpText('after', () => `\n${grammar()}\n\n${columnList()}\n${examples(EXAMPLES)}`)
    .action(find);
}

function findOptions(): Option[] {
  return [
    new Option(
      '--sort <KEYS>',
      'columns or expressions to sort by, the first weighs most; with - before it from the largest down, such as -max,layer',
    )
      .argParser(expressionsOption('--sort'))
      .default([], 'the order of the model'),
    new Option(
      '--columns <LIST>',
      'columns or expressions to print, such as name,kurtosis,max/std (default: in a table those that are asked about and what fits, else those of neurons.arrow)',
    ).argParser(expressionsOption('--columns')),
    new Option('--limit <N>', `at most N neurons (default: all; in a table ${TABLE_ROWS})`).argParser(
      countOption('--limit', { least: 1 }),
    ),
    new Option('--format <FORMAT>', `${FORMATS.join(', ')}; arrow is an Arrow IPC file`)
      .argParser(choiceOption('--format', FORMATS))
      .default('table'),
    ...commonOptions(),
  ];
}

async function find(directory: string, expression: string | undefined, options: FindOptions): Promise<void> {
  const { format, sort } = options;
  if (format === 'arrow') refuseTerminal();
  const [{ openProfile }, { findNeurons }, { foundTable, usualColumns }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../query/find-neurons.js'),
    import('../query/found-table.js'),
  ]);
  const where = expression ?? null;
  const found = findNeurons(await openProfile(directory), {
    where,
    sort,
    columns: options.columns ?? (format === 'table' ? usualColumns(where, sort) : OWN_COLUMNS),
    limit: options.limit ?? (format === 'table' ? TABLE_ROWS : null),
  });
  const look = { ...lookOfStdout(options.color), mayCut: options.columns === undefined };
  switch (format) {
    case 'table':
      if (found.rows.length > 0) await print(foundTable(found, look));
      break;
    case 'json':
      await print((await import('../query/found-json.js')).foundJson(found));
      break;
    case 'csv':
      await print((await import('../query/found-csv.js')).foundCsv(found));
      break;
    case 'arrow':
      await printBytes((await import('../query/found-arrow.js')).foundArrow(found));
  }
  process.stderr.write(`neuroprobe: ${outcome(found)}\n`);
}

function outcome({ matched, of, rows }: { matched: number; of: number; rows: unknown[] }): string {
  const looked = counted(of, 'neuron');
  if (matched === 0) return `no neuron matches; ${looked} were looked at`;
  const all = `${grouped(matched)} of ${looked} ${matched === 1 ? 'matches' : 'match'}`;
  return rows.length === matched ? all : `${all}; the first ${grouped(rows.length)} are given (--limit)`;
}

function refuseTerminal(): void {
  if (!process.stdout.isTTY) return;
  throw usageError('--format arrow', 'a terminal cannot show Arrow', 'send it to a file: > found.arrow');
}

function grammar(): string {
  return GRAMMAR.flatMap((paragraph) => wrap(paragraph, HELP_WIDTH)).join('\n');
}

/** The columns by where they come from. */
function columnList(): string {
  const columns = [...QUERY_COLUMNS.values()];
  const namesOf = (isWanted: (column: QueryColumn) => boolean) =>
    columns.filter(isWanted).map(({ name }) => name);
  const isExplained = (name: string) => name in EXPLAINED_NEURON_COLUMNS;
  const ofTable = (table: string) => namesOf(({ of }) => 'table' in of && of.table === table);
  const lists = [
    ['of the neuron', ofTable('neurons').filter((name) => !isExplained(name))],
    ['of the neuron, with --explain', ofTable('neurons').filter(isExplained)],
    ['of its layer', ofTable('layers')],
    ['computed', namesOf(({ of }) => 'computed' in of)],
  ] as const;
  return [
    'Columns:',
    ...lists.flatMap(([title, names]) => wrap(`${title}: ${names.join(', ')}`, HELP_WIDTH, '  ')),
  ].join('\n');
}
