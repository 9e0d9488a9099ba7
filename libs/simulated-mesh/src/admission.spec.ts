import { describe, expect, it } from '@jest/globals';
import { admit } from './admission.js';
import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';
import { resources } from './resource-type.js';
import { ApiFault } from './status.js';

function object(type: ResourceType, spec: unknown): KubernetesObject {
  const metadata = { namespace: 'shop', name: 'x', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: '', kind: type.kind, metadata, ...(spec === undefined ? {} : { spec }) };
}

/** `admitted`, or the status and the fields or the reason of the refusal. */
function verdict(type: ResourceType, spec: unknown): string {
  try {
    admit(type, object(type, spec));
    return 'admitted';
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    const { code, details, message } = error.status;
    const fields = details?.causes?.map(({ field }) => field).join(', ');
    return `${code} ${fields ?? message?.split('denied the request: ')[1] ?? ''}`;
  }
}

const target = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
const meshTls = { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'a' };
const network = { group: 'policy.linkerd.io', kind: 'NetworkAuthentication', name: 'a' };
const account = { kind: 'ServiceAccount', name: 'a', namespace: 'other' };
const policy = (targetRef: JsonObject, ...requiredAuthenticationRefs: JsonObject[]) => ({
  targetRef,
  requiredAuthenticationRefs,
});

describe('admission', () => {
  it.each<[string, ResourceType, unknown, string]>([
    ['a policy of everyone', resources.AuthorizationPolicy, policy(target), 'admitted'],
    [
      'a policy of an identity on a network',
      resources.AuthorizationPolicy,
      policy(target, account, network),
      'admitted',
    ],
    [
      'a policy of its own namespace',
      resources.AuthorizationPolicy,
      policy({ kind: 'Namespace', name: 'shop' }),
      'admitted',
    ],
    ['no spec', resources.AuthorizationPolicy, undefined, '422 spec'],
    [
      'an empty spec',
      resources.AuthorizationPolicy,
      {},
      '422 spec.targetRef, spec.requiredAuthenticationRefs',
    ],
    [
      'references without kind and name',
      resources.AuthorizationPolicy,
      policy({}, { kind: 'ServiceAccount' }),
      '422 spec.targetRef.kind, spec.targetRef.name, spec.requiredAuthenticationRefs[0].name',
    ],
    [
      'a name that is a number',
      resources.AuthorizationPolicy,
      policy({ ...target, name: 1 }),
      '422 spec.targetRef.name',
    ],
    [
      'a kind with a blank',
      resources.AuthorizationPolicy,
      policy({ ...target, kind: 'a b' }),
      '422 spec.targetRef.kind',
    ],
    [
      'another namespace as target',
      resources.AuthorizationPolicy,
      policy({ kind: 'Namespace', name: 'other' }),
      '400 a policy can only apply to its own namespace "shop", not to "other"',
    ],
    [
      'a Pod as target',
      resources.AuthorizationPolicy,
      policy({ kind: 'Pod', name: 'a' }),
      '400 a policy cannot apply to "Pod"; it can to Server.policy.linkerd.io, Namespace, HTTPRoute.policy.linkerd.io, HTTPRoute.gateway.networking.k8s.io, GRPCRoute.gateway.networking.k8s.io',
    ],
    [
      'two identities',
      resources.AuthorizationPolicy,
      policy(target, meshTls, meshTls),
      '400 at most one MeshTLSAuthentication.policy.linkerd.io is allowed; write one that covers all of them',
    ],
    [
      'identities of two forms',
      resources.AuthorizationPolicy,
      policy(target, meshTls, account),
      '400 MeshTLSAuthentication and ServiceAccount exclude each other; name the account in the MeshTLSAuthentication',
    ],
    [
      'two networks',
      resources.AuthorizationPolicy,
      policy(target, network, network),
      '400 at most one NetworkAuthentication.policy.linkerd.io is allowed; write one that covers all of them',
    ],
    [
      'an authentication without its group',
      resources.AuthorizationPolicy,
      policy(target, { kind: 'MeshTLSAuthentication', name: 'a' }),
      '400 group policy.linkerd.io is missing beside kind "MeshTLSAuthentication"',
    ],
    ['a Server without a port', resources.Server, { podSelector: {} }, '422 spec.port'],
    [
      'a Server with both selectors',
      resources.Server,
      { podSelector: {}, externalWorkloadSelector: {}, port: 1 },
      '422 spec',
    ],
    ['identities of nobody', resources.MeshTLSAuthentication, {}, '422 spec'],
    [
      'a network without an address',
      resources.NetworkAuthentication,
      { networks: [{}] },
      '422 spec.networks[0].cidr',
    ],
    [
      'no network',
      resources.NetworkAuthentication,
      { networks: [] },
      '400 spec.networks is empty; list one network at least',
    ],
    [
      'a selector with an operator that is none, which the schema refuses before the webhook is asked for the port',
      resources.Server,
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'Has' }] }, port: 0 },
      '422 spec.podSelector.matchExpressions[0].operator',
    ],
    [
      'a port that only the webhook refuses',
      resources.Server,
      { podSelector: {}, port: 0 },
      '400 spec.port is 0; it must be from 1 to 65535, or the name of a port',
    ],
    [
      'a route to nowhere, of every layer the schema first',
      resources.GatewayHTTPRoute,
      { rules: [{ matches: [{ path: { type: 'Exact', value: 'a' } }] }] },
      '422 spec.rules[0].matches[0].path.value',
    ],
    ['an external workload without a spec', resources.ExternalWorkload, undefined, '422 spec'],
    ['an external workload, which Linkerd has no rules for', resources.ExternalWorkload, {}, 'admitted'],
    ['a gRPC route that says nothing', resources.GRPCRoute, undefined, 'admitted'],
    ['a built-in kind as it comes', resources.ServiceAccount, undefined, 'admitted'],
  ])('%s', (_, type, spec, expected) => {
    expect(verdict(type, spec)).toBe(expected);
  });

  it('goes by the version that the object is written as', () => {
    const server = object(resources.Server, { podSelector: {}, port: 80 });
    expect(admit(resources.Server, server, 'policy.linkerd.io/v1beta1')['spec']).toEqual({
      podSelector: {},
      port: 80,
      proxyProtocol: 'unknown',
      accessPolicy: 'deny',
    });
    expect(() => admit(resources.Server, server, 'policy.linkerd.io/v1alpha1')).toThrow(
      'must have exactly one of matchLabels and matchExpressions',
    );
  });

  it('fills in what a route means by default: the parent, and every path', () => {
    const route = {
      parentRefs: [{ name: 'web' }],
      rules: [{}, { matches: [{ headers: [{ name: 'a', value: 'b' }] }] }],
    };
    const path = { type: 'PathPrefix', value: '/' };
    expect(admit(resources.HTTPRoute, object(resources.HTTPRoute, route))['spec']).toEqual({
      parentRefs: [{ group: 'policy.linkerd.io', kind: 'Gateway', name: 'web' }],
      rules: [
        { matches: [{ path }] },
        { matches: [{ path, headers: [{ type: 'Exact', name: 'a', value: 'b' }] }] },
      ],
    });
    expect(admit(resources.GatewayHTTPRoute, object(resources.GatewayHTTPRoute, {}))['spec']).toEqual({
      rules: [{ matches: [{ path }] }],
    });
    const empty = { rules: [{ matches: [] }] };
    expect(admit(resources.HTTPRoute, object(resources.HTTPRoute, empty))['spec']).toEqual(empty);
  });
});
