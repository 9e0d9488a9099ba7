import { describe, expect, it } from '@jest/globals';
import { compileIdentityPatterns } from './identity-pattern.js';

const web = 'web.prod.serviceaccount.identity.linkerd.cluster.local';
const spiffe = 'spiffe://cluster.local/ns/prod/sa/web';

describe('patterns of identities', () => {
  it.each<[string, readonly string[], string, boolean]>([
    ['none match nothing', [], web, false],
    ['a literal matches itself', [web], web, true],
    ['a literal matches nothing longer', ['a.b'], 'x.a.b', false],
    ['a literal is case-sensitive', ['A.b'], 'a.b', false],
    ['a star matches every DNS identity', ['*'], web, true],
    ['a star does not match an empty identity', ['*'], '', false],
    ['a star does not match SPIFFE', ['*'], spiffe, false],
    ['a suffix matches one more label', ['*.a.b'], 'x.a.b', true],
    ['a suffix matches more labels', ['*.a.b'], 'x.y.a.b', true],
    ['a suffix does not match itself', ['*.a.b'], 'a.b', false],
    ['a suffix needs a label before it', ['*.a.b'], '.a.b', false],
    ['a suffix ends at a label', ['*.a.b'], 'xa.b', false],
    ['a suffix is case-sensitive', ['*.a.b'], 'x.A.b', false],
    ['a suffix does not match SPIFFE', ['*.local'], 'spiffe://x.local', false],
    ['SPIFFE matches where it is listed', ['*', spiffe], spiffe, true],
    ['SPIFFE matches only the whole of it', [spiffe], `${spiffe}2`, false],
    ['a star that is not the first label is a literal', ['foo.*.x'], 'foo.bar.x', false],
    ['such a literal matches itself', ['foo.*.x'], 'foo.*.x', true],
    ['two stars are a literal', ['**.x'], 'a.x', false],
    ['a star in front of text is a literal', ['*a.b'], 'xa.b', false],
    ['one of several is enough', ['a.b', '*.c', 'd'], 'x.c', true],
  ])('%s', (_rule, patterns, identity, expected) => {
    expect(compileIdentityPatterns(patterns).matches(identity)).toBe(expected);
  });

  it('are told as written', () => {
    expect(compileIdentityPatterns(['*', 'a.b', '*.c']).text).toEqual(['*', 'a.b', '*.c']);
  });
});
