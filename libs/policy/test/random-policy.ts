import type {
  DefaultPolicy,
  GrpcRouteMatch,
  HttpRouteMatch,
  Network,
  ObjectReference,
  ObjectStates,
} from '@mcp/mesh';
import { defaultPolicies, proxyProtocols } from '@mcp/mesh';
import fc from 'fast-check';
import type { SingleRequest, Target } from '../src/answers/decide.js';
import { parseAddress } from '../src/matching/network.js';
import type { Client } from '../src/question.js';
import type { Endpoint, MeshSettings, MeshView, PolicyObjects } from '../src/view.js';
import { noPolicy, policyObject, reported, toServer } from './mesh-samples.js';
import { endpoint, identity, port, probe, ref, selector, toGatewayRoute, viewOf } from './mesh-view.js';

/** Meshes with few names, so that references meet objects and objects meet each other. What is asked about is in `shop`. */

export interface Question {
  readonly view: MeshView;
  readonly target: Target;
  readonly client: Client;
  readonly request: SingleRequest;
}

export const spaces = ['shop', 'bank'];
export const names = ['a', 'b'];
const space = fc.constantFrom(...spaces);
const name = fc.constantFrom(...names);
/** Absent as often as not. */
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const born = fc.constantFrom(1_000, 2_000, 3_000);
const mode = fc.constantFrom(...defaultPolicies);

const cidrs = ['10.0.0.0/8', '192.0.2.0/24', '0.0.0.0/0', '::/0', 'fd00::/8', '127.0.0.1'];
const network: fc.Arbitrary<Network> = fc.record({
  cidr: fc.constantFrom(...cidrs),
  except: fc.constantFrom([], [], ['10.0.0.1'], ['192.0.2.0/25']),
});

const identities = [identity('shop', 'a'), identity('bank', 'b'), 'spiffe://cluster.local/a'];
const patterns = [...identities, '*', `*${identity('bank', '')}`, '*.cluster.local'];

const labels = fc.constantFrom({}, { tier: 'a' });
const selecting = fc.constantFrom(selector(), selector({ tier: 'a' }));

const server = fc.record({
  selects: fc.constantFrom<('pods' | 'externalWorkloads')[]>('pods', 'pods', 'externalWorkloads'),
  selector: selecting,
  port: fc.constantFrom<(number | string)[]>(80, 'http', 81),
  proxyProtocol: fc.constantFrom(...proxyProtocols, 'HTTP/1', 'gRPC'),
  accessPolicy: fc.constantFrom<DefaultPolicy[]>('deny', 'deny', ...defaultPolicies),
});

const client = fc.oneof(
  fc.constant({ unauthenticated: true }),
  fc
    .record({
      unauthenticatedTLS: fc.boolean(),
      identities: fc.subarray(patterns, { maxLength: 1 }),
      serviceAccounts: fc.array(fc.record({ name, namespace: space }), { maxLength: 1 }),
    })
    .map((meshTLS) => ({ unauthenticated: false, meshTLS })),
);
const serverAuthorization = fc.record({
  server: fc.oneof(fc.record({ name }), fc.record({ selector: selecting })),
  client: fc
    .tuple(fc.array(network, { maxLength: 1 }), client)
    .map(([networks, of]) => ({ networks, ...of })),
});

const target = fc.oneof(
  name.map((of) => ref('Server', of)),
  name.map((of) => ref('HTTPRoute', of)),
  name.map((of) => toGatewayRoute('HTTPRoute', of)),
  name.map((of) => toGatewayRoute('GRPCRoute', of)),
  fc.constant(ref('Namespace', 'shop')),
);
const authenticationRef: fc.Arbitrary<ObjectReference> = fc
  .record({
    kind: fc.constantFrom('MeshTLSAuthentication', 'NetworkAuthentication', 'ServiceAccount'),
    name,
    namespace: maybe(space),
  })
  .map(({ kind, name: of, namespace }) => ref(kind, of, namespace === undefined ? {} : { namespace }));
const policy = fc.record({
  targetRef: target,
  requiredAuthenticationRefs: fc.array(authenticationRef, { maxLength: 2 }),
});

const meshTLSAuthentication = fc.record({
  identities: fc.subarray(patterns, { maxLength: 2 }),
  identityRefs: fc.array(
    fc.oneof(
      fc
        .record({ name, namespace: space })
        .map(({ name: of, namespace }) => ref('ServiceAccount', of, { namespace })),
      space.map((of) => ref('Namespace', of)),
    ),
    { maxLength: 1 },
  ),
});
const networkAuthentication = fc.record({ networks: fc.array(network, { maxLength: 2 }) });

const paths = ['/', '/a', '/a/b', '/svc/get'];
const exact = (of: fc.Arbitrary<string>, at: string) =>
  fc.array(
    of.map((value) => ({ type: 'Exact' as const, name: at, value })),
    { maxLength: 1 },
  );
const flag = fc.constantFrom('1', '2');
const literalPath = fc.record({
  type: fc.constantFrom<('Exact' | 'PathPrefix')[]>('Exact', 'PathPrefix'),
  value: fc.constantFrom(...paths),
});
const httpMatch: fc.Arbitrary<HttpRouteMatch> = fc
  .record({
    path: maybe(
      fc.oneof(
        { weight: 6, arbitrary: literalPath },
        {
          weight: 1,
          arbitrary: fc.record({
            type: fc.constant('RegularExpression' as const),
            value: fc.constantFrom('/a.*', '/|/ot.er'),
          }),
        },
      ),
    ),
    headers: exact(flag, 'x'),
    queryParams: exact(flag, 'q'),
    method: maybe(fc.constantFrom('GET', 'POST')),
  })
  .map(({ path, method, ...rest }) => ({ ...rest, ...(path && { path }), ...(method && { method }) }));
const grpcMatch: fc.Arbitrary<GrpcRouteMatch> = fc
  .record({
    method: fc.constantFrom(
      { type: 'Exact' as const, service: 'svc' },
      { type: 'Exact' as const, service: 'svc', method: 'get' },
      { type: 'Exact' as const, method: 'get' },
    ),
    headers: exact(flag, 'x'),
    poisoned: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
  })
  .map(({ method, headers, poisoned }) => (poisoned ? { headers } : { method, headers }));

const hostnames = fc.subarray(['shop.test', '*.test'], { maxLength: 1 });
const routeSpec = <Match>(match: fc.Arbitrary<Match>) =>
  fc
    .record({
      parent: name,
      hostnames: fc.oneof(fc.constant([]), hostnames),
      matches: fc.array(match, { maxLength: 2 }),
    })
    .map(({ parent, matches, ...rest }) => ({
      ...rest,
      parentRefs: [toServer(parent)],
      rules: [{ matches, filters: [], backendRefs: [] }],
    }));

/** Up to two objects of each kind, of few. */
const objects = <Spec>(home: string, spec: fc.Arbitrary<Spec>) =>
  fc
    .uniqueArray(
      fc.record({ name, spec, createdAt: born, labels, accepted: fc.integer({ max: 5, min: 0 }) }),
      {
        selector: (drawn) => drawn.name,
        maxLength: 2,
      },
    )
    .map((drawn) =>
      drawn.map(({ name: of, spec: said, accepted, ...meta }) => {
        // what is accepted for a Server that it does not name changes nothing
        const conditions =
          accepted === 0 ? [] : names.map((server) => reported('Accepted', { name: server }));
        return policyObject(home, of, said, { ...meta, conditions });
      }),
    );

const homeOf = (home: string): fc.Arbitrary<PolicyObjects> =>
  fc.record({
    ...Object.fromEntries(Object.entries(noPolicy).map(([kind, none]) => [kind, fc.constant(none)])),
    Server: objects(home, server),
    ServerAuthorization: objects(home, serverAuthorization),
    AuthorizationPolicy: objects(home, policy),
    MeshTLSAuthentication: objects(home, meshTLSAuthentication),
    NetworkAuthentication: objects(home, networkAuthentication),
    HTTPRoute: objects(home, routeSpec(httpMatch)),
    GatewayHTTPRoute: objects(home, routeSpec(httpMatch)),
    GRPCRoute: objects(home, routeSpec(grpcMatch)),
  }) as unknown as fc.Arbitrary<PolicyObjects>;

export const randomSettings: fc.Arbitrary<Required<Omit<MeshSettings, 'configured'>>> = fc.record({
  trustDomain: fc.constantFrom('cluster.local', 'cluster.local', 'other.test'),
  controlPlaneNamespace: fc.constantFrom('linkerd', 'linkerd', 'mesh'),
  defaultPolicy: mode,
  clusterNetworks: fc.constantFrom(...cidrs.map((cidr) => [cidr]), [...cidrs]),
  probeNetworks: fc.constantFrom([], ['0.0.0.0/0', '::/0'], ['192.0.2.0/24']),
});

export const randomView: fc.Arbitrary<MeshView> = fc
  .tuple(homeOf('shop'), homeOf('bank'), randomSettings)
  .map(([shop, bank, drawn]) => viewOf({ shop, bank }, { settings: drawn }));

const randomEndpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    kind: fc.constantFrom<Endpoint['kind'][]>('Pod', 'Pod', 'ExternalWorkload'),
    labels,
    policy: maybe(mode),
    opaque: fc.constantFrom('', '', '80'),
    identityOn: fc.constantFrom('', '80', 'bad'),
    probed: fc.boolean(),
  })
  .map(({ kind, labels: of, policy: own, opaque, identityOn, probed }) =>
    endpoint({
      kind,
      labels: of,
      annotations: {
        ...(own && { 'config.linkerd.io/default-inbound-policy': own }),
        'config.linkerd.io/opaque-ports': opaque,
        'config.linkerd.io/proxy-require-identity-inbound-ports': identityOn,
      },
      ports: [port(80, 'http')],
      probes: probed && kind === 'Pod' ? [probe('/a')] : [],
    }),
  );

export const someAddresses = [
  '10.0.0.1',
  '10.0.0.2',
  '192.0.2.1',
  '192.0.2.200',
  'fd00::1',
  '198.51.100.1',
].map((text) => parseAddress(text));
export const someTls: readonly Client['tls'][] = [
  'none',
  'anonymous',
  ...[...identities, identity('bank', 'a'), 'a.other.test'].map((of) => ({ identity: of })),
];
const randomClient: fc.Arbitrary<Client> = fc.record({
  tls: fc.constantFrom(...someTls),
  address: fc.constantFrom(...someAddresses, parseAddress('127.0.0.1')),
});

/** With everything in it that a match of these meshes can ask for. */
export const randomHttpRequest = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    path: fc.constantFrom(...paths, '/svc/put', '/other', '/a/b/', '/ab'),
    query: fc.constantFrom('', '?q=1', '?q=3&q=2'),
    host: maybe(fc.constantFrom('shop.test', 'bank.test:80', 'test')),
    flag: maybe(fc.constantFrom('1', '2', '3')),
  })
  .map(({ method, path, query, host, flag: x }) => ({
    kind: 'http' as const,
    method,
    path: `${path}${query}`,
    headers: new Map([...(host ? [['host', [host]] as const] : []), ...(x ? [['x', [x]] as const] : [])]),
  }));
const bytes: SingleRequest = { kind: 'bytes' };
/** A call, which is all that a gRPC port is asked for. */
export const randomCall = randomHttpRequest.map((request) => ({
  ...request,
  method: 'POST',
  path: request.path.startsWith('/svc/') ? request.path : `/svc/x${request.path}`,
}));

export const randomQuestion: fc.Arbitrary<Question> = fc
  .record({
    view: randomView,
    of: randomEndpoint,
    at: fc.constantFrom(80, 80, 80, 81),
    client: randomClient,
    request: fc.oneof(
      { weight: 2, arbitrary: randomHttpRequest },
      { weight: 1, arbitrary: randomCall },
      { weight: 1, arbitrary: fc.constant(bytes) },
    ),
  })
  .map(({ of, at, ...rest }) => ({ ...rest, target: { namespace: 'shop', endpoint: of, port: at } }));

/** The view with other objects of a kind everywhere. */
export function withObjectsOf(view: MeshView, kind: keyof PolicyObjects, other: MeshView): MeshView {
  const swapped = [...view.namespaces.values()].map((of) => {
    const objectsThere: readonly ObjectStates[typeof kind][] =
      other.namespaces.get(of.namespace)?.policy[kind] ?? [];
    return { ...of, policy: { ...of.policy, [kind]: objectsThere } };
  });
  return { ...view, namespaces: new Map(swapped.map((of) => [of.namespace, of])) };
}
