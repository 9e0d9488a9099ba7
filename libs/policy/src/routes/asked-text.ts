import type { DialectProblem } from '../matching/regex-dialect.js';
import type { StepBudget } from '../matching/value-pattern.js';
import { compilePattern } from '../matching/value-pattern.js';

/** A segment of a path, a label of a host, a service or a method, for examples. A route that has it in a match is not taken as literal. */
export const unlikely = 'any-name-that-no-route-has';

/** What a match asks of one text of a request: its path, or a value of a header or a parameter. */
export interface AskedText {
  readonly matches: (text: string, steps: StepBudget) => boolean | 'undecided';
  /** A text that matches and that a request may have. Undefined where none could be made up. */
  readonly example: string | undefined;
  /** Neither a regular expression nor a name made up for examples: it takes an example only with all that is like it. */
  readonly literal: boolean;
  /** Of a regular expression. */
  readonly problem?: DialectProblem;
  /** Where it is false, no path matches. */
  readonly mayMatchPath: boolean;
}

/** `possible` says which texts surely come in a request. */
export function askedText(
  type: 'Exact' | 'RegularExpression',
  value: string,
  possible: (text: string) => boolean,
): AskedText {
  return type === 'Exact' ? exactText(value, possible) : patternText(value, possible);
}

function exactText(value: string, possible: (text: string) => boolean): AskedText {
  return {
    matches: (text) => text === value,
    example: possible(value) ? value : undefined,
    literal: isLiteral(value),
    mayMatchPath: true,
  };
}

export function isLiteral(text: string): boolean {
  return !text.includes(unlikely);
}

function patternText(value: string, possible: (text: string) => boolean): AskedText {
  const pattern = compilePattern(value);
  if (pattern.kind !== 'regex')
    return {
      // a route with an invalid pattern is dropped before anything is matched
      matches: () => 'undecided',
      example: undefined,
      literal: false,
      problem: pattern,
      mayMatchPath: true,
    };
  return {
    matches: (text, steps) => pattern.matches(text, steps) ?? 'undecided',
    example: pattern.exampleOf(possible),
    literal: false,
    mayMatchPath: pattern.mayMatchPath,
  };
}
