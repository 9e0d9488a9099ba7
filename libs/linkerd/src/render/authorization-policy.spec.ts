import { describe, expect, it } from '@jest/globals';
import type { DesiredState } from '@mcp/events';
import type { ObjectReference } from '@mcp/mesh';
import fc from 'fast-check';
import { parseAuthorizationPolicy } from '../parse/authorization-policy.js';
import { renderAuthorizationPolicy, renderChangedAuthorizationPolicy } from './authorization-policy.js';

const text = fc.string({ minLength: 1, maxLength: 20 });
const target = fc.record({ group: fc.oneof(fc.constant(''), text), kind: text, name: text });
const required: fc.Arbitrary<ObjectReference> = fc
  .tuple(target, fc.option(text, { nil: undefined }))
  .map(([reference, namespace]) => ({ ...reference, ...(namespace !== undefined && { namespace }) }));
const desiredState: fc.Arbitrary<DesiredState> = fc.record({
  changeId: text,
  key: fc.record({ kind: fc.constant('AuthorizationPolicy' as const), namespace: text, name: text }),
  spec: fc.record({ targetRef: target, requiredAuthenticationRefs: fc.array(required, { maxLength: 3 }) }),
});

describe('a rendered AuthorizationPolicy', () => {
  it('is what the API server takes, with the change that wrote it', () => {
    const desired: DesiredState = {
      changeId: 'change-1',
      key: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
      spec: {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' },
        requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'client', namespace: 'a' }],
      },
    };
    expect(renderChangedAuthorizationPolicy(desired, 4)).toEqual({
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: {
        name: 'web',
        namespace: 'shop',
        annotations: { 'mcp.linkerd-mcp.dev/change-id': 'change-1', 'mcp.linkerd-mcp.dev/revision': '4' },
      },
      spec: {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' },
        requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'client', namespace: 'a' }],
      },
    });
  });

  it('bears no mark of ours where someone else is to commit it', () => {
    const key = { kind: 'AuthorizationPolicy' as const, namespace: 'shop', name: 'web' };
    const targetRef = { group: '', kind: 'Namespace', name: 'shop' };
    expect(renderAuthorizationPolicy({ key, spec: { targetRef, requiredAuthenticationRefs: [] } })).toEqual({
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { targetRef: { kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] },
    });
  });

  it('reads back as what was desired, whatever that is', () => {
    fc.assert(
      fc.property(desiredState, fc.integer({ min: 1, max: 1_000_000 }), (desired, revision) => {
        const manifest = renderChangedAuthorizationPolicy(desired, revision);
        const stored = {
          ...manifest,
          metadata: { ...manifest.metadata, uid: 'u', creationTimestamp: '2026-01-02T03:04:05Z' },
        };
        expect(parseAuthorizationPolicy(stored)).toMatchObject({
          value: {
            namespace: desired.key.namespace,
            name: desired.key.name,
            spec: desired.spec,
            change: { id: desired.changeId, revision },
          },
        });
      }),
    );
  });
});
