import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checksOf } from './check.js';
import { parseCorpus } from './corpus.js';

const corpus = parseCorpus(readFileSync(new URL('policy-cases.json', import.meta.url), 'utf8'));
const checks = [...checksOf(corpus)];

describe('what Linkerd decides', () => {
  it.each(checks)('$id', ({ expected, got, passed }) => {
    expect(passed ? expected : got).toEqual(expected);
  });

  it('has cases of every part', () => {
    expect(checks).toHaveLength(128 + 8 + 4 + 76);
  });
});

describe('a case that is wrong', () => {
  const [decision] = corpus.decision ?? [];
  const { expect: right } = decision ?? { expect: undefined };

  it('is told, with what came instead', () => {
    const wrong = { ...decision, expect: { ...right, verdict: 'audit' } };
    const [check] = checksOf(parseCorpus(JSON.stringify({ decision: [wrong] })));
    expect(check).toMatchObject({ id: decision?.id, expected: { verdict: 'audit' }, passed: false });
    expect(check?.got).toEqual(right);
  });

  it('does not end the run when it cannot be asked', () => {
    const broken = { ...decision, id: 'broken', resources: [{ kind: 'Pod' }] };
    const checked = [...checksOf(parseCorpus(JSON.stringify({ decision: [broken, decision] })))];
    expect(checked.map(({ id, passed }) => ({ id, passed }))).toEqual([
      { id: 'broken', passed: false },
      { id: decision?.id, passed: true },
    ]);
  });

  it.each([
    [
      'a trust domain',
      { cluster: { ...decision?.cluster, trustDomain: undefined } },
      'cluster.trustDomain is not text',
    ],
    ['a port', { query: { ...decision?.query, port: 'eighty' } }, 'query.port is no port'],
    ['resources', { resources: undefined }, 'resources is not a list'],
    ['an expectation', { expect: undefined }, 'expect is not an object'],
  ])('fails when it lacks %s, and says so', (_, change, fault) => {
    const text = JSON.stringify({ decision: [{ ...decision, ...change }] });
    expect([...checksOf(parseCorpus(text))]).toEqual([
      { id: decision?.id, expected: 'a case', got: `not understood: ${fault}`, passed: false },
    ]);
  });

  it('fails by its place when it has no name', () => {
    const [check] = checksOf(parseCorpus('{"decision":[null]}'));
    expect(check).toMatchObject({ id: 'decision[0]', passed: false });
  });

  it('is not a corpus without any', () => {
    expect(() => parseCorpus('{"decision":[]}')).toThrow('there is no case');
  });
});
