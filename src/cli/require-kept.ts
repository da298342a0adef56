import { LEXICAL_FIELD } from '../core/lexical-field.js';
import type { Command as CommandName } from '../run/types.js';
import type { ProfilingOptions } from './profiling-options.js';
import { usageError } from './usage-error.js';

/** Options that a command keeps nothing for, or that contradict each other. @throws UserError (2) */
export function requireKept(command: CommandName, options: ProfilingOptions): void {
  const { random, bands } = options.examples;
  if (command === 'stats' && random + bands > 0)
    throw usageError('--examples', 'stats keeps no examples', 'leave it out, or run profile or topk');
  if (command === 'topk') requireNoFigures(options);
  requireLabelsFit(options);
}

/** `topk` keeps no figures. */
function requireNoFigures({
  labelField,
  spanField,
  lexical,
  explain,
  examples,
  gateCases,
}: ProfilingOptions): void {
  const asked: [flag: string, is: boolean, why?: string][] = [
    ['--label-field', labelField !== undefined],
    ['--span-field', spanField !== undefined],
    ['--lexical', lexical !== undefined],
    ['--explain', explain.length > 0],
    ['--examples match', (examples.match ?? 0) > 0, ', and diff --match compares those'],
    ['--gate-cases', gateCases !== undefined],
  ];
  for (const [flag, is, why = ''] of asked) {
    if (is) throw usageError(flag, `topk keeps no figures${why}`, 'leave it out, or run profile or stats');
  }
}

function requireLabelsFit({ labelField, spanField, permutations }: ProfilingOptions): void {
  if (permutations !== undefined && labelField === undefined) {
    const why = 'there are no labels of documents to permute';
    throw usageError('--permutations', why, 'name their field with --label-field, or leave it out');
  }
  if (spanField?.includes(LEXICAL_FIELD) === true) {
    const why = `"${LEXICAL_FIELD}" is the name of the labels that --lexical makes`;
    throw usageError('--span-field', why, 'give the field of your records another name');
  }
  const twice = spanField?.find((field) => labelField?.includes(field));
  if (twice !== undefined) {
    const why = `the field "${twice}" has either labels of documents or spans`;
    throw usageError('--span-field, --label-field', why, 'name it with one of them');
  }
}
