/** Part of an expression's text, in UTF-16 units; `end` exclusive. */
export interface Span {
  start: number;
  end: number;
}

export type Arithmetic = '+' | '-' | '*' | '/';
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** An expression as it was written, before anything is known of its columns. */
export type Expression = Span &
  (
    | { kind: 'number'; value: number }
    | { kind: 'text'; value: string }
    | { kind: 'truth'; value: boolean }
    | { kind: 'column'; name: string }
    | { kind: 'negate' | 'abs' | 'not'; operand: Expression }
    | { kind: 'arithmetic'; operator: Arithmetic; left: Expression; right: Expression }
    | { kind: 'comparison'; operator: Comparison; left: Expression; right: Expression }
    | { kind: 'and' | 'or'; left: Expression; right: Expression }
    | { kind: 'is null'; operand: Expression; negated: boolean }
    | { kind: 'in'; operand: Expression; list: Expression[]; negated: boolean }
  );

/** The expressions that one is made of, from the left. */
export function partsOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'text':
    case 'truth':
    case 'column':
      return [];
    case 'negate':
    case 'abs':
    case 'not':
    case 'is null':
      return [expression.operand];
    case 'arithmetic':
    case 'comparison':
    case 'and':
    case 'or':
      return [expression.left, expression.right];
    case 'in':
      return [expression.operand, ...expression.list];
  }
}

/** Every column that it names, in the order they are written, as often as they are. */
export function columnsOf(expression: Expression): string[] {
  return expression.kind === 'column' ? [expression.name] : partsOf(expression).flatMap(columnsOf);
}
