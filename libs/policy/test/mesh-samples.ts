import type {
  ObjectReference,
  ObjectStates,
  ParentReference,
  PolicyKind,
  PolicyObjectState,
  ReportedCondition,
  ServiceState,
} from '@mcp/mesh';
import { policyKinds } from '@mcp/mesh';
import type { MeshSettings, MeshView, NamespaceView, PolicyObjects } from '../src/view.js';

/** A policy object without anything that the test does not talk about. */
export function policyObject<Spec>(
  namespace: string,
  name: string,
  spec: Spec,
  more: Partial<PolicyObjectState<Spec>> = {},
): PolicyObjectState<Spec> {
  return {
    namespace,
    name,
    uid: `uid of ${name}`,
    createdAt: 1_000,
    labels: {},
    spec,
    fieldOwners: [],
    conditions: [],
    ...more,
  };
}

export function server(namespace: string, name: string): ObjectStates['Server'] {
  return policyObject(namespace, name, {
    selects: 'pods',
    selector: { matchLabels: {}, matchExpressions: [] },
    port: 80,
    proxyProtocol: 'HTTP/1',
    accessPolicy: 'deny',
  });
}

export function toServer(name: string, more: Partial<ParentReference> = {}): ParentReference {
  return { group: 'policy.linkerd.io', kind: 'Server', name, ...more };
}

/** Serves as an HTTPRoute and as a GRPCRoute, since it has no rules but for its backends. */
export function route(
  namespace: string,
  name: string,
  parentRefs: readonly ParentReference[],
  backends: readonly Omit<ObjectReference, 'namespace'>[] = [],
): PolicyObjectState<{
  parentRefs: readonly ParentReference[];
  hostnames: readonly string[];
  rules: ObjectStates['HTTPRoute']['spec']['rules'] & ObjectStates['GRPCRoute']['spec']['rules'];
}> {
  const backendRefs = backends.map((backend) => ({ ...backend, weight: 1 }));
  const rules = backends.length === 0 ? [] : [{ matches: [], filters: [], backendRefs }];
  return policyObject(namespace, name, { parentRefs, hostnames: [], rules });
}

export function rateLimit(
  namespace: string,
  name: string,
  target: string,
  createdAt = 1_000,
): ObjectStates['HTTPLocalRateLimitPolicy'] {
  const spec = {
    targetRef: toServer(target),
    totalRequestsPerSecond: 1,
    identityRequestsPerSecond: 0,
    overrides: [],
  };
  return policyObject(namespace, name, spec, { createdAt });
}

export function egressNetwork(
  namespace: string,
  name: string,
  ...cidrs: readonly string[]
): ObjectStates['EgressNetwork'] {
  const networks = cidrs.map((cidr) => ({ cidr, except: [] }));
  return policyObject(namespace, name, {
    trafficPolicy: 'Allow',
    ...(networks.length > 0 && { networks }),
  });
}

export function service(namespace: string, name: string, more: Partial<ServiceState> = {}): ServiceState {
  return {
    namespace,
    name,
    uid: `uid of ${name}`,
    createdAt: 1_000,
    type: 'ClusterIP',
    headless: false,
    clusterIps: ['10.0.0.1'],
    ports: [],
    ...more,
  };
}

export const noPolicy = Object.fromEntries(
  policyKinds.map((kind: PolicyKind) => [kind, []]),
) as unknown as PolicyObjects;

export function namespace(
  name: string,
  policy: Partial<PolicyObjects> = {},
  more: Partial<NamespaceView> = {},
): NamespaceView {
  return {
    namespace: name,
    annotations: {},
    policy: { ...noPolicy, ...policy },
    unreadable: [],
    workloads: [],
    services: [],
    serviceAccounts: [],
    ...more,
  };
}

export function meshOf(
  namespaces: readonly NamespaceView[],
  settings: MeshSettings = { clusterNetworks: ['10.0.0.0/8'] },
): MeshView {
  return {
    namespaces: new Map(namespaces.map((view) => [view.namespace, view])),
    settings,
    notLive: new Map(),
    scope: 'all',
  };
}

/** What the policy controller says of a Server, `shop/web` unless said otherwise. */
export function reported(
  reason: string,
  parent: Partial<ReportedCondition['parent']> = {},
): ReportedCondition {
  return {
    controllerName: 'linkerd.io/policy-controller',
    parent: { group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'web', ...parent },
    type: 'Accepted',
    status: reason === 'Accepted' ? 'True' : 'False',
    reason,
  };
}
