import { LEXICAL_FIELD } from '../core/lexical-field.js';
import type { Command as CommandName } from '../run/types.js';
import type { ProfilingOptions } from './profiling-options.js';
import { usageError } from './usage-error.js';

/** Options that a command keeps nothing for, or that contradict each other. @throws UserError (2) */
export function requireKept(command: CommandName, options: ProfilingOptions): void {
  const { random, bands, match = 0 } = options.examples;
  if (command === 'stats' && random + bands > 0)
    throw usageError('--examples', 'stats keeps no examples', 'leave it out, or run profile or topk');
  requireLabelsFit(command, options);
  if (command === 'topk' && options.explain.length > 0)
    throw usageError('--explain', 'topk keeps no figures', 'leave it out, or run profile or stats');
  if (command === 'topk' && match > 0)
    throw usageError(
      '--examples match',
      'topk keeps no figures, and diff --match compares those',
      'leave it out, or run profile or stats',
    );
  if (command === 'topk' && options.gateCases === true)
    throw usageError('--gate-cases', 'topk keeps no figures', 'leave it out, or run profile or stats');
}

function requireLabelsFit(command: CommandName, { labelField, spanField, lexical }: ProfilingOptions): void {
  const asked = { '--label-field': labelField, '--span-field': spanField, '--lexical': lexical };
  const flag = Object.keys(asked).find((each) => asked[each as keyof typeof asked] !== undefined);
  if (command === 'topk' && flag !== undefined)
    throw usageError(flag, 'topk keeps no figures', 'leave it out, or run profile or stats');
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
