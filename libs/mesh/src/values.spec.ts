import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, deepEqual, formatResourceKey, identityOf, refersTo, resourceKinds } from './index.js';

describe('a resource key', () => {
  it('is one text for one key', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,2}[a-z0-9])?$/);
    const key = fc.record({
      kind: fc.constantFrom(...resourceKinds),
      namespace: fc.oneof(fc.constant(''), name),
      name,
    });
    fc.assert(
      fc.property(key, key, (one, other) => {
        expect(formatResourceKey(one) === formatResourceKey(other)).toBe(deepEqual(one, other));
      }),
    );
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
