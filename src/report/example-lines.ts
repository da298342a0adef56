import { grouped, figure } from './numbers.js';
import { markedContext } from './marked-context.js';
import type { Paint } from './paint.js';
import { padEnd, padStart, textWidth } from './text-width.js';
import { schemeOf, type TokenScheme } from './token-text.js';
import type { ExampleRow } from './view.js';

export interface ExampleLook {
  paint: Paint;
  /** Columns a line may take. */
  width: number;
  indent: string;
  scheme: TokenScheme;
}

/** Examples a line each: activation, document and position, context with the firing token marked. */
export function exampleLines(
  examples: readonly ExampleRow[],
  { paint, width, indent, scheme }: ExampleLook,
): string[] {
  const values = examples.map(({ value }) => figure(value));
  const places = examples.map(({ document, position }) => `${grouped(document)}:${grouped(position)}`);
  const valueWidth = Math.max(...values.map(textWidth));
  const placeWidth = Math.max(...places.map(textWidth));
  const room = width - textWidth(indent) - valueWidth - placeWidth - 4;
  return examples.map((example, i) => {
    const context = {
      tokens: example.context_tokens,
      ids: example.context_ids,
      firing: example.position - example.context_start,
    };
    const place = paint.faint(padEnd(places[i]!, placeWidth));
    return `${indent}${padStart(values[i]!, valueWidth)}  ${place}  ${markedContext(context, scheme, paint, room)}`;
  });
}

/** The scheme of the vocabulary that these examples' tokens come from. */
export function schemeOfExamples(examples: Iterable<Pick<ExampleRow, 'context_tokens'>>): TokenScheme {
  const tokens: string[] = [];
  for (const { context_tokens } of examples) {
    for (const token of context_tokens ?? []) if (token !== null) tokens.push(token);
  }
  return schemeOf(tokens);
}
