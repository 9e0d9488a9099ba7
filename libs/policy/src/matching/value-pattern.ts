import { RE2JS } from 're2js';
import type { DialectProblem } from './regex-dialect.js';
import { readPattern } from './regex-dialect.js';

/** A regular expression that decides about whole values, in time linear in their length. */
export type ValuePattern =
  | {
      readonly kind: 'regex';
      /** A text that it surely matches; undefined where none could be made up. */
      readonly exampleOf: (possible: (text: string) => boolean) => string | undefined;
      /** Where it is false, it surely matches no path. */
      readonly mayMatchPath: boolean;
      /** Undefined where it cannot be told of this value, or not with the steps that are left. */
      readonly matches: (value: string, steps: StepBudget) => boolean | undefined;
    }
  | DialectProblem;

/** The steps that all patterns together may take for one request. Each value that is looked at takes some of them away. */
export interface StepBudget {
  left: number;
}

/**
 * A match takes at most as many steps as the pattern has instructions, for each character. This many take a tenth of a second. They
 * are enough for 200 patterns of 50 instructions, which is common, on a path of 400 characters, or for one on 80 KiB.
 */
export function stepBudget(): StepBudget {
  return { left: 4_000_000 };
}

/**
 * The leftmost-first match that a search finds must span the whole value, so `/a|/ab` does not match `/ab`. Each text is compiled once, as
 * long as it is kept. Bounded in memory, and in time by the budget.
 * Source: linkerd2-proxy linkerd/http/route/src/http/match/path.rs (read at 29637b6).
 */
export function compilePattern(text: string): ValuePattern {
  const known = kept.get(text);
  if (known !== undefined) return known.pattern;
  const read = readPattern(text);
  if (read.kind !== 'read') return read;
  const regex = compile(text);
  if (regex === undefined)
    return { kind: 'undecided', reason: 'repetitions within repetitions, too many together' };
  const size = regex.programSize();
  const matches = (value: string, steps: StepBudget): boolean | undefined => {
    const needed = value.length * size;
    if (needed > steps.left || !decidable.test(value)) return undefined;
    steps.left -= needed;
    const matcher = regex.matcher(value);
    return matcher.lookingAt() && matcher.end() === value.length;
  };
  const guesses = [read.example, `/${read.example}`, '/', '/a', '/1', 'a', '1', ''];
  const pattern: ValuePattern = {
    kind: 'regex',
    mayMatchPath: read.mayMatchPath,
    exampleOf: (possible) =>
      guesses.find((guess) => possible(guess) && matches(guess, stepBudget()) === true),
    matches,
  };
  keep(text, pattern, size);
  return pattern;
}

/** Undefined where RE2 refuses what the dialect lets through: names of groups given twice, and nested repetitions of many times together. */
function compile(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text);
  } catch {
    return undefined;
  }
}

/** Beyond ASCII, classes and case are those of Unicode to Rust only; the vertical tab is white space to Rust only. */
const decidable = /^[\t\n\r -~]*$/;

interface Kept {
  readonly pattern: ValuePattern;
  readonly size: number;
}

/** The oldest first. */
const kept = new Map<string, Kept>();
let keptInstructions = 0;

/** Instructions of all that is kept: some 4,000 patterns of 50, in some tens of MiB. */
const mostInstructions = 200_000;

function keep(text: string, pattern: ValuePattern, size: number): void {
  kept.set(text, { pattern, size });
  keptInstructions += size;
  for (const [oldest, { size: freed }] of kept) {
    if (keptInstructions <= mostInstructions) return;
    kept.delete(oldest);
    keptInstructions -= freed;
  }
}
