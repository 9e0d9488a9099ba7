import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalJson,
  deepEqual,
  formatResourceKey,
  identityOf,
  parseResourceKey,
  refersTo,
  resourceKinds,
} from './index.js';

describe('a resource key', () => {
  it('is read back as it was written', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(
        fc.constantFrom(...resourceKinds),
        fc.oneof(fc.constant(''), name),
        name,
        (kind, namespace, object) => {
          const key = { kind, namespace, name: object };
          expect(parseResourceKey(formatResourceKey(key))).toEqual(key);
        },
      ),
    );
  });

  it.each(['', 'Pod', 'Pod/', 'Pod//x', 'Cat/shop/tom', 'Pod/a/b/c'])('is not read from %j', (text) => {
    expect(parseResourceKey(text)).toBeUndefined();
  });
});

describe('the identity of a service account', () => {
  it('names account, namespace, control plane and trust domain', () => {
    const mesh = { controlPlaneNamespace: 'linkerd', trustDomain: 'cluster.local' };
    expect(identityOf({ namespace: 'shop', name: 'web' }, mesh)).toBe(
      'web.shop.serviceaccount.identity.linkerd.cluster.local',
    );
  });
});

describe('a reference', () => {
  it.each([
    [{ group: 'policy.linkerd.io', kind: 'server' }, 'policy.linkerd.io', 'Server', true],
    [{ group: 'Policy.Linkerd.IO', kind: 'Server' }, 'policy.linkerd.io', 'Server', true],
    [{ group: '', kind: 'Namespace' }, 'core', 'Namespace', true],
    [{ group: 'core', kind: 'namespace' }, '', 'Namespace', true],
    [{ group: '', kind: 'Server' }, 'policy.linkerd.io', 'Server', false],
    [{ group: 'policy.linkerd.io', kind: 'Servers' }, 'policy.linkerd.io', 'Server', false],
  ])('%j to %s %s: %s', (reference, group, kind, expected) => {
    expect(refersTo(reference, group, kind)).toBe(expected);
  });
});

describe('equality of plain values', () => {
  it('agrees with canonical JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(deepEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  it('holds for a copy, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(deepEqual(value, JSON.parse(canonicalJson(value)))).toBe(true);
      }),
    );
  });

  it('takes an undefined key for an absent one', () => {
    expect(deepEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(deepEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(deepEqual({ a: undefined, b: 1 }, { a: 1 })).toBe(false);
  });
});
