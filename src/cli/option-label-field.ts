import { textOption } from './option-text.js';
import { usageError } from './usage-error.js';

/** Parser of `--label-field`, which may be given several times, each time with another field. */
export function labelFieldOption(text: string, before: string[] | undefined): string[] {
  const field = textOption('--label-field', 'the name of a field')(text);
  if (before?.includes(field) === true)
    throw usageError('--label-field', `the field "${field}" is named twice`, 'name each field once');
  return [...(before ?? []), field];
}
