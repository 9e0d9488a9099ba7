import { describe, expect, it } from '@jest/globals';
import { meshOf, namespace, policyObject, route, server, toServer } from '../../test/mesh-samples.js';
import type { AppliedObject, PolicyKey } from './affected-namespaces.js';
import { affectedNamespaces } from './affected-namespaces.js';

const requiring = (kind: string, of: { readonly namespace?: string } = {}) => ({
  targetRef: toServer('web'),
  requiredAuthenticationRefs: [{ group: 'policy.linkerd.io', kind, name: 'clients', ...of }],
});
const mesh = meshOf([
  namespace('shop', {
    AuthorizationPolicy: [policyObject('shop', 'p', requiring('MeshTLSAuthentication'))],
    GRPCRoute: [route('shop', 'g', [toServer('web', { namespace: 'bank' })])],
  }),
  namespace('bank', {
    AuthorizationPolicy: [
      policyObject('bank', 'p', requiring('MeshTLSAuthentication', { namespace: 'shop' })),
      policyObject('bank', 'q', requiring('NetworkAuthentication')),
    ],
  }),
  namespace('other', {
    AuthorizationPolicy: [policyObject('other', 'p', requiring('MeshTLSAuthentication'))],
  }),
]);
const applied = (object: AppliedObject) =>
  [...affectedNamespaces(mesh, { apply: [object], delete: [] })].sort();
const deleted = (key: PolicyKey) => [...affectedNamespaces(mesh, { apply: [], delete: [key] })].sort();
const identities = policyObject('shop', 'clients', { identities: ['*'], identityRefs: [] });
const networks = policyObject('shop', 'clients', { networks: [] });

describe('the namespaces that a change affects', () => {
  it('are its own for a Server, and none for no change', () => {
    expect(applied({ kind: 'Server', state: server('shop', 'web') })).toEqual(['shop']);
    expect(deleted({ kind: 'ServerAuthorization', namespace: 'bank', name: 'a' })).toEqual(['bank']);
    expect(affectedNamespaces(mesh, { apply: [], delete: [] })).toEqual(new Set());
  });

  it('are those with a policy that refers to an authentication, whosever it is', () => {
    expect(applied({ kind: 'MeshTLSAuthentication', state: identities })).toEqual(['bank', 'shop']);
    expect(deleted({ kind: 'MeshTLSAuthentication', namespace: 'shop', name: 'clients' })).toEqual([
      'bank',
      'shop',
    ]);
    expect(applied({ kind: 'NetworkAuthentication', state: networks })).toEqual([]);
    expect(deleted({ kind: 'NetworkAuthentication', namespace: 'bank', name: 'clients' })).toEqual(['bank']);
  });

  it('are also those of the Servers that a GRPCRoute had or gets as parents', () => {
    const state = route('shop', 'g', [toServer('web', { namespace: 'other' })]);
    expect(applied({ kind: 'GRPCRoute', state })).toEqual(['bank', 'other', 'shop']);
    expect(deleted({ kind: 'GRPCRoute', namespace: 'shop', name: 'g' })).toEqual(['bank', 'shop']);
    expect(applied({ kind: 'HTTPRoute', state })).toEqual(['shop']);
  });

  it('are its own for a workload, and none for a Namespace, which says nothing about pods that exist', () => {
    const ref = { namespace: 'shop', kind: 'Deployment', name: 'web' };
    expect(applied({ kind: 'Workload', state: { ref, groups: [], shapelessPods: 0 } })).toEqual(['shop']);
    const state = { namespace: '', name: 'shop', uid: 'u', createdAt: 0, labels: {}, annotations: {} };
    expect(applied({ kind: 'Namespace', state })).toEqual([]);
  });
});
