import { LEAST_ROWS, MOST_ROWS } from '../analyse/permutations/shuffles.js';
import { LEXICAL_FIELD } from '../core/lexical-field.js';
import { usageError } from '../core/usage-error.js';
import type { ProfileRequest } from './types.js';

/** @throws UserError (2) for what a command keeps nothing of, or what contradicts something else that is asked for */
export function requireKept(request: ProfileRequest): void {
  const { command, samples } = request;
  if (command === 'stats' && samples.random + samples.bands > 0)
    throw usageError('--examples', 'stats keeps no examples', 'leave it out, or run profile or topk');
  if (command === 'topk') requireNoFigures(request);
  requireLabelsFit(request);
  if (request.shard !== null && !request.html)
    throw usageError('--no-html', 'a share of the corpus has no report.html', 'give it to merge');
}

/** `topk` keeps no figures. */
function requireNoFigures(request: ProfileRequest): void {
  const { labelFields, spanFields, lexical, explain, samples, gateCases } = request;
  const asked: [flag: string, is: boolean, why?: string][] = [
    ['--label-field', labelFields.length > 0],
    ['--span-field', spanFields.length > 0],
    ['--lexical', lexical],
    ['--explain', explain.length > 0],
    ['--examples match', (samples.match ?? 0) > 0, ', and diff --match compares those'],
    ['--gate-cases', gateCases],
  ];
  for (const [flag, is, why = ''] of asked) {
    if (is) throw usageError(flag, `topk keeps no figures${why}`, 'leave it out, or run profile or stats');
  }
}

function requireLabelsFit({ labelFields, spanFields, permutations }: ProfileRequest): void {
  if (
    permutations !== 0 &&
    !(Number.isInteger(permutations) && permutations >= LEAST_ROWS && permutations <= MOST_ROWS)
  ) {
    const why = `${permutations} is no number of documents from ${LEAST_ROWS} to ${MOST_ROWS}`;
    throw usageError('--permutations', why, 'give such a number, or 0 for none');
  }
  if (permutations > 0 && labelFields.length === 0) {
    const why = 'there are no labels of documents to permute';
    throw usageError('--permutations', why, 'name their field with --label-field, or leave it out');
  }
  requireOnce(labelFields, '--label-field');
  requireOnce(spanFields, '--span-field');
  if (spanFields.includes(LEXICAL_FIELD)) {
    const why = `"${LEXICAL_FIELD}" is the name of the labels that --lexical makes`;
    throw usageError('--span-field', why, 'give the field of your records another name');
  }
  const twice = spanFields.find((field) => labelFields.includes(field));
  if (twice !== undefined) {
    const why = `the field "${twice}" has either labels of documents or spans`;
    throw usageError('--span-field, --label-field', why, 'name it with one of them');
  }
}

function requireOnce(fields: readonly string[], flag: string): void {
  const twice = fields.find((field, i) => fields.indexOf(field) < i);
  if (twice !== undefined)
    throw usageError(flag, `the field "${twice}" is named twice`, 'name each field once');
}
