import type { Comparison, Expression } from './expression.js';

/** A value of a row: 64-bit integers beyond 2^53 are bigints, all others numbers. */
export type Value = number | bigint | string | boolean | null;
export type ValueOfRow = (row: number) => Value;

/**
 * An expression as a function of a row. What is undefined is null: arithmetic with a null, a division by
 * zero, a sum that overflows. A comparison with null is false, also by `!=`; `is null` asks for it.
 * @param valuesOf the values of a column, by its name
 */
export function evaluate(expression: Expression, valuesOf: (column: string) => ValueOfRow): ValueOfRow {
  const of = (part: Expression) => evaluate(part, valuesOf);
  switch (expression.kind) {
    case 'number':
    case 'text':
    case 'truth': {
      const { value } = expression;
      return () => value;
    }
    case 'column':
      return valuesOf(expression.name);
    case 'negate':
      return mapped(of(expression.operand), (x) => -x);
    case 'abs':
      return mapped(of(expression.operand), Math.abs);
    case 'not': {
      const operand = of(expression.operand);
      return (row) => operand(row) !== true;
    }
    case 'and': {
      const [left, right] = [of(expression.left), of(expression.right)];
      return (row) => left(row) === true && right(row) === true;
    }
    case 'or': {
      const [left, right] = [of(expression.left), of(expression.right)];
      return (row) => left(row) === true || right(row) === true;
    }
    case 'arithmetic': {
      const [left, right] = [of(expression.left), of(expression.right)];
      const compute = ARITHMETIC[expression.operator];
      return (row) => {
        const [a, b] = [left(row), right(row)];
        return a === null || b === null ? null : finite(compute(Number(a), Number(b)));
      };
    }
    case 'comparison': {
      const [left, right] = [of(expression.left), of(expression.right)];
      const compare = COMPARE[expression.operator];
      return (row) => {
        const [a, b] = [left(row), right(row)];
        return a !== null && b !== null && compare(a, b);
      };
    }
    case 'is null': {
      const operand = of(expression.operand);
      const { negated } = expression;
      return (row) => (operand(row) === null) !== negated;
    }
    case 'in': {
      const [operand, list] = [of(expression.operand), expression.list.map(of)];
      const { negated } = expression;
      return (row) => {
        const a = operand(row);
        if (a === null) return false;
        return list.some((item) => isEqual(a, item(row))) !== negated;
      };
    }
  }
}

const ARITHMETIC = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
} as const;

type Known = NonNullable<Value>;

// JavaScript compares a number with a bigint by what they are worth, without rounding either.
const COMPARE: Readonly<Record<Comparison, (a: Known, b: Known) => boolean>> = {
  '=': isEqual,
  '!=': (a, b) => !isEqual(a, b),
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function isEqual(a: Known, b: Value): boolean {
  if (b === null) return false;
  return typeof a === typeof b ? a === b : !(a < b) && !(a > b);
}

function mapped(operand: ValueOfRow, map: (x: number) => number): ValueOfRow {
  return (row) => {
    const value = operand(row);
    return value === null ? null : finite(map(Number(value)));
  };
}

function finite(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
