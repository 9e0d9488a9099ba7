/** What stands in the way of deciding a pattern. `reason` is in words. */
export interface DialectProblem {
  /** `invalid`: Rust and RE2 both refuse it. */
  readonly kind: 'undecided' | 'invalid';
  readonly reason: string;
}

/**
 * Linkerd runs Rust's regex crate, this product RE2. They agree on what is listed here, for values of ASCII; what is not listed is
 * undecided, whether or not they would agree.
 *
 * | construct                                          | taken as                                                           |
 * | -------------------------------------------------- | ------------------------------------------------------------------ |
 * | printable ASCII and tab, `.`, `a|b`                | the same                                                           |
 * | `^ $ \A \z \b \B`                                  | the same                                                           |
 * | `\t \n \r \f \v \a`, `\x00` to `\x7f`              | the same                                                           |
 * | `\.` and other punctuation                         | the same; `\<` and `\>` are kept back by Rust                      |
 * | `\d \D \s \S \w \W`                                | the same for ASCII, but that only Rust's `\s` has the vertical tab |
 * | `(x)`, `(?:x)`, `(?<n>x)`, `(?P<n>x)`              | the same                                                           |
 * | `(?i) (?m) (?s)`, `(?i:x)`                         | the same; `x`, `u`, `R` only Rust has, and `U`, `-` are rare       |
 * | `* + ? {2} {2,} {2,3}`, lazy too                   | the same; the engines differ in loops over what may be empty       |
 * | `[a-z]`, `[^a]`, `[\w.-]`, `[[:alpha:]]`           | the same                                                           |
 * | `[a&&b]`, `[a--b]`, `[a~~b]`, `[a[b]]`             | undecided: sets to Rust, characters to RE2                         |
 * | `a**`, `a{,2}`, `{`, `\b{start}`, `(?i)*`          | undecided: refused by one of them, or read differently             |
 * | `\pL \p{L} \Q \C \Z \u \0 \12`, other letters      | undecided: as above                                                |
 * | what is not ASCII                                  | undecided: Unicode versions and case folding                       |
 * | look-around, back-references, what is not balanced | invalid                                                            |
 *
 * Sources: https://docs.rs/regex/latest/regex/#syntax, https://github.com/google/re2/wiki/Syntax.
 */
export function checkDialect(pattern: string): DialectProblem | undefined {
  if (pattern.length > longestPattern)
    return { kind: 'undecided', reason: `the pattern is longer than ${longestPattern} characters` };
  try {
    new DialectReader(pattern).read();
    return undefined;
  } catch (error) {
    if (error instanceof Departure) return error.problem;
    throw error;
  }
}

/** Bounds the time and the memory that a pattern takes before anything is matched. */
const longestPattern = 4_096;

/** Rust refuses groups that are nested some 60 deep or more. */
const deepest = 50;

/**
 * Rust refuses a pattern that compiles to more than 10 MiB. These are rough upper estimates in bytes of what it makes of a class of
 * Unicode and of any other element, once repetitions are written out; half of the limit is kept as a margin.
 */
const largestSize = 5_000_000;
const unicodeClassSize = 120_000;
const elementSize = 1_000;

/** RE2's limit of a counted repetition, also of nested ones together; RE2 itself checks the latter. */
const mostRepeats = 1_000;

/** Ends the reading of a pattern; only `checkDialect` sees it. */
class Departure extends Error {
  constructor(readonly problem: DialectProblem) {
    super(problem.reason);
  }
}

/** A stretch of the pattern. */
interface Part {
  readonly size: number;
  readonly mayBeEmpty: boolean;
}

const element: Part = { size: elementSize, mayBeEmpty: false };
const unicodeClass: Part = { size: unicodeClassSize, mayBeEmpty: false };
const assertion: Part = { size: elementSize, mayBeEmpty: true };
const nothing: Part = { size: 0, mayBeEmpty: true };

const unicodeClassEscape = /\\[dDsSwW]/y;
const posixClass =
  /\[:(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/y;
const classOperation = /&&|--|~~/y;
const controls: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

class DialectReader {
  #at = 0;
  #depth = 0;

  constructor(private readonly pattern: string) {}

  read(): void {
    const { size } = this.#alternatives();
    if (!this.#ended) invalid('a group is closed that was not opened');
    if (size > largestSize) undecided('the pattern is too large once its repetitions are written out');
  }

  #alternatives(): Part {
    let part = this.#sequence();
    while (this.#take(/\|/y)) {
      const other = this.#sequence();
      part = { size: part.size + other.size, mayBeEmpty: part.mayBeEmpty || other.mayBeEmpty };
    }
    return part;
  }

  #sequence(): Part {
    if (this.#take(/[*+?]/y)) invalid('a repetition has nothing to repeat');
    let { size, mayBeEmpty } = nothing;
    while (!this.#ended && !this.#sees(/[|)]/y)) {
      const part = this.#repeated(this.#atom());
      size += part.size;
      mayBeEmpty &&= part.mayBeEmpty;
    }
    return { size, mayBeEmpty };
  }

  #repeated(part: Part): Part {
    const repetition = this.#take(/[*+?]\??|\{(\d+)(?:,(\d*))?\}\??/y);
    if (this.#sees(/[*+?{]/y)) undecided('a repetition of a repetition, or a brace that is no repetition');
    if (repetition === undefined) return part;
    if (part.mayBeEmpty) undecided('a repetition of what may be empty');
    const [sign, least, most] = repetition;
    if (least === undefined) return { size: part.size, mayBeEmpty: !sign.startsWith('+') };
    const min = Number(least);
    const max = Number(most === undefined || most === '' ? least : most);
    if (max < min) invalid('the bounds of a repetition are in the wrong order');
    if (max > mostRepeats) undecided(`a repetition of more than ${mostRepeats} times`);
    // `{2,}` is two of them and a loop
    return { size: part.size * (max + 1), mayBeEmpty: min === 0 };
  }

  #atom(): Part {
    if (this.#take(/\(/y)) return this.#group();
    if (this.#take(/\[/y)) return this.#class();
    if (this.#take(/[$^]|\\[AzbB]/y)) return assertion;
    if (this.#take(/\\[1-9](?!\d)/y)) invalid('a back-reference is not supported');
    if (this.#take(unicodeClassEscape)) return unicodeClass;
    if (this.#take(/\{/y)) undecided('a brace that is not escaped');
    this.#character();
    return element;
  }

  /** Also a setting without a group, `(?i)`, which is nothing that can be repeated. */
  #group(): Part {
    if (this.#take(/\?<?[=!]/y)) invalid('look-around is not supported');
    const opening = this.#take(/\?(?:P?<[A-Za-z_]\w*>|([ims]{0,3})([:)]))/y);
    if (opening === undefined && this.#sees(/\?/y)) undecided('a group or a setting of an unusual kind');
    const [, settings = '', end] = opening ?? [];
    if (new Set(settings).size < settings.length) undecided('a setting that is given twice');
    if (end === ')') return settings === '' ? undecided('a setting that sets nothing') : nothing;
    this.#depth += 1;
    if (this.#depth > deepest) undecided(`groups nested more than ${deepest} deep`);
    const part = this.#alternatives();
    if (!this.#take(/\)/y)) invalid('a group is not closed');
    this.#depth -= 1;
    return part;
  }

  #class(): Part {
    this.#take(/\^/y);
    if (this.#sees(/\]/y)) undecided('a class that begins with a closing bracket');
    let { size } = element;
    for (let first = true; !this.#take(/\]/y); first = false) {
      if (this.#ended) invalid('a class is not closed');
      if (this.#take(unicodeClassEscape)) size += unicodeClass.size;
      else if (!this.#take(posixClass)) this.#range(first);
    }
    return { size, mayBeEmpty: false };
  }

  /** One character of a class, or a range of them. */
  #range(first: boolean): void {
    const dash = this.#sees(/-/y);
    const from = this.#member();
    if (dash && !first && !this.#sees(/\]/y)) undecided('a dash within a class that is not escaped');
    if (!this.#sees(/-[^\]]/y)) return;
    if (!this.#sees(classOperation)) this.#take(/-/y);
    if (this.#member() < from) invalid('the ends of a range are in the wrong order');
  }

  #member(): number {
    if (this.#sees(classOperation)) undecided('an operation on classes');
    if (this.#sees(/\[/y)) undecided('a class within a class');
    return this.#character();
  }

  /** A character that is written as itself or escaped; its code. */
  #character(): number {
    if (this.#take(/\\/y)) return this.#escaped();
    const [literal] = this.#take(/[\t -~]/y) ?? undecided('a character that is not printable ASCII');
    return literal.charCodeAt(0);
  }

  #escaped(): number {
    if (this.#ended) invalid('a backslash ends the pattern');
    const [punctuation] = this.#take(/[!-/:;=?@[-`{-~]/y) ?? [];
    if (punctuation !== undefined) return punctuation.charCodeAt(0);
    const control = controls.get(this.#take(/[afnrtv]/y)?.[0] ?? '');
    if (control !== undefined) return control;
    const [, code = ''] = this.#take(/x([0-7][\dA-Fa-f])/y) ?? undecided('an escape of an unusual kind');
    return Number.parseInt(code, 16);
  }

  get #ended(): boolean {
    return this.#at === this.pattern.length;
  }

  #sees(sticky: RegExp): boolean {
    sticky.lastIndex = this.#at;
    return sticky.test(this.pattern);
  }

  #take(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.pattern);
    if (found === null) return undefined;
    this.#at = sticky.lastIndex;
    return found;
  }
}

function undecided(reason: string): never {
  throw new Departure({ kind: 'undecided', reason });
}

function invalid(reason: string): never {
  throw new Departure({ kind: 'invalid', reason });
}
