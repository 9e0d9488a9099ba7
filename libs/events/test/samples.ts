import type { ObjectIdentity, ObjectReference, ObjectStates, PolicyObjectState } from '@mcp/mesh';
import { resourceKinds } from '@mcp/mesh';
import {
  managedKinds,
  type DesiredPresence,
  type DesiredState,
  type EventDataByType,
  type EventType,
} from '../src/index.js';

const identity: ObjectIdentity = {
  namespace: 'shop',
  name: 'web',
  uid: '0b6a3c1e-6a5f-4c43-9a53-0c8f1f3f7a11',
  createdAt: 1_760_000_000_000,
};

const labels = { app: 'web' };
const serverSpec: ObjectStates['Server']['spec'] = {
  selects: 'pods',
  selector: {
    matchLabels: labels,
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front'] },
      { key: 'canary', operator: 'DoesNotExist' },
    ],
  },
  port: 'http',
  proxyProtocol: 'HTTP/2',
  accessPolicy: 'deny',
};
const server: ObjectReference = { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' };
const account: ObjectReference = { group: '', kind: 'ServiceAccount', name: 'front', namespace: 'edge' };
const workload = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const client = {
  kind: 'identity',
  identity: 'front.edge.serviceaccount.identity.linkerd.cluster.local',
} as const;
const network = { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] };

const authorizationPolicySpec: DesiredPresence['spec'] = {
  targetRef: server,
  requiredAuthenticationRefs: [account],
};

function policy<Spec>(spec: Spec): PolicyObjectState<Spec> {
  return {
    ...identity,
    labels,
    spec,
    unmodelled: ['spec.rules[0].sessionPersistence'],
    fieldOwners: [
      { manager: 'linkerd-mcp', operation: 'Apply', at: 1_760_000_001_000, paths: ['spec.targetRef.name'] },
      { manager: 'kubectl-edit', operation: 'Update', paths: ['metadata.labels.app'] },
    ],
    change: { id: 'change-1', revision: 1 },
    gitOps: 'argocd',
    conditions: [
      {
        controllerName: 'linkerd.io/policy-controller',
        parent: { group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'web-http' },
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
      },
    ],
  };
}

const route = {
  parentRefs: [{ ...server, namespace: 'shop', port: 8080, sectionName: 'http' }],
  hostnames: ['web.shop.example.org'],
};

const rule = {
  filters: [{ type: 'RequestHeaderModifier', detail: { set: [{ name: 'x-seen', value: '1' }] } }],
  backendRefs: [{ group: '', kind: 'Service', name: 'web', namespace: 'shop', port: 80, weight: 1 }],
};

const header = { type: 'Exact', name: 'x-tenant', value: 'a' } as const;

const httpRoute: ObjectStates['HTTPRoute'] = policy({
  ...route,
  rules: [
    {
      ...rule,
      matches: [
        {
          path: { type: 'PathPrefix', value: '/orders' },
          headers: [header],
          queryParams: [{ type: 'RegularExpression', name: 'page', value: '[0-9]+' }],
          method: 'GET',
        },
      ],
      timeouts: { request: '10s', backendRequest: '2s' },
    },
  ],
});

const objects: { readonly [K in keyof ObjectStates]: ObjectStates[K] } = {
  Namespace: {
    ...identity,
    namespace: '',
    name: 'shop',
    labels,
    annotations: { 'linkerd.io/inject': 'enabled' },
  },
  ServiceAccount: identity,
  Controller: {
    ...identity,
    kind: 'ReplicaSet',
    owner: { kind: 'Deployment', name: 'web', uid: 'e6b5a0c4' },
  },
  Pod: {
    ...identity,
    shape: 'f2ca1bb6c7e907d06dafe4687e579fce',
    owner: { kind: 'ReplicaSet', name: 'web-5d8f', uid: 'a57f1b2c' },
    ips: ['10.42.0.7', 'fd00::7'],
    node: 'node-1',
    phase: 'Running',
    ready: true,
  },
  Service: {
    ...identity,
    selector: labels,
    type: 'ClusterIP',
    headless: false,
    clusterIps: ['10.96.0.10'],
    externalName: 'web.example.org',
    ports: [
      { name: 'http', number: 80, protocol: 'TCP', targetPort: 'http', appProtocol: 'http' },
      { number: 81, protocol: 'TCP', targetPort: 8081 },
    ],
  },
  Server: policy(serverSpec),
  ServerAuthorization: policy({
    server: { name: 'web-http', selector: { matchLabels: labels, matchExpressions: [] } },
    client: {
      networks: [network],
      unauthenticated: false,
      meshTLS: {
        unauthenticatedTLS: false,
        identities: ['*.edge.serviceaccount.identity.linkerd.cluster.local'],
        serviceAccounts: [{ name: 'front', namespace: 'edge' }],
      },
    },
  }),
  AuthorizationPolicy: policy(authorizationPolicySpec),
  MeshTLSAuthentication: policy({ identities: ['*'], identityRefs: [account] }),
  NetworkAuthentication: policy({ networks: [network] }),
  HTTPRoute: httpRoute,
  GatewayHTTPRoute: httpRoute,
  GRPCRoute: policy({
    ...route,
    rules: [
      {
        ...rule,
        matches: [{ method: { type: 'Exact', service: 'shop.Orders', method: 'List' }, headers: [header] }],
      },
    ],
  }),
  HTTPLocalRateLimitPolicy: policy({
    targetRef: server,
    totalRequestsPerSecond: 100,
    identityRequestsPerSecond: 10,
    overrides: [{ requestsPerSecond: 50, clientRefs: [account] }],
  }),
  EgressNetwork: policy({ trafficPolicy: 'Deny', networks: [network] }),
  ExternalWorkload: {
    ...identity,
    labels,
    annotations: {},
    identity: 'spiffe://root.linkerd.cluster.local/vm',
    serverName: 'vm.cluster.local',
    ports: [{ name: 'http', number: 80, protocol: 'TCP' }],
    ips: ['192.0.2.7'],
    ready: true,
    owner: { kind: 'ExternalGroup', name: 'vms', uid: 'b1d0' },
  },
  ControlPlane: {
    ...identity,
    namespace: 'linkerd',
    name: 'linkerd-destination',
    trustDomain: 'cluster.local',
    controlPlaneNamespace: 'linkerd',
    defaultPolicy: 'all-unauthenticated',
    clusterNetworks: ['10.0.0.0/8'],
    probeNetworks: ['0.0.0.0/0', '::/0'],
    version: 'edge-25.8.3',
    configured: ['trustDomain'],
  },
};

const desired: DesiredPresence = {
  changeId: 'change-2',
  key: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
  spec: authorizationPolicySpec,
};

type OfObject = keyof EventDataByType & `${keyof ObjectStates}${'Observed' | 'Deleted'}`;

const others: { readonly [T in Exclude<EventType, OfObject>]: EventDataByType[T] } = {
  SourceIdentified: { source: 'kubernetes', id: '5f1c2f0e-52a6-4f8f-9a53-0c8f1f3f7a11' },
  ScopeDeclared: { namespaces: ['shop', 'edge'] },
  SourceStateChanged: { kind: 'Pod', phase: 'stale', reason: 'no answer for 30 s' },
  PodShapeObserved: {
    hash: 'f2ca1bb6c7e907d06dafe4687e579fce',
    labels,
    annotations: { 'config.linkerd.io/opaque-ports': '3306' },
    serviceAccount: 'web',
    ports: [{ container: 'web', init: false, name: 'http', number: 8080, protocol: 'TCP' }],
    probes: [{ container: 'web', init: false, port: 'http', path: '/ready' }],
    meshed: true,
    governed: true,
    proxyVersion: 'edge-25.8.3',
    skippedPorts: { inbound: '4190,4191,4567,4568', outbound: '4567,4568' },
  },
  ObjectUnreadable: {
    key: { kind: 'Server', namespace: 'shop', name: 'web-http' },
    uid: identity.uid,
    createdAt: identity.createdAt,
    problem: { code: 'WRONG_TYPE', field: 'spec.port', message: 'is neither a number nor a text' },
  },
  EdgeObserved: {
    source: { kind: 'workload', workload: { namespace: 'edge', kind: 'Deployment', name: 'front' } },
    destination: { kind: 'workload', workload },
    port: 8080,
    what: 'security-changed',
    activity: 'active',
    security: 'mixed',
    insecureReasons: ['not_provided_by_service_discovery'],
    protocol: 'http',
    evidence: 'client',
    services: ['shop/web'],
    serverIdentities: ['web.shop.serviceaccount.identity.linkerd.cluster.local'],
    firstSeenAt: 1_760_000_000_000,
    lastSeenAt: 1_760_000_060_000,
    seen: { asOf: 1_760_000_060_000, windowMs: 60_000, proxiesSeen: 9, meshedPods: 10 },
  },
  EdgeForgotten: { why: 'retention' },
  TrafficRefused: {
    what: 'denied',
    workload,
    port: 8080,
    protocol: 'http',
    server: { group: 'policy.linkerd.io', kind: 'server', name: 'web-http' },
    route: { group: '', kind: 'default', name: 'default' },
    client,
    count: 3,
    total: 5,
    firstAt: 1_760_000_000_000,
    lastAt: 1_760_000_060_000,
  },
  RefusalForgotten: { why: 'too-many' },
  UsageRecorded: {
    workload,
    day: '2026-11-22',
    observedMs: 3_600_000,
    edges: [
      {
        client,
        port: 8080,
        protocol: 'http',
        route: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'web-read' },
        allowed: 120,
        denied: 3,
        firstAt: 1_760_000_000_000,
        lastAt: 1_760_000_060_000,
      },
    ],
    dropped: 7,
  },
  UsageForgotten: { why: 'retention' },
  TelemetryChanged: {
    phase: 'live',
    reason: '',
    lastAt: 1_760_000_060_000,
    faults: [
      {
        code: 'part-missing',
        part: 'counters',
        counters: 'denied http',
        message: 'http-denied: no answer in time',
        pods: ['shop/cart-1-a'],
        since: 1_760_000_000_000,
      },
    ],
    proxies: {
      versions: [{ version: '2.366.0', proxies: 3 }],
      scrapedTwice: 1,
      certificates: { soonestEndAt: 1_760_080_000_000, endingSoon: 0 },
    },
  },
  ChangeRequested: {
    ...desired,
    revision: 2,
    replaces: 'change-1',
    set: 'change',
    before: { uid: identity.uid, resourceVersion: '4711', spec: authorizationPolicySpec },
    accepted: ['CUTS_LIVE_CALLERS'],
    correction: { forceFrom: ['kubectl-edit'] },
  },
  DesiredStateSet: desired,
  ChangeDenied: {
    key: desired.key,
    verb: 'patch',
    group: 'policy.linkerd.io',
    resource: 'authorizationpolicies',
    message: 'ada may not patch it',
    unrecorded: 3,
  },
  DriftModeSet: { key: desired.key, mode: 'enforce', forceFrom: ['kubectl-edit'] },
  EnforcementStopped: { key: desired.key, code: 'FOUGHT', message: 'three corrections were overwritten' },
  ChangeSetRequested: {
    setId: 'change',
    changes: ['change-1', 'change-2'],
    standing: ['change-earlier'],
    plannedAt: 1_760_000_002_000,
    undoes: 'change-0',
    accepted: ['UNKNOWN_IMPACT', 'UNSAFE_ORDER'],
    staging: {
      audit: {
        forMs: 3_600_000,
        then: [{ key: { kind: 'Server', namespace: 'shop', name: 'web-http' }, spec: serverSpec }],
        impacts: [{ code: 'CUTS_LIVE_CALLERS', digest: '0123456789abcdef' }],
      },
      undoOnDenialsForMs: 900_000,
    },
    enforces: 'change-audited',
  },
  StagingEnded: {
    setId: 'change',
    outcome: 'stopped',
    code: 'PLAN_OUTDATED',
    message: 'a caller that was not known calls now',
  },
  ApplyStarted: { revision: 2, plan: 'update', liveResourceVersion: '4711' },
  DryRunPassed: { revision: 2 },
  ChangeApplied: { revision: 2, uid: identity.uid, resourceVersion: '4712', modified: true },
  ChangeRejected: { revision: 2, status: 403, message: 'denied by admission' },
  ChangeConflicted: {
    revision: 2,
    conflicts: [{ manager: 'kubectl-edit', field: 'spec.targetRef.name' }],
  },
  ChangeRefused: { revision: 2, code: 'GITOPS_OWNED', message: 'Argo CD owns the object' },
  ChangeSuperseded: { revision: 2, by: 'change-3' },
  ApplyDeferred: { revision: 2, code: 'TARGET_UNAVAILABLE', message: 'the API server did not answer' },
};

/** One full example of each event type: every optional field is there. */
export const samples: ReadonlyMap<EventType, unknown> = new Map<EventType, unknown>([
  ...resourceKinds.flatMap((kind): [EventType, unknown][] => [
    [`${kind}Observed`, objects[kind]],
    [`${kind}Deleted`, { detectedLate: true }],
  ]),
  ...(Object.entries(others) as [EventType, unknown][]),
]);

/** What is desired of each kind, where it is another than in `samples`. */
export const desiredSamples: readonly (readonly [EventType, string, DesiredState])[] = managedKinds
  .filter((kind) => kind !== desired.key.kind)
  .flatMap((kind) => {
    const data = { ...desired, key: { ...desired.key, kind }, spec: objects[kind].spec };
    return [
      ['ChangeRequested', kind, { ...data, revision: 1 }],
      ['DesiredStateSet', kind, data],
    ] as const;
  });
