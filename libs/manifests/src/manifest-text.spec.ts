import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { manifestTextLimits, readManifestText } from './manifest-text.js';

const server = (name: string) =>
  `apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: ${name}}\n`;
const read = (name: string) => ({
  apiVersion: 'policy.linkerd.io/v1beta3',
  kind: 'Server',
  metadata: { name },
});

function problemsOf(text: string) {
  return readManifestText(text).problems.map(({ code, document, line }) => [code, document, line]);
}

/** In milliseconds. */
function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

describe('a text of manifests', () => {
  it('is its documents, each with where it begins, the empty ones left out', () => {
    expect(readManifestText(`${server('a')}---\n---\n# nothing\n---\n${server('b')}`)).toEqual({
      objects: [
        { document: 1, line: 1, object: read('a') },
        { document: 4, line: 8, object: read('b') },
      ],
      problems: [],
    });
  });

  it('may be JSON', () => {
    const text = JSON.stringify(read('a'));
    expect(readManifestText(text)).toEqual({
      objects: [{ document: 1, line: 1, object: read('a') }],
      problems: [],
    });
  });

  it('is the items of its lists, typed ones and lists in lists included', () => {
    const typed = {
      apiVersion: 'policy.linkerd.io/v1beta3',
      kind: 'ServerList',
      items: [{ metadata: { name: 'a' } }],
    };
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [typed, read('b'), 'x'] });
    expect(readManifestText(text).objects.map(({ object }) => object)).toEqual([read('a'), read('b'), 'x']);
  });

  it('may have references, and merge them', () => {
    const text = 'base: &base {a: 1}\nother: {<<: *base, b: 2}\nsame: *base\n';
    const [only] = readManifestText(text).objects;
    expect(only?.object).toEqual({ base: { a: 1 }, other: { a: 1, b: 2 }, same: { a: 1 } });
  });

  it.each([
    ['is empty', ''],
    ['has only comments', '# a\n# b\n'],
    ['has only empty documents', '---\n---\nnull\n'],
    ['has only an empty list', 'kind: List\nitems: []\n'],
  ])('is refused as a whole when it %s', (_what, text) => {
    expect(readManifestText(text)).toEqual({
      objects: [],
      problems: [{ code: 'NO_OBJECTS', document: 0, line: 0, message: 'the text has no manifest' }],
    });
  });

  it.each([
    ['lists of YAML', '['.repeat(120_000), ', at line 1'],
    ['lists of JSON', `${'{"kind":"List","items":['.repeat(9_000)}${']}'.repeat(9_000)}`, ''],
  ])('is not read where %s are nested too deeply', (_what, text, where) => {
    expect(readManifestText(text)).toEqual({
      objects: [],
      problems: [
        { code: 'NOT_YAML', document: 1, line: 1, message: `the document is nested too deeply${where}` },
      ],
    });
  });

  it('is read as far as it can be, with each document that cannot be, and the line', () => {
    const text = `${server('a')}---\nb: [1\n---\n${server('c')}---\nd: {{ .Values.d }}\n---\ne: 1\ne: 2\n`;
    expect(readManifestText(text).objects.map(({ document }) => document)).toEqual([1, 3]);
    expect(problemsOf(text)).toEqual([
      ['NOT_YAML', 2, 6],
      ['NOT_YAML', 4, 11],
      ['NOT_YAML', 5, 14],
    ]);
  });

  it('is refused as a whole above so many documents', () => {
    expect(readManifestText('a: 1\n' + '---\nb: 1\n'.repeat(9_999))).toEqual({
      objects: [],
      problems: [
        {
          code: 'TOO_MANY_DOCUMENTS',
          document: 0,
          line: 0,
          message: 'the text has 10000 documents, at most 1000 are read',
        },
      ],
    });
  });

  it.each([
    ['its first one has no marker', 'a: 1\n', '---\nb: 1\n'],
    ['each has a marker', '---\na: 1\n', '---\nb: 1\n'],
    ['comments and directives are before the first', '# a\n\n%YAML 1.2\n---\na: 1\n', '---\nb: 1\n'],
    ['each but the first comes after an end', 'a: 1\n', '...\nb: 1\n'],
    ['lines end with a carriage return', 'a: 1\r\n', '---\r\nb: 1\r\n'],
  ])('has as many documents as are read where %s', (_what, first, other) => {
    expect(readManifestText(first + other.repeat(999)).objects.at(-1)?.document).toBe(1_000);
    expect(problemsOf(first + other.repeat(1_000))).toEqual([['TOO_MANY_DOCUMENTS', 0, 0]]);
  });

  it('is refused as a whole above so many bytes', () => {
    expect(problemsOf(' '.repeat(manifestTextLimits.bytes))).toEqual([['NO_OBJECTS', 0, 0]]);
    expect(problemsOf(' '.repeat(manifestTextLimits.bytes + 1))).toEqual([['TEXT_TOO_LONG', 0, 0]]);
    expect(problemsOf('é'.repeat(manifestTextLimits.bytes / 2 + 1))).toEqual([['TEXT_TOO_LONG', 0, 0]]);
  });

  it('is refused as a whole above so many objects', () => {
    const list = (count: number) =>
      JSON.stringify({ kind: 'List', items: Array.from({ length: count }, () => 1) });
    expect(readManifestText(list(5_000)).objects).toHaveLength(5_000);
    expect(problemsOf(list(5_001))).toEqual([['TOO_MANY_OBJECTS', 0, 0]]);
  });
});

describe('a text that would take without end', () => {
  const size = manifestTextLimits.bytes;
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from(
      'bcdefghi',
      (name, index) =>
        `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index] ?? ''}`).join(',')}]`,
    ),
  ].join('\n');
  const fill = (line: (index: number) => string) =>
    Array.from({ length: 12_000 }, (_, index) => line(index)).join('\n');

  it.each([
    ['references of references', bomb, [['NOT_YAML', 1, 5]]],
    ['references to itself', 'a: &a [*a]', [['NOT_YAML', 1, 1]]],
    [
      'merges of something large',
      `x: &x {${Array.from({ length: 2_000 }, (_, index) => `k${index}: 1`).join(', ')}}\n` +
        Array.from({ length: 500 }, (_, index) => `m${index}: {<<: *x}`).join('\n'),
      [['NOT_YAML', 1, 22]],
    ],
    [
      'references without number',
      `a: &a 1\n${Array.from({ length: 20_000 }, (_, index) => `r${index}: *a`).join('\n')}`,
      [['NOT_YAML', 1, 1002]],
    ],
    [
      'references to a text as long as a book',
      `a: &a "${'x'.repeat(50_000)}"\n${Array.from({ length: 900 }, (_, index) => `r${index}: *a`).join('\n')}`,
      [['NOT_YAML', 1, 21]],
    ],
    ['nested lists', '['.repeat(size), undefined],
    ['nested mappings', '{a: '.repeat(size / 4), undefined],
    ['keys of one mapping', fill((index) => `k${index}: 1`), []],
    [
      'lists of lists of objects',
      `${'{"kind":"List","items":['.repeat(9_000)}${']}'.repeat(9_000)}`,
      undefined,
    ],
    ['quotes that do not end', '"'.repeat(size), undefined],
    ['anchors without number', fill((index) => `k${index}: &a${index} 1`), []],
    ['tags without number', fill((index) => `k${index}: !t${index} 1`), []],
  ])('by %s is answered in time', (_what, text, expected) => {
    let problems: unknown[] = [];
    expect(timeOf(() => (problems = problemsOf(text)))).toBeLessThan(20_000);
    expect(problems).toEqual(expected ?? [[expect.any(String), 1, expect.any(Number)]]);
  });

  it('is answered, whatever it is', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '---\n',
      '&a ',
      '*a',
      '[',
      ']',
      '{',
      '}',
      '"',
      '|\n',
      '<<',
      '!',
      '#',
      ' ',
      '?',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    );
    const answered = fc.property(texts, (text) => {
      const { objects, problems } = readManifestText(text);
      return objects.length + problems.length > 0;
    });
    expect(fc.check(answered, { numRuns: 1_000 })).toMatchObject({ failed: false });
  });
});
