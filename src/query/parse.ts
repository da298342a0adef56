import type { Arithmetic, Comparison, Expression } from './expression.js';
import { expressionTrouble } from './expression-trouble.js';
import { scan, type Word } from './scan.js';

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='];
/** Words that are no columns, in any case. */
const RESERVED = ['and', 'or', 'not', 'is', 'in', 'null', 'true', 'false'];
/** Deeper nesting is no expression that somebody wrote, and would fill the stack. */
const DEEPEST = 200;

/**
 * Reads an expression. From the loosest to the tightest:
 *
 * | level      | is                                                              |
 * |------------|-----------------------------------------------------------------|
 * | or         | and (`or` and)*                                                 |
 * | and        | not (`and` not)*                                                |
 * | not        | `not`* comparison                                               |
 * | comparison | sum [= != < <= > >= sum, `is` [`not`] `null`, [`not`] `in` (…)] |
 * | sum        | product ((+ or -) product)*                                     |
 * | product    | sign ((* or /) sign)*                                           |
 * | sign       | (- or +)* atom                                                  |
 * | atom       | number, text, `true`, `false`, column, `abs`(or), (or)          |
 *
 * @throws UserError (exit 2) that points at what does not fit
 */
export function parse(text: string): Expression {
  return new Parser(text).whole();
}

class Parser {
  private readonly text: string;
  private readonly words: readonly Word[];
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.words = scan(text);
  }

  whole(): Expression {
    if (this.peek().kind === 'end')
      throw this.trouble(this.peek(), 'the expression is empty', "write one such as 'kurtosis > 20'");
    const expression = this.or();
    if (this.peek().kind !== 'end') throw this.unexpected('the expression should end, or go on with and, or');
    return expression;
  }

  private or(): Expression {
    let left = this.and();
    while (this.takeWord('or')) left = joined('or', left, this.and());
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.takeWord('and')) left = joined('and', left, this.not());
    return left;
  }

  private not(): Expression {
    const { start } = this.peek();
    if (!this.takeWord('not')) return this.comparison();
    const operand = this.nested(() => this.not());
    return { kind: 'not', operand, start, end: operand.end };
  }

  private comparison(): Expression {
    const left = this.sum();
    if (this.takeWord('is')) return this.isNull(left);
    if (this.takeWord('in')) return this.inList(left, false);
    if (this.isWord('not') && this.isWord('in', 1)) {
      this.at += 2;
      return this.inList(left, true);
    }
    const operator = this.takeSign(COMPARISONS) as Comparison | null;
    if (operator === null) return left;
    const right = this.sum();
    const { start } = left;
    if (this.isSign(COMPARISONS)) {
      throw this.trouble(this.peek(), 'a comparison cannot be compared', 'join two by and: 1 < x and x < 3');
    }
    return { kind: 'comparison', operator, left, right, start, end: right.end };
  }

  private isNull(operand: Expression): Expression {
    const negated = this.takeWord('not');
    const { end } = this.peek();
    if (!this.takeWord('null')) throw this.unexpected('after is comes null, or not null');
    return { kind: 'is null', operand, negated, start: operand.start, end };
  }

  private inList(operand: Expression, negated: boolean): Expression {
    if (!this.takeSign(['('])) throw this.unexpected('after in comes a list, such as (0, 3, 5)');
    const list = [this.sum()];
    while (this.takeSign([','])) list.push(this.sum());
    const end = this.close();
    return { kind: 'in', operand, list, negated, start: operand.start, end };
  }

  private sum(): Expression {
    let left = this.product();
    for (let operator; (operator = this.takeSign(['+', '-'])) !== null;)
      left = arithmetic(operator as Arithmetic, left, this.product());
    return left;
  }

  private product(): Expression {
    let left = this.signed();
    for (let operator; (operator = this.takeSign(['*', '/'])) !== null;)
      left = arithmetic(operator as Arithmetic, left, this.signed());
    return left;
  }

  private signed(): Expression {
    const { start } = this.peek();
    const sign = this.takeSign(['-', '+']);
    if (sign === null) return this.atom();
    const operand = this.nested(() => this.signed());
    return sign === '+' ? operand : { kind: 'negate', operand, start, end: operand.end };
  }

  private atom(): Expression {
    const next = this.peek();
    const { start, end } = next;
    if (this.takeSign(['('])) {
      const inner = this.nested(() => this.or());
      return { ...inner, start, end: this.close() };
    }
    if (next.kind === 'number' || next.kind === 'text') {
      this.at++;
      return next;
    }
    if (next.kind !== 'name') throw this.unexpected('a column or a number should stand here');
    const word = next.value.toLowerCase();
    if (word === 'true' || word === 'false') {
      this.at++;
      return { kind: 'truth', value: word === 'true', start, end };
    }
    if (word === 'null') {
      throw this.trouble(
        next,
        'null is not a value: nothing equals it',
        'ask for it with is null, is not null',
      );
    }
    if (RESERVED.includes(word)) throw this.unexpected('a column or a number should stand here');
    this.at++;
    if (!this.takeSign(['('])) return { kind: 'column', name: next.value, start, end };
    if (word !== 'abs')
      throw this.trouble(next, `there is no function ${next.value}`, 'abs is the only one there is');
    const operand = this.nested(() => this.or());
    return { kind: 'abs', operand, start, end: this.close() };
  }

  /** Takes the closing parenthesis, and says where it ends. */
  private close(): number {
    const { end } = this.peek();
    if (!this.takeSign([')'])) throw this.unexpected('a parenthesis is open; close it with )');
    return end;
  }

  private nested(parseInner: () => Expression): Expression {
    if (++this.depth > DEEPEST)
      throw this.trouble(this.peek(), `the expression is more than ${DEEPEST} deep`, 'write it flatter');
    const inner = parseInner();
    this.depth--;
    return inner;
  }

  private peek(): Word {
    return this.words[this.at]!;
  }

  private isWord(word: string, ahead = 0): boolean {
    const next = this.words[this.at + ahead];
    return next?.kind === 'name' && next.value.toLowerCase() === word;
  }

  private takeWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.at++;
    return found;
  }

  private isSign(signs: readonly string[]): boolean {
    const next = this.peek();
    return next.kind === 'sign' && signs.includes(next.value);
  }

  private takeSign(signs: readonly string[]): string | null {
    return this.isSign(signs) ? String(this.words[this.at++]!.value) : null;
  }

  private unexpected(todo: string): Error {
    const next = this.peek();
    const what =
      next.kind === 'end'
        ? 'the expression ends too soon'
        : `"${this.text.slice(next.start, next.end)}" does not fit here`;
    return this.trouble(next, what, todo);
  }

  private trouble(at: Word, what: string, todo: string): Error {
    return expressionTrouble(this.text, at, what, todo);
  }
}

function joined(kind: 'and' | 'or', left: Expression, right: Expression): Expression {
  return { kind, left, right, start: left.start, end: right.end };
}

function arithmetic(operator: Arithmetic, left: Expression, right: Expression): Expression {
  return { kind: 'arithmetic', operator, left, right, start: left.start, end: right.end };
}
