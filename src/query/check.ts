import { closestName } from '../core/closest-name.js';
import { partsOf, type Expression, type Span } from './expression.js';
import { expressionTrouble } from './expression-trouble.js';
import { QUERY_COLUMNS, valueTypeOf, type ValueType } from './neuron-columns.js';

const CALLED: Readonly<Record<ValueType, string>> = {
  number: 'a number',
  text: 'a text',
  truth: 'true or false',
};

/**
 * Sees that every column is there and every operator has what it works on.
 * @param text what the expression was parsed from
 * @returns what the expression is of
 * @throws UserError (exit 2) that points at what does not fit, and names the column that was likely meant
 */
export function check(expression: Expression, text: string): ValueType {
  const types = partsOf(expression).map((part) => check(part, text));
  const fail = (at: Span, what: string, todo: string) => expressionTrouble(text, at, what, todo);
  const want = (part: Expression, type: ValueType, by: string) => {
    const is = types[partsOf(expression).indexOf(part)]!;
    if (is !== type)
      throw fail(part, `${by} needs ${CALLED[type]}, and this is ${CALLED[is]}`, hint(type, is));
  };
  switch (expression.kind) {
    case 'number':
    case 'text':
    case 'truth':
      return expression.kind;
    case 'column': {
      const column = QUERY_COLUMNS.get(expression.name);
      if (column !== undefined) return valueTypeOf(column);
      throw fail(expression, `there is no column "${expression.name}"`, meant(expression.name));
    }
    case 'negate':
    case 'abs':
      want(expression.operand, 'number', expression.kind === 'abs' ? 'abs' : '-');
      return 'number';
    case 'not':
      want(expression.operand, 'truth', 'not');
      return 'truth';
    case 'arithmetic':
      for (const part of [expression.left, expression.right]) want(part, 'number', expression.operator);
      return 'number';
    case 'and':
    case 'or':
      for (const part of [expression.left, expression.right]) want(part, 'truth', expression.kind);
      return 'truth';
    case 'comparison': {
      const [left] = types;
      want(expression.right, left!, `${expression.operator} after ${CALLED[left!]}`);
      if (left !== 'number' && expression.operator !== '=' && expression.operator !== '!=')
        throw fail(expression, `${expression.operator} compares numbers`, 'compare texts by = or !=');
      return 'truth';
    }
    case 'is null':
      return 'truth';
    case 'in':
      for (const part of expression.list) want(part, types[0]!, `in after ${CALLED[types[0]!]}`);
      return 'truth';
  }
}

function hint(wanted: ValueType, is: ValueType): string {
  if (wanted === 'truth') return 'compare it with something: kurtosis > 20';
  if (wanted === 'text') return "write texts in quotes: group = 'encoder'";
  return is === 'text' ? 'write numbers without quotes' : 'put conditions together by and, or, not';
}

/** What to do about a name that no column has. */
function meant(name: string): string {
  const close = closestName(QUERY_COLUMNS.keys(), name);
  const all = 'neuroprobe find --help lists all of them';
  if (close !== null) return `did you mean ${close}? (${all})`;
  return `${all}; texts stand in quotes`;
}
