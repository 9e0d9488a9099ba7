import type {
  Labels,
  LabelSelector,
  Network,
  ObjectReference,
  ObjectStates,
  ParentReference,
  PolicyKind,
  PolicyObjectState,
  ReportedCondition,
  RouteFilter,
  ValueMatch,
} from '@mcp/mesh';
import { defaultPolicies, policyKinds, proxyProtocols, resourceKinds } from '@mcp/mesh';
import fc from 'fast-check';
import { annotations } from '../src/names.js';
import type { Endpoint, MeshSettings, MeshView, NamespaceView, WorkloadView } from '../src/view.js';
import { settings } from './mesh-view.js';

/** Any state that an object of the cluster could be in, whatever admission says of it: fields of the right type, with any text. */

const names = ['a', 'b', 'http'];
/** Names that meet, and now and then anything. */
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.constantFrom('', '*', '**', '*.a', '__proto__', 'constructor', '80', '/a|/b(') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);
const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 2 });
const number = fc.oneof(fc.constantFrom(80, 81), fc.integer());
const space = fc.constantFrom('shop', 'bank', 'gone');
const dictionary: fc.Arbitrary<Labels> = fc.dictionary(text, text, { maxKeys: 2 });
const identity = fc.oneof(
  text,
  fc.tuple(text, text).map(([sa, ns]) => `${sa}.${ns}.serviceaccount.identity.linkerd.cluster.local`),
  fc.constant('spiffe://cluster.local/a'),
);

const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: fc.oneof(fc.constant({}), dictionary),
  matchExpressions: some(
    fc.record(
      {
        key: text,
        operator: fc.constantFrom(
          'In' as const,
          'NotIn' as const,
          'Exists' as const,
          'DoesNotExist' as const,
        ),
        values: some(text),
      },
      { requiredKeys: ['key', 'operator'] },
    ),
  ),
});
const kindOf = fc.constantFrom(
  ...['Server', 'HTTPRoute', 'MeshTLSAuthentication', 'NetworkAuthentication', 'Gateway'].map((kind) => ({
    group: 'policy.linkerd.io',
    kind,
  })),
  ...['HTTPRoute', 'GRPCRoute', 'Server'].map((kind) => ({ group: 'gateway.networking.k8s.io', kind })),
  ...['Namespace', 'ServiceAccount', 'Service'].map((kind) => ({ group: '', kind })),
);
const reference: fc.Arbitrary<ObjectReference> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: kindOf },
      { weight: 1, arbitrary: fc.record({ group: text, kind: text }) },
    ),
    fc.record({ name: text, namespace: space }, { requiredKeys: ['name'] }),
  )
  .map(([kind, at]) => ({ ...kind, ...at }));
const parent: fc.Arbitrary<ParentReference> = fc
  .tuple(reference, fc.record({ port: number, sectionName: text }, { requiredKeys: [] }), fc.nat(4))
  .map(([of, more, odd]) =>
    odd === 0 ? { ...of, ...more } : { group: 'policy.linkerd.io', kind: 'Server', name: of.name },
  );
const network: fc.Arbitrary<Network> = fc.record({
  cidr: fc.oneof(fc.constantFrom('10.0.0.0/8', '::/0', '0.0.0.0/0'), text),
  except: some(fc.oneof(fc.constant('10.0.0.1'), text)),
});
const condition: fc.Arbitrary<ReportedCondition> = fc.record({
  controllerName: fc.constantFrom('linkerd.io/policy-controller', 'example.org/other'),
  parent: fc.record({ group: text, kind: fc.constantFrom('Server', 'Gateway'), name: text }),
  type: fc.constantFrom('Accepted', 'ResolvedRefs'),
  status: fc.constantFrom('True', 'False'),
  reason: text,
});
const valueMatch: fc.Arbitrary<ValueMatch> = fc.record({
  type: fc.constantFrom('Exact' as const, 'RegularExpression' as const),
  name: text,
  value: text,
});
const filter: fc.Arbitrary<RouteFilter> = fc.record(
  {
    type: fc.oneof(fc.constantFrom('RequestRedirect', 'RequestHeaderModifier', 'URLRewrite'), text),
    detail: fc.anything(),
  },
  { requiredKeys: ['type'] },
);
const backendRefs = some(reference.map((of) => ({ ...of, weight: 1 })));
const rulesOf = <M>(match: fc.Arbitrary<M>) =>
  fc.record({
    parentRefs: some(parent),
    hostnames: some(text),
    rules: some(fc.record({ matches: some(match), filters: some(filter), backendRefs })),
  });
const path = fc.oneof(
  text,
  text.map((end) => `/${end}`),
);
const httpSpec = rulesOf(
  fc.record(
    {
      path: fc.record({
        type: fc.constantFrom('Exact' as const, 'PathPrefix' as const, 'RegularExpression' as const),
        value: path,
      }),
      headers: some(valueMatch),
      queryParams: some(valueMatch),
      method: fc.oneof(fc.constant('GET'), text),
    },
    { requiredKeys: ['headers', 'queryParams'] },
  ),
);
const grpcSpec = rulesOf(
  fc.record(
    {
      method: fc.record(
        {
          type: fc.constantFrom('Exact' as const, 'RegularExpression' as const),
          service: text,
          method: text,
        },
        { requiredKeys: ['type'] },
      ),
      headers: some(valueMatch),
    },
    { requiredKeys: ['headers'] },
  ),
);
const mode = fc.constantFrom(...defaultPolicies);

type SpecOf<K extends PolicyKind> = ObjectStates[K]['spec'];

const specs: { readonly [K in PolicyKind]: fc.Arbitrary<SpecOf<K>> } = {
  Server: fc.record({
    selects: fc.constantFrom('pods' as const, 'externalWorkloads' as const),
    selector,
    port: fc.oneof(number, text),
    proxyProtocol: fc.constantFrom(...proxyProtocols),
    accessPolicy: mode,
  }),
  ServerAuthorization: fc.record({
    server: fc.record({ name: text, selector }, { requiredKeys: [] }),
    client: fc.record(
      {
        networks: some(network),
        unauthenticated: fc.boolean(),
        meshTLS: fc.record({
          unauthenticatedTLS: fc.boolean(),
          identities: some(identity),
          serviceAccounts: some(fc.record({ name: text, namespace: space }, { requiredKeys: ['name'] })),
        }),
      },
      { requiredKeys: ['networks', 'unauthenticated'] },
    ),
  }),
  AuthorizationPolicy: fc.record({ targetRef: reference, requiredAuthenticationRefs: some(reference) }),
  MeshTLSAuthentication: fc.record({ identities: some(identity), identityRefs: some(reference) }),
  NetworkAuthentication: fc.record({ networks: some(network) }),
  HTTPRoute: httpSpec,
  GatewayHTTPRoute: httpSpec,
  GRPCRoute: grpcSpec,
  HTTPLocalRateLimitPolicy: fc.record({
    targetRef: reference,
    totalRequestsPerSecond: number,
    identityRequestsPerSecond: number,
    overrides: some(fc.record({ requestsPerSecond: number, clientRefs: some(reference) })),
  }),
  EgressNetwork: fc.record({ trafficPolicy: fc.constant('Allow' as const), networks: some(network) }),
};

const stateOf = <Spec>(namespace: string, spec: fc.Arbitrary<Spec>): fc.Arbitrary<PolicyObjectState<Spec>> =>
  fc.record({
    namespace: fc.constant(namespace),
    name: text,
    uid: text,
    createdAt: fc.constantFrom(0, 1_000, 2_000),
    labels: dictionary,
    spec,
    fieldOwners: fc.constant([]),
    conditions: fc.array(condition, { maxLength: 3 }),
  });

/** One of each name. */
const objectsOf = <Spec>(namespace: string, spec: fc.Arbitrary<Spec>) =>
  fc.uniqueArray(stateOf(namespace, spec), { maxLength: 3, selector: ({ name }) => name });

const annotation = fc.oneof(mode, fc.constantFrom('80', '80,x', '90-80'), text);
const annotationsOf: fc.Arbitrary<Labels> = fc.dictionary(
  fc.constantFrom(...Object.values(annotations)),
  annotation,
);

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  kind: fc.constantFrom('Pod' as const, 'Pod' as const, 'ExternalWorkload' as const),
  labels: dictionary,
  annotations: annotationsOf,
  ports: some(
    fc.record(
      {
        container: text,
        init: fc.boolean(),
        name: text,
        number,
        protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
      },
      { requiredKeys: ['container', 'init', 'number', 'protocol'] },
    ),
  ),
  probes: some(fc.record({ container: text, init: fc.boolean(), port: fc.oneof(number, text), path })),
  meshed: fc.boolean(),
  governed: fc.boolean(),
  runsAs: fc.oneof(fc.record({ serviceAccount: text }), fc.record({ identity })),
});

const workloadOf = (namespace: string): fc.Arbitrary<WorkloadView> =>
  fc.record({
    ref: fc.record({ namespace: fc.constant(namespace), kind: fc.constant('Deployment'), name: text }),
    groups: some(fc.record({ endpoint, pods: fc.constant([{ name: 'x', createdAt: 1_000, ips: [] }]) })),
    shapelessPods: fc.constantFrom(0, 0, 1),
  });

const namespaceOf = (namespace: string): fc.Arbitrary<NamespaceView> =>
  fc.record({
    namespace: fc.constant(namespace),
    annotations: annotationsOf,
    policy: fc.record(
      Object.fromEntries(
        policyKinds.map((kind) => [kind, objectsOf<unknown>(namespace, specs[kind])]),
      ) as unknown as { [K in PolicyKind]: fc.Arbitrary<ObjectStates[K][]> },
    ),
    unreadable: fc.array(
      fc.record({
        key: fc.record({
          kind: fc.constantFrom(...policyKinds),
          namespace: fc.constant(namespace),
          name: text,
        }),
        problem: fc.record({ code: text, field: text, message: text }),
      }),
      { maxLength: 1 },
    ),
    workloads: some(workloadOf(namespace)),
    services: fc.constant([]),
    serviceAccounts: some(text),
  });

const knownSettings: fc.Arbitrary<MeshSettings> = fc
  .subarray(Object.keys(settings))
  .map((keys) => Object.fromEntries(Object.entries(settings).filter(([key]) => keys.includes(key))));

/** Two namespaces and what is known of them. */
export const anyMesh: fc.Arbitrary<MeshView> = fc.record({
  namespaces: fc
    .tuple(namespaceOf('shop'), namespaceOf('bank'))
    .map((views) => new Map(views.map((view) => [view.namespace, view]))),
  settings: knownSettings,
  notLive: fc.oneof(
    fc.constant(new Map()),
    fc.constantFrom(...resourceKinds).map((kind) => new Map([[kind, 'stale']])),
  ),
  scope: fc.constantFrom('all' as const, 'all' as const, ['shop']),
});
