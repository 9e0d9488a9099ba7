import { describe, expect, it } from '@jest/globals';
import { parseAuthorizationPolicy } from './authorization-policy.js';
import { parseEgressNetwork } from './egress-network.js';
import { parseGRPCRoute } from './grpc-route.js';
import { parseHTTPLocalRateLimitPolicy } from './http-local-rate-limit-policy.js';
import { parseGatewayHTTPRoute, parseHTTPRoute } from './http-route.js';
import { parseMeshTLSAuthentication } from './mesh-tls-authentication.js';
import { parseNetworkAuthentication } from './network-authentication.js';
import type { Parsed } from './parsed.js';
import { rawObject } from '../../test/raw-object.js';
import { parseServerAuthorization } from './server-authorization.js';
import { parseServer } from './server.js';

type Parse = (raw: unknown) => Parsed<{ readonly spec: unknown }>;

/** A spec, and what it reads as. */
type Readable = readonly [rule: string, parse: Parse, written: unknown, read: unknown];

/** A spec that cannot be read, with the code and the field of its problem. */
type Unreadable = readonly [rule: string, parse: Parse, written: unknown, code: string, field: string];

const everyPath = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] };
const everyPod = { matchLabels: {}, matchExpressions: [] };

const readable: readonly Readable[] = [
  [
    'a Server says its pods, port, protocol and access policy',
    parseServer,
    {
      podSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      port: 'http',
      proxyProtocol: 'HTTP/2',
      accessPolicy: 'audit',
    },
    {
      selects: 'pods',
      selector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'tier', operator: 'Exists' }],
      },
      port: 'http',
      proxyProtocol: 'HTTP/2',
      accessPolicy: 'audit',
    },
  ],
  [
    'a Server detects the protocol and denies unless it says otherwise',
    parseServer,
    { podSelector: {}, port: 8080 },
    { selects: 'pods', selector: everyPod, port: 8080, proxyProtocol: 'unknown', accessPolicy: 'deny' },
  ],
  [
    'a Server may select external workloads',
    parseServer,
    { externalWorkloadSelector: {}, port: 1 },
    {
      selects: 'externalWorkloads',
      selector: everyPod,
      port: 1,
      proxyProtocol: 'unknown',
      accessPolicy: 'deny',
    },
  ],
  [
    'a port in quotes is a name, even if it looks like a number',
    parseServer,
    { podSelector: {}, port: '8080' },
    { selects: 'pods', selector: everyPod, port: '8080', proxyProtocol: 'unknown', accessPolicy: 'deny' },
  ],
  [
    'an access policy of an unknown name authorises nobody',
    parseServer,
    { podSelector: {}, port: 1, accessPolicy: 'everybody' },
    { selects: 'pods', selector: everyPod, port: 1, proxyProtocol: 'unknown', accessPolicy: 'deny' },
  ],
  [
    'a selector expression with an empty list of values is not one without values',
    parseServer,
    { podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] }, port: 1 },
    {
      selects: 'pods',
      selector: { matchLabels: {}, matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] },
      port: 1,
      proxyProtocol: 'unknown',
      accessPolicy: 'deny',
    },
  ],
  [
    'a ServerAuthorization says its Server and its clients',
    parseServerAuthorization,
    {
      server: { name: 'web-http' },
      client: {
        networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }],
        meshTLS: { identities: ['*.shop'], serviceAccounts: [{ name: 'a' }, { name: 'b', namespace: 'c' }] },
      },
    },
    {
      server: { name: 'web-http' },
      client: {
        networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }],
        unauthenticated: false,
        meshTLS: {
          unauthenticatedTLS: false,
          identities: ['*.shop'],
          serviceAccounts: [{ name: 'a' }, { name: 'b', namespace: 'c' }],
        },
      },
    },
  ],
  [
    'a ServerAuthorization without authentication is kept as such',
    parseServerAuthorization,
    { server: { selector: {} }, client: {} },
    { server: { selector: everyPod }, client: { networks: [], unauthenticated: false } },
  ],
  [
    'an AuthorizationPolicy says its target and what it requires; no group is the core group',
    parseAuthorizationPolicy,
    {
      targetRef: { kind: 'Namespace', name: 'shop' },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'client', namespace: 'other' }],
    },
    {
      targetRef: { group: '', kind: 'Namespace', name: 'shop' },
      requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'client', namespace: 'other' }],
    },
  ],
  [
    'an AuthorizationPolicy may require nothing, which is everyone',
    parseAuthorizationPolicy,
    {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 's' },
      requiredAuthenticationRefs: [],
    },
    {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 's' },
      requiredAuthenticationRefs: [],
    },
  ],
  [
    'a MeshTLSAuthentication says identities',
    parseMeshTLSAuthentication,
    { identities: ['*', 'spiffe://a/b'] },
    { identities: ['*', 'spiffe://a/b'], identityRefs: [] },
  ],
  [
    'a MeshTLSAuthentication says references to identities',
    parseMeshTLSAuthentication,
    { identityRefs: [{ kind: 'Namespace', name: 'shop' }] },
    { identities: [], identityRefs: [{ group: '', kind: 'Namespace', name: 'shop' }] },
  ],
  [
    'a NetworkAuthentication takes networks and single addresses of both families',
    parseNetworkAuthentication,
    { networks: [{ cidr: '10.0.0.7' }, { cidr: 'fd00::/8', except: ['fd00::1'] }] },
    {
      networks: [
        { cidr: '10.0.0.7', except: [] },
        { cidr: 'fd00::/8', except: ['fd00::1'] },
      ],
    },
  ],
  [
    'a network is no network, since Linkerd keeps the object too and ignores it',
    parseNetworkAuthentication,
    { networks: [{ cidr: '10.0.0.0/33', except: ['ten'] }] },
    { networks: [{ cidr: '10.0.0.0/33', except: ['ten'] }] },
  ],
  [
    'an HTTPRoute of Linkerd fills in its own group, the kind Gateway and the rule that matches everything',
    parseHTTPRoute,
    { parentRefs: [{ name: 's' }] },
    {
      parentRefs: [{ group: 'policy.linkerd.io', kind: 'Gateway', name: 's' }],
      hostnames: [],
      rules: [{ matches: [everyPath], filters: [], backendRefs: [] }],
    },
  ],
  [
    'an HTTPRoute of the Gateway API fills in the group of the Gateway API',
    parseGatewayHTTPRoute,
    { parentRefs: [{ kind: 'Server', name: 's' }] },
    {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Server', name: 's' }],
      hostnames: [],
      rules: [{ matches: [everyPath], filters: [], backendRefs: [] }],
    },
  ],
  [
    'a rule without matches matches every path, one with an empty list keeps it, and so do rules',
    parseHTTPRoute,
    { rules: [{}, { matches: [] }, { matches: [{}] }] },
    {
      parentRefs: [],
      hostnames: [],
      rules: [
        { matches: [everyPath], filters: [], backendRefs: [] },
        { matches: [], filters: [], backendRefs: [] },
        { matches: [everyPath], filters: [], backendRefs: [] },
      ],
    },
  ],
  [
    'an HTTPRoute keeps an explicit empty list of rules',
    parseHTTPRoute,
    { rules: [] },
    { parentRefs: [], hostnames: [], rules: [] },
  ],
  [
    'an HTTPRoute says parents, hostnames, matches, filters, backends and timeouts',
    parseHTTPRoute,
    {
      parentRefs: [
        { group: 'policy.linkerd.io', kind: 'Server', name: 's', namespace: 'n', port: 80, sectionName: 'x' },
      ],
      hostnames: ['*.example.com'],
      rules: [
        {
          matches: [
            {
              path: { type: 'RegularExpression', value: '/a.*' },
              method: 'GET',
              headers: [{ name: 'x-a', value: '1' }],
              queryParams: [{ type: 'RegularExpression', name: 'q', value: '.' }],
            },
          ],
          filters: [{ type: 'RequestRedirect', requestRedirect: { port: 1 } }, { type: 'URLRewrite' }],
          backendRefs: [{ name: 'b', port: 80 }],
          timeouts: { request: '10s' },
        },
      ],
    },
    {
      parentRefs: [
        { group: 'policy.linkerd.io', kind: 'Server', name: 's', namespace: 'n', port: 80, sectionName: 'x' },
      ],
      hostnames: ['*.example.com'],
      rules: [
        {
          matches: [
            {
              path: { type: 'RegularExpression', value: '/a.*' },
              method: 'GET',
              headers: [{ type: 'Exact', name: 'x-a', value: '1' }],
              queryParams: [{ type: 'RegularExpression', name: 'q', value: '.' }],
            },
          ],
          filters: [{ type: 'RequestRedirect', detail: { port: 1 } }, { type: 'URLRewrite' }],
          backendRefs: [{ group: '', kind: 'Service', name: 'b', port: 80, weight: 1 }],
          timeouts: { request: '10s' },
        },
      ],
    },
  ],
  [
    'a filter of an unknown type has no detail',
    parseHTTPRoute,
    { rules: [{ filters: [{ type: 'Constructor' }] }] },
    {
      parentRefs: [],
      hostnames: [],
      rules: [{ matches: [everyPath], filters: [{ type: 'Constructor' }], backendRefs: [] }],
    },
  ],
  [
    'a reference with an empty namespace is to the own namespace',
    parseMeshTLSAuthentication,
    { identityRefs: [{ kind: 'ServiceAccount', name: 'a', namespace: '' }] },
    { identities: [], identityRefs: [{ group: '', kind: 'ServiceAccount', name: 'a' }] },
  ],
  [
    'a GRPCRoute keeps a match without a method',
    parseGRPCRoute,
    {
      parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 's' }],
      rules: [{ matches: [{ method: { service: 'a.B', method: 'C' } }, { headers: [] }] }, {}],
    },
    {
      parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 's' }],
      hostnames: [],
      rules: [
        {
          matches: [{ method: { type: 'Exact', service: 'a.B', method: 'C' }, headers: [] }, { headers: [] }],
          filters: [],
          backendRefs: [],
        },
        { matches: [], filters: [], backendRefs: [] },
      ],
    },
  ],
  [
    'an HTTPLocalRateLimitPolicy without limits limits nothing',
    parseHTTPLocalRateLimitPolicy,
    { targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 's' } },
    {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 's' },
      totalRequestsPerSecond: 0,
      identityRequestsPerSecond: 0,
      overrides: [],
    },
  ],
  [
    'an HTTPLocalRateLimitPolicy says its limits',
    parseHTTPLocalRateLimitPolicy,
    {
      targetRef: { kind: 'Server', name: 's' },
      total: { requestsPerSecond: 100 },
      identity: { requestsPerSecond: 10 },
      overrides: [{ requestsPerSecond: 50, clientRefs: [{ kind: 'ServiceAccount', name: 'a' }] }],
    },
    {
      targetRef: { group: '', kind: 'Server', name: 's' },
      totalRequestsPerSecond: 100,
      identityRequestsPerSecond: 10,
      overrides: [{ requestsPerSecond: 50, clientRefs: [{ group: '', kind: 'ServiceAccount', name: 'a' }] }],
    },
  ],
  [
    'an EgressNetwork without networks is everything outside the cluster, which an empty list is not',
    parseEgressNetwork,
    { trafficPolicy: 'Deny' },
    { trafficPolicy: 'Deny' },
  ],
  [
    'an EgressNetwork says its networks',
    parseEgressNetwork,
    { trafficPolicy: 'Allow', networks: [{ cidr: '192.0.2.0/24' }] },
    { trafficPolicy: 'Allow', networks: [{ cidr: '192.0.2.0/24', except: [] }] },
  ],
];

const server = { group: 'policy.linkerd.io', kind: 'Server', name: 's' };

const unreadable: readonly Unreadable[] = [
  ['a Server without a spec', parseServer, undefined, 'MISSING', 'spec'],
  ['a spec that is a list', parseServer, [], 'WRONG_TYPE', 'spec'],
  ['a Server that selects nothing', parseServer, { port: 1 }, 'NOT_ALLOWED', 'spec'],
  [
    'a Server that selects both pods and external workloads',
    parseServer,
    { podSelector: {}, externalWorkloadSelector: {}, port: 1 },
    'NOT_ALLOWED',
    'spec',
  ],
  ['a Server without a port', parseServer, { podSelector: {} }, 'MISSING', 'spec.port'],
  ['a Server with port 0', parseServer, { podSelector: {}, port: 0 }, 'OUT_OF_RANGE', 'spec.port'],
  ['a Server with port 65536', parseServer, { podSelector: {}, port: 65536 }, 'OUT_OF_RANGE', 'spec.port'],
  ['a Server with half a port', parseServer, { podSelector: {}, port: 1.5 }, 'WRONG_TYPE', 'spec.port'],
  ['a Server with a nameless port', parseServer, { podSelector: {}, port: '' }, 'MISSING', 'spec.port'],
  [
    'a Server of an unknown protocol',
    parseServer,
    { podSelector: {}, port: 1, proxyProtocol: 'http/1' },
    'NOT_ALLOWED',
    'spec.proxyProtocol',
  ],
  [
    'a label that is not a string',
    parseServer,
    { podSelector: { matchLabels: { app: 1 } }, port: 1 },
    'WRONG_TYPE',
    'spec.podSelector.matchLabels.app',
  ],
  [
    'an unknown operator in a selector',
    parseServer,
    { podSelector: { matchExpressions: [{ key: 'a', operator: 'Gt' }] }, port: 1 },
    'NOT_ALLOWED',
    'spec.podSelector.matchExpressions[0].operator',
  ],
  [
    'a ServerAuthorization for no Server',
    parseServerAuthorization,
    { server: {}, client: {} },
    'MISSING',
    'spec.server',
  ],
  [
    'a ServerAuthorization without clients',
    parseServerAuthorization,
    { server: { name: 'a' } },
    'MISSING',
    'spec.client',
  ],
  [
    'a flag in quotes',
    parseServerAuthorization,
    { server: { name: 'a' }, client: { unauthenticated: 'true' } },
    'WRONG_TYPE',
    'spec.client.unauthenticated',
  ],
  [
    'a service account without a name',
    parseServerAuthorization,
    { server: { name: 'a' }, client: { meshTLS: { serviceAccounts: [{}] } } },
    'MISSING',
    'spec.client.meshTLS.serviceAccounts[0].name',
  ],
  [
    'an AuthorizationPolicy without a list of what it requires, which would read as everyone',
    parseAuthorizationPolicy,
    { targetRef: server },
    'MISSING',
    'spec.requiredAuthenticationRefs',
  ],
  [
    'an AuthorizationPolicy without a target',
    parseAuthorizationPolicy,
    { requiredAuthenticationRefs: [] },
    'MISSING',
    'spec.targetRef.kind',
  ],
  [
    'a reference without a name',
    parseAuthorizationPolicy,
    { targetRef: server, requiredAuthenticationRefs: [{ kind: 'ServiceAccount' }] },
    'MISSING',
    'spec.requiredAuthenticationRefs[0].name',
  ],
  [
    'identities that are not a list',
    parseMeshTLSAuthentication,
    { identities: '*' },
    'WRONG_TYPE',
    'spec.identities',
  ],
  [
    'an identity that is not a string',
    parseMeshTLSAuthentication,
    { identities: ['*', 1] },
    'WRONG_TYPE',
    'spec.identities[1]',
  ],
  ['a NetworkAuthentication without networks', parseNetworkAuthentication, {}, 'MISSING', 'spec.networks'],
  [
    'a network that is empty',
    parseNetworkAuthentication,
    { networks: [{ cidr: '' }] },
    'MISSING',
    'spec.networks[0].cidr',
  ],
  [
    'an exception that is no text',
    parseNetworkAuthentication,
    { networks: [{ cidr: '10.0.0.0/8', except: [10] }] },
    'WRONG_TYPE',
    'spec.networks[0].except[0]',
  ],
  ['a parent without a name', parseHTTPRoute, { parentRefs: [{}] }, 'MISSING', 'spec.parentRefs[0].name'],
  [
    'an unknown type of path match',
    parseGatewayHTTPRoute,
    { rules: [{ matches: [{ path: { type: 'Suffix' } }] }] },
    'NOT_ALLOWED',
    'spec.rules[0].matches[0].path.type',
  ],
  [
    'a weight below zero',
    parseHTTPRoute,
    { rules: [{ backendRefs: [{ name: 'a', weight: -1 }] }] },
    'OUT_OF_RANGE',
    'spec.rules[0].backendRefs[0].weight',
  ],
  [
    'a filter without a type',
    parseHTTPRoute,
    { rules: [{ filters: [{}] }] },
    'MISSING',
    'spec.rules[0].filters[0].type',
  ],
  [
    'a gRPC method that is a string',
    parseGRPCRoute,
    { rules: [{ matches: [{ method: 'a.B/C' }] }] },
    'WRONG_TYPE',
    'spec.rules[0].matches[0].method',
  ],
  [
    'a limit below zero',
    parseHTTPLocalRateLimitPolicy,
    { targetRef: server, total: { requestsPerSecond: -1 } },
    'OUT_OF_RANGE',
    'spec.total.requestsPerSecond',
  ],
  [
    'a limit that is said without a number',
    parseHTTPLocalRateLimitPolicy,
    { targetRef: server, identity: {} },
    'MISSING',
    'spec.identity.requestsPerSecond',
  ],
  [
    'an EgressNetwork of an unknown traffic policy',
    parseEgressNetwork,
    { trafficPolicy: 'allow' },
    'NOT_ALLOWED',
    'spec.trafficPolicy',
  ],
];

describe('a policy object can be read when', () => {
  it.each(readable)('%s', (_rule, parse, written, expected) => {
    const parsed = parse(rawObject({ spec: written }));
    expect('value' in parsed ? parsed.value.spec : parsed).toEqual(expected);
  });
});

describe('a policy object cannot be read when it has', () => {
  it.each(unreadable)('%s', (_rule, parse, written, code, field) => {
    expect(parse(rawObject({ spec: written }))).toEqual({
      problem: { code, field, message: expect.stringContaining(field) },
    });
  });
});
