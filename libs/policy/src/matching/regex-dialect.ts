/** A pattern that both engines read alike. */
export interface ReadPattern {
  readonly kind: 'read';
  /** What it is likely to match: first alternatives, fewest repetitions, one member of each class. Assertions are not looked at. */
  readonly example: string;
  /** Whether it may match a path: one begins with `/`, or is the `*` of an `OPTIONS *`. Where it is false, it surely matches none. */
  readonly mayMatchPath: boolean;
}

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
 * | `[a-z-_]`                                          | the same: a dash after a range is itself; `[\w-_]` is undecided    |
 * | `[a&&b]`, `[a--b]`, `[a~~b]`, `[a[b]]`             | undecided: sets to Rust, characters to RE2                         |
 * | `a**`, `a{,2}`, `{`, `\b{start}`, `(?i)*`          | undecided: refused by one of them, or read differently             |
 * | `\pL \p{L} \Q \C \Z \u \0 \12`, other letters      | undecided: as above                                                |
 * | what is not ASCII                                  | undecided: Unicode versions and case folding                       |
 * | look-around, back-references, what is not balanced | invalid                                                            |
 *
 * Sources: https://docs.rs/regex/latest/regex/#syntax, https://github.com/google/re2/wiki/Syntax.
 */
export function readPattern(pattern: string): ReadPattern | DialectProblem {
  if (pattern.length > longestPattern)
    return { kind: 'undecided', reason: `the pattern is longer than ${longestPattern} characters` };
  try {
    return new DialectReader(pattern).read();
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

/** Ends the reading of a pattern; only `readPattern` sees it. */
class Departure extends Error {
  constructor(readonly problem: DialectProblem) {
    super(problem.reason);
  }
}

/** A stretch of the pattern. */
interface Part {
  readonly size: number;
  readonly mayBeEmpty: boolean;
  /** Whether what it matches, where that is not empty, may begin as a path does. */
  readonly mayBeginPath: boolean;
  readonly example: string;
}

/** Stands for itself or for a class: always one character, of those that `has` says. */
function oneOf(has: (character: string) => boolean, size = elementSize): Part {
  return {
    size,
    mayBeEmpty: false,
    mayBeginPath: has('/') || has('*'),
    example: likelyFirst.find(has) ?? '',
  };
}

const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
/** Beginning with what any value may have, a path too. */
const likelyFirst = [...ascii].sort((a, b) => Number(!/\w/.test(a)) - Number(!/\w/.test(b)));

const nothing: Part = { size: 0, mayBeEmpty: true, mayBeginPath: false, example: '' };
const assertion: Part = { ...nothing, size: elementSize };

const unicodeClassEscape = /\\[dDsSwW]/y;
/** What of ASCII each of them has. */
const posixClasses: ReadonlyMap<string, RegExp> = new Map([
  ['alnum', /[0-9A-Za-z]/],
  ['alpha', /[A-Za-z]/],
  ['ascii', /[^]/],
  ['blank', /[\t ]/],
  // eslint-disable-next-line no-control-regex -- that is what it has
  ['cntrl', /[\x00-\x1f\x7f]/],
  ['digit', /[0-9]/],
  ['graph', /[!-~]/],
  ['lower', /[a-z]/],
  ['print', /[ -~]/],
  ['punct', /[!-/:-@[-`{-~]/],
  ['space', /[\t-\r ]/],
  ['upper', /[A-Z]/],
  ['word', /\w/],
  ['xdigit', /[0-9A-Fa-f]/],
]);
const posixClass = new RegExp(`\\[:(${[...posixClasses.keys()].join('|')}):\\]`, 'y');
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

  read(): ReadPattern {
    const { size, mayBeEmpty, mayBeginPath, example } = this.#alternatives();
    if (!this.#ended) invalid('a group is closed that was not opened');
    withinSize(size);
    return { kind: 'read', example, mayMatchPath: mayBeEmpty || mayBeginPath };
  }

  #alternatives(): Part {
    let part = this.#sequence();
    while (this.#take(/\|/y)) {
      const other = this.#sequence();
      part = {
        size: part.size + other.size,
        mayBeEmpty: part.mayBeEmpty || other.mayBeEmpty,
        mayBeginPath: part.mayBeginPath || other.mayBeginPath,
        example: part.example,
      };
    }
    return part;
  }

  #sequence(): Part {
    if (this.#take(/[*+?]/y)) invalid('a repetition has nothing to repeat');
    let { size, mayBeEmpty, mayBeginPath, example } = nothing;
    while (!this.#ended && !this.#sees(/[|)]/y)) {
      const part = this.#repeated(this.#atom());
      size += part.size;
      mayBeginPath ||= mayBeEmpty && part.mayBeginPath;
      mayBeEmpty &&= part.mayBeEmpty;
      example += part.example;
    }
    return { size, mayBeEmpty, mayBeginPath, example };
  }

  #repeated(part: Part): Part {
    const repetition = this.#take(/[*+?]\??|\{(\d+)(?:,(\d*))?\}\??/y);
    if (this.#sees(/[*+?{]/y)) undecided('a repetition of a repetition, or a brace that is no repetition');
    if (repetition === undefined) return part;
    if (part.mayBeEmpty) undecided('a repetition of what may be empty');
    const [sign, least, most] = repetition;
    if (least === undefined) return sign.startsWith('+') ? part : { ...part, mayBeEmpty: true, example: '' };
    const min = Number(least);
    const max = Number(most === undefined || most === '' ? least : most);
    if (max < min) invalid('the bounds of a repetition are in the wrong order');
    if (max > mostRepeats) undecided(`a repetition of more than ${mostRepeats} times`);
    // `{2,}` is two of them and a loop
    const size = part.size * (max + 1);
    // before an example as long as that is written
    withinSize(size);
    return { ...part, size, mayBeEmpty: min === 0, example: part.example.repeat(min) };
  }

  #atom(): Part {
    if (this.#take(/\(/y)) return this.#group();
    if (this.#take(/\[/y)) return this.#class();
    if (this.#take(/[$^]|\\[AzbB]/y)) return assertion;
    if (this.#take(/\\[1-9](?!\d)/y)) invalid('a back-reference is not supported');
    const unicodeClass = this.#unicodeClass();
    if (unicodeClass !== undefined) return oneOf(unicodeClass, unicodeClassSize);
    if (this.#take(/\{/y)) undecided('a brace that is not escaped');
    if (this.#take(/\./y)) return oneOf((character) => character !== '\n');
    const code = this.#character();
    return oneOf((character) => character.charCodeAt(0) === code);
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
    const negated = this.#take(/\^/y) !== undefined;
    if (this.#sees(/\]/y)) undecided('a class that begins with a closing bracket');
    const members: Members[] = [];
    let size = elementSize;
    let dashIsItself = true;
    while (!this.#take(/\]/y)) {
      if (this.#ended) invalid('a class is not closed');
      const unicodeClass = this.#unicodeClass();
      if (unicodeClass !== undefined) size += unicodeClassSize;
      const found = unicodeClass ?? this.#posixClass();
      if (found === undefined) {
        const range = this.#range(dashIsItself);
        members.push(range.members);
        dashIsItself = range.isWhole;
      } else {
        members.push(found);
        dashIsItself = false;
      }
    }
    return oneOf((character) => members.some((has) => has(character)) !== negated, size);
  }

  /** As they have ASCII; `\d`, `\s` and `\w` have it as here. */
  #unicodeClass(): Members | undefined {
    const [escape] = this.#take(unicodeClassEscape) ?? [];
    if (escape === undefined) return undefined;
    const members = new RegExp(escape);
    return (character) => members.test(character);
  }

  #posixClass(): Members | undefined {
    const members = posixClasses.get(this.#take(posixClass)?.[1] ?? '');
    return members && ((character) => members.test(character));
  }

  /**
   * One character of a class, or a range of them; `isWhole` where it is a range between two ends. A dash is itself at the beginning, at the
   * end, and after such a range.
   */
  #range(dashIsItself: boolean): { readonly members: Members; readonly isWhole: boolean } {
    const dash = this.#sees(/-/y);
    const from = this.#member();
    if (dash && !dashIsItself && !this.#sees(/\]/y)) undecided('a dash within a class that is not escaped');
    const isWhole = this.#sees(/-[^\]]/y);
    if (isWhole && !this.#sees(classOperation)) this.#take(/-/y);
    const to = isWhole ? this.#member() : from;
    if (to < from) invalid('the ends of a range are in the wrong order');
    const members: Members = (character) => {
      const code = character.charCodeAt(0);
      return from <= code && code <= to;
    };
    return { members, isWhole };
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

type Members = (character: string) => boolean;

function withinSize(size: number): void {
  if (size > largestSize) undecided('the pattern is too large once its repetitions are written out');
}

function undecided(reason: string): never {
  throw new Departure({ kind: 'undecided', reason });
}

function invalid(reason: string): never {
  throw new Departure({ kind: 'invalid', reason });
}
