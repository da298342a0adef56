import { textOption } from './option-text.js';
import { usageError } from '../core/usage-error.js';

/** Parser of an option that names a field of labels, and may be given several times, each time with another field. */
export function fieldOption(flag: string): (text: string, before: string[] | undefined) => string[] {
  return (text, before) => {
    const field = textOption(flag, 'the name of a field')(text);
    if (before?.includes(field) === true)
      throw usageError(flag, `the field "${field}" is named twice`, 'name each field once');
    return [...(before ?? []), field];
  };
}
