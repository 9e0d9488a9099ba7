import { RE2JS } from 're2js';
import type { DialectProblem } from './regex-dialect.js';
import { checkDialect } from './regex-dialect.js';

/** A regular expression that decides about whole values, in time linear in their length. */
export type ValuePattern =
  /** `matches` is undefined where it cannot be told of this value. */
  { readonly kind: 'regex'; matches(value: string): boolean | undefined } | DialectProblem;

/**
 * The leftmost-first match that a search finds must span the whole value, so `/a|/ab` does not match `/ab`. Bounded in time and memory.
 * Source: linkerd2-proxy linkerd/http/route/src/http/match/path.rs (read at 29637b6).
 */
export function compilePattern(text: string): ValuePattern {
  const problem = checkDialect(text);
  if (problem !== undefined) return problem;
  const regex = compile(text);
  if (regex === undefined)
    return { kind: 'undecided', reason: 'repetitions within repetitions, too many together' };
  const longestValue = mostSteps / regex.programSize();
  return {
    kind: 'regex',
    matches(value) {
      if (value.length > longestValue || !decidable.test(value)) return undefined;
      const matcher = regex.matcher(value);
      return matcher.find() && matcher.start() === 0 && matcher.end() === value.length;
    },
  };
}

/** Undefined where RE2 refuses what the dialect lets through: names of groups given twice, and nested repetitions of many times together. */
function compile(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text);
  } catch {
    return undefined;
  }
}

/**
 * A match takes at most as many steps as the pattern has instructions, for each character. This many take some tenths of a second at
 * worst, and leave common patterns, of some 50 instructions, values of 80 KiB, more than a proxy takes in all headers together.
 */
const mostSteps = 4_000_000;

/** Beyond ASCII, classes and case are those of Unicode to Rust only; the vertical tab is white space to Rust only. */
const decidable = /^[\t\n\r -~]*$/;
