import { EXPLAIN_KINDS, type ExplainKind } from '../accumulate/explain-kinds.js';
import { usageError } from '../core/usage-error.js';

/** Parser of `--explain`: kinds joined by commas. */
export function explainOption(text: string): readonly ExplainKind[] {
  const named = text.split(',').map((part) => part.trim().toLowerCase());
  const strange = named.find((name) => !(EXPLAIN_KINDS as readonly string[]).includes(name));
  if (strange !== undefined) {
    throw usageError(
      '--explain',
      `"${strange}" is nothing that activations can be explained by`,
      `give some of ${EXPLAIN_KINDS.join(',')}`,
    );
  }
  return named as ExplainKind[];
}
