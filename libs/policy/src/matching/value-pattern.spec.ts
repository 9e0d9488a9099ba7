import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern, stepBudget } from './value-pattern.js';

type Answer = boolean | 'undecided' | 'invalid';

function answer(pattern: string, value: string): Answer {
  const compiled = compilePattern(pattern);
  return compiled.kind === 'regex' ? (compiled.matches(value, stepBudget()) ?? 'undecided') : compiled.kind;
}

function exampleOf(pattern: string, possible: (text: string) => boolean): string | undefined {
  const compiled = compilePattern(pattern);
  return compiled.kind === 'regex' ? compiled.exampleOf(possible) : compiled.kind;
}

function problem(pattern: string): unknown {
  const compiled = compilePattern(pattern);
  return compiled.kind === 'regex' ? 'regex' : [compiled.kind, compiled.reason];
}

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['/a|/ab', '/ab', false],
    ['/ab|/a', '/ab', true],
    ['(/a|/ab)$', '/ab', true],
    ['a*?', 'a', false],
    ['(a|ab)(c|bcd)?', 'abcd', true],
    ['a?(ab)?', 'ab', false],
    ['b', 'ab', false],
    ['foo', 'foofoo', false],
    ['', '', true],
    ['', 'a', false],
    ['a|', 'a', true],
    ['/foo/\\d+', '/foo/12', true],
    ['/foo/\\d+', '/foo/x', false],
    ['foo.*', 'foo', true],
    ['foo.*', 'foo\nbar', false],
    ['(?s)foo.*', 'foo\nbar', true],
    ['(?i)fOO', 'Foo', true],
    ['(?i:a)b', 'AB', false],
    ['(?P<v>v[12])/(?<rest>.+)', 'v1/x', true],
    ['(?:a|b){2,3}', 'abab', false],
    ['a{2}', 'aa', true],
    ['a{2,}', 'aaaa', true],
    ['[\\w.-]+@[^/]+', 'a.b-c@d', true],
    ['[[:alpha:]]+', 'aB', true],
    ['(?i)[[:upper:]]+', 'aB', true],
    ['[a-c\\]-]+', 'a]-', true],
    ['[-a]+', '-a', true],
    ['[a-zA-Z0-9-_]+', 'a-Z_9', true],
    ['[a-zA-Z0-9-_]+', 'a.b', false],
    ['[0-9-_]', '[', false],
    ['[^0-9-_]', '-', false],
    ['[a-c-e]+', 'a-ec', true],
    ['[a-c-e]', 'd', false],
    ['[a-c-e-g]+', '-fabc', true],
    ['[a-c-e-g]', 'd', false],
    ['\\x41\\t\\.\\/', 'A\t./', true],
    ['^\\Aa\\b\\z$', 'a', true],
    ['a}]', 'a}]', true],
  ])('%j against the whole of %j: %s', (pattern, value, expected) => {
    expect(answer(pattern, value)).toBe(expected);
  });

  it.each<[string, string]>([
    ['[a-z&&b]', 'an operation on classes'],
    ['[a--b]', 'an operation on classes'],
    ['[!--]', 'an operation on classes'],
    ['[a~~b]', 'an operation on classes'],
    ['[a[b]]', 'a class within a class'],
    ['[[:^alpha:]]', 'a class within a class'],
    ['[[a]]', 'a class within a class'],
    ['[]a]', 'a class that begins with a closing bracket'],
    ['[a-c--e]', 'an operation on classes'],
    ['[[:alpha:]-_]', 'a dash within a class that is not escaped'],
    ['[\\w-a]', 'a dash within a class that is not escaped'],
    ['[a-\\d]', 'an escape of an unusual kind'],
    ['[\\b]', 'an escape of an unusual kind'],
    ['(?x)a b', 'a group or a setting of an unusual kind'],
    ['(?-i)a', 'a group or a setting of an unusual kind'],
    ['(?U)a+', 'a group or a setting of an unusual kind'],
    ['(?u:a)', 'a group or a setting of an unusual kind'],
    ['(?R)a', 'a group or a setting of an unusual kind'],
    ['(?>a)', 'a group or a setting of an unusual kind'],
    ['(?P=n)', 'a group or a setting of an unusual kind'],
    ['(?<é>a)', 'a group or a setting of an unusual kind'],
    ['(?ii)a', 'a setting that is given twice'],
    ['(?)', 'a setting that sets nothing'],
    ['(?i)*', 'a repetition of what may be empty'],
    ['(a*)*', 'a repetition of what may be empty'],
    ['(|a)+', 'a repetition of what may be empty'],
    ['(a|b{0,2}){2}', 'a repetition of what may be empty'],
    ['^*', 'a repetition of what may be empty'],
    ['\\b{2}', 'a repetition of what may be empty'],
    ['a**', 'a repetition of a repetition, or a brace that is no repetition'],
    ['a*+', 'a repetition of a repetition, or a brace that is no repetition'],
    ['a+{2}', 'a repetition of a repetition, or a brace that is no repetition'],
    ['a{,2}', 'a repetition of a repetition, or a brace that is no repetition'],
    ['a{2', 'a repetition of a repetition, or a brace that is no repetition'],
    ['\\b{start}', 'a repetition of a repetition, or a brace that is no repetition'],
    ['{id}', 'a brace that is not escaped'],
    ['a{1001}', 'a repetition of more than 1000 times'],
    ['(a{40}){40}', 'repetitions within repetitions, too many together'],
    ['\\w{41}', 'the pattern is too large once its repetitions are written out'],
    ['(?:[^/]{1000}){5}', 'the pattern is too large once its repetitions are written out'],
    ['\\pN', 'an escape of an unusual kind'],
    ['\\p{L}', 'an escape of an unusual kind'],
    ['\\Qa\\E', 'an escape of an unusual kind'],
    ['\\C', 'an escape of an unusual kind'],
    ['\\Z', 'an escape of an unusual kind'],
    ['\\<', 'an escape of an unusual kind'],
    ['\\u0041', 'an escape of an unusual kind'],
    ['\\x{41}', 'an escape of an unusual kind'],
    ['\\xff', 'an escape of an unusual kind'],
    ['\\0', 'an escape of an unusual kind'],
    ['\\12', 'an escape of an unusual kind'],
    ['\\ ', 'an escape of an unusual kind'],
    ['é', 'a character that is not printable ASCII'],
    ['[é]', 'a character that is not printable ASCII'],
    ['a\nb', 'a character that is not printable ASCII'],
    ['('.repeat(51) + ')'.repeat(51), 'groups nested more than 50 deep'],
    ['('.repeat(4_000), 'groups nested more than 50 deep'],
    ['a'.repeat(4_097), 'the pattern is longer than 4096 characters'],
    ['(a+)+'.repeat(200_000), 'the pattern is longer than 4096 characters'],
  ])('%.40j is undecided: %s', (pattern, reason) => {
    expect(problem(pattern)).toEqual(['undecided', reason]);
  });

  it.each<[string, string]>([
    ['(?=a)', 'look-around is not supported'],
    ['(?!a)', 'look-around is not supported'],
    ['(?<=a)', 'look-around is not supported'],
    ['(?<!a)', 'look-around is not supported'],
    ['(a)\\1', 'a back-reference is not supported'],
    ['/foo(', 'a group is not closed'],
    ['a)', 'a group is closed that was not opened'],
    ['[', 'a class is not closed'],
    ['[a', 'a class is not closed'],
    ['[z-a]', 'the ends of a range are in the wrong order'],
    ['*a', 'a repetition has nothing to repeat'],
    ['a|*', 'a repetition has nothing to repeat'],
    ['(?:+)', 'a repetition has nothing to repeat'],
    ['a{2,1}', 'the bounds of a repetition are in the wrong order'],
    ['a\\', 'a backslash ends the pattern'],
    ['[\\', 'a backslash ends the pattern'],
  ])('%j is invalid: %s', (pattern, reason) => {
    expect(problem(pattern)).toEqual(['invalid', reason]);
  });

  it.each([
    ['beyond ASCII', 'é'],
    ['a letter whose lower case is ASCII', '\u212A'],
    ['a vertical tab', '\v'],
    ['a control character', '\0'],
    ['a lone surrogate', '\uD800'],
  ])('does not decide about %s', (_what, value) => {
    expect(answer('(?i).*\\s*', value)).toBe('undecided');
  });

  it('does not decide about a value that would take too long', () => {
    expect([10_000, 5_000_000].map((length) => answer('a*', 'a'.repeat(length)))).toEqual([
      true,
      'undecided',
    ]);
  });

  it('takes linear time where a backtracking engine takes exponential time', () => {
    expect(answer('(?:(?:x+x+)+y)+', 'x'.repeat(20_000))).toBe(false);
  });

  it('decides as a search by a backtracking engine does, whose match must span the value', () => {
    fc.assert(
      fc.property(
        alternatives,
        fc.stringMatching(/^[abA/]{0,8}$/),
        fc.boolean(),
        (written, value, caseless) => {
          const found = new RegExp(written, caseless ? 'i' : '').exec(value);
          expect(answer(caseless ? `(?i)${written}` : written, value)).toBe(
            found !== null && found.index === 0 && found[0] === value,
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, string]>([
    ['.*', '/'],
    ['(.*)', '/'],
    ['/api/v[0-9]+/.*', '/api/v0/'],
    ['/health|/ready', '/health'],
    ['/api/(users|orders)/[0-9]+', '/api/users/0'],
    ['/a(/.*)?', '/a'],
    ['/foo/?', '/foo'],
    ['(?i)/api/.*', '/api/'],
    ['/items/\\d{1,5}', '/items/0'],
    ['.*\\.(png|jpg)', '/.png'],
    ['/[^/]+/[[:alpha:]]{2}', '/0/AA'],
    ['^/a\\x2fb$', '/a/b'],
    ['[a-z-/]+', '/a'],
    ['/[^0-9a-z-_]', '/A'],
    ['/.+\\.js', '/0.js'],
    ['.+/users', '/0/users'],
  ])('%j has an example among paths: %j', (pattern, example) => {
    expect(exampleOf(pattern, (text) => text.startsWith('/'))).toBe(example);
  });

  it.each<[string, string | undefined]>([
    ['[0-9]+', '0'],
    ['(v1|v2)', 'v1'],
    ['.*', ''],
    ['(xy){3}', 'xyxyxy'],
    ['a\\bb', undefined],
    ['a|ab', 'a'],
    ['(a|ab){2}c', 'aac'],
  ])('%j has an example among all values: %j', (pattern, example) => {
    expect(exampleOf(pattern, () => true)).toBe(example);
  });

  it.each<[string, boolean]>([
    ['users/.*', false],
    ['(?i)users|orders/.*', false],
    ['^[^/*]', false],
    ['\\w+/', false],
    ['', true],
    ['a*', true],
    ['a?/b', true],
    ['a|/b', true],
    ['.*', true],
    ['\\*', true],
    ['(?:a{0,2}|b)\\b(/)', true],
    ['[[:punct:]]a', true],
  ])('whether %j may match a path: %s', (pattern, may) => {
    const compiled = compilePattern(pattern);
    expect(compiled.kind === 'regex' && compiled.mayMatchPath).toBe(may);
  });

  it('has an example only where it matches, and matches no path where it surely does not', () => {
    const somePath = fc.stringMatching(/^\/[ab/]{0,6}$/);
    fc.assert(
      fc.property(alternatives, somePath, (written, path) => {
        const example = exampleOf(written, () => true);
        expect(example === undefined || answer(written, example)).toBe(true);
        const compiled = compilePattern(written);
        expect([compiled.kind === 'regex' && compiled.mayMatchPath, answer(written, path)]).not.toEqual([
          false,
          true,
        ]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is compiled once for each text', () => {
    expect(compilePattern('/once')).toBe(compilePattern('/once'));
  });

  it('is let go of where many others came after it', () => {
    const first = compilePattern('/first');
    for (let at = 0; at < 20_000; at += 1) compilePattern(`/pattern/${at}`);
    expect(compilePattern('/first')).not.toBe(first);
  });

  it('does not decide once the steps are used up', () => {
    const compiled = compilePattern('/a.*');
    const steps = stepBudget();
    const answers = Array.from({ length: 2_000 }, () =>
      compiled.kind === 'regex' ? compiled.matches(`/a${'b'.repeat(1_000)}`, steps) : undefined,
    );
    expect([answers[0], answers.at(-1), steps.left >= 0]).toEqual([true, undefined, true]);
  });

  it('of any text is told without a crash', () => {
    const unit = fc.constantFrom(...Array.from('ab(){}[]|*+?^$\\.-&~:,<>=!12PdwxisQ\n\u00e9'));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        expect(['regex', 'undecided', 'invalid']).toContain(compilePattern(text).kind);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** Patterns that never match what is empty, so that any part may be repeated. */
const { alternatives } = fc.letrec<{ alternatives: string; sequence: string; atom: string }>((tie) => ({
  alternatives: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((all) => all.join('|')),
  sequence: fc
    .tuple(
      fc.tuple(tie('atom'), fc.constantFrom('', '+', '+?', '{1,2}')).map((parts) => parts.join('')),
      fc.array(
        fc
          .tuple(tie('atom'), fc.constantFrom('', '?', '*', '+', '??', '*?', '{0,2}?'))
          .map((parts) => parts.join('')),
        { maxLength: 2 },
      ),
    )
    .map(([first, rest]) => first + rest.join('')),
  atom: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom('a', 'b', '/', '.', '[ab]', '[^a]', '[^/]'),
    tie('alternatives').map((inner) => `(${inner})`),
    tie('alternatives').map((inner) => `(?:${inner})`),
  ),
}));
