import type { ResourceKind } from '@mcp/mesh';
import { defaultPolicies, proxyProtocols } from '@mcp/mesh';
import fc from 'fast-check';
import type { AccessRequest } from '../src/question.js';
import type { Endpoint, MeshView, WorkloadView } from '../src/view.js';
import {
  authorizationPolicy,
  endpoint,
  externalWorkload,
  httpRoute,
  identity,
  meshTLSAuthentication,
  networkAuthentication,
  port,
  probe,
  ref,
  selector,
  serverAuthorization,
  serverOf,
  settings,
  viewOf,
} from './mesh-view.js';

/** Few of everything, so that rules meet clients, and clients that differ in one thing meet one rule. */
const spaces = ['one', 'two'];
const names = ['a', 'b'];
const space = fc.constantFrom(...spaces);
const name = fc.constantFrom(...names);
const someNames = fc.subarray(names);

const cidr = fc.constantFrom(
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.3/32',
  '0.0.0.0/0',
  '::/0',
  'fd00::/8',
  'fd00::1',
  '::ffff:10.0.0.0/104',
  '127.0.0.0/8',
  '192.0.2.0/24',
);
const networks = fc.array(fc.record({ cidr, except: fc.array(cidr, { maxLength: 2 }) }), {
  minLength: 1,
  maxLength: 2,
});
const addresses = fc.array(
  fc.constantFrom(
    '10.1.2.3',
    '10.1.2.4',
    '10.9.9.9',
    '192.0.2.7',
    'fd00::1',
    'fe80::1',
    '::ffff:10.1.2.3',
    '127.0.0.1',
    'no address',
  ),
  { maxLength: 2 },
);
const pattern = fc.oneof(
  fc.tuple(space, name).map(([of, account]) => identity(of, account)),
  fc.constantFrom(
    '*',
    '*.one.serviceaccount.identity.linkerd.cluster.local',
    'spiffe://cluster.local/a',
    '*.local',
  ),
);
const portList = fc.constantFrom('80', '81-90', '', 'http');

const shape: fc.Arbitrary<Endpoint> = fc
  .record({
    labels: fc.record(
      { app: name, 'linkerd.io/control-plane-ns': fc.constantFrom('linkerd', 'linkerd', 'other') },
      { requiredKeys: [] },
    ),
    annotations: fc.record(
      {
        'config.linkerd.io/skip-inbound-ports': portList,
        'config.linkerd.io/skip-outbound-ports': portList,
        'config.linkerd.io/opaque-ports': portList,
        'config.linkerd.io/default-inbound-policy': fc.constantFrom(...defaultPolicies),
      },
      { requiredKeys: [] },
    ),
    ports: fc.subarray([port(80, 'http'), port(81, 'http'), port(90, undefined, 'UDP')]),
    probes: fc.subarray([probe('/ready'), probe('/live', 'http')]),
    meshed: fc.constantFrom(true, true, true, false),
    governed: fc.constantFrom(true, true, true, false),
    runsAs: name.map((serviceAccount) => ({ serviceAccount })),
  })
  .map(endpoint);

function workloads(home: string): fc.Arbitrary<readonly WorkloadView[]> {
  const group = fc.record({
    endpoint: shape,
    pods: fc.array(
      addresses.map((ips) => ({ name: 'pod', createdAt: 1_000, ips })),
      { minLength: 1, maxLength: 3 },
    ),
  });
  const deployment = (of: string) =>
    fc
      .record({
        groups: fc.array(group, { minLength: 1, maxLength: 2 }),
        shapelessPods: fc.constantFrom(0, 0, 0, 1),
      })
      .map((rest) => ({ ref: { namespace: home, kind: 'Deployment', name: of }, ...rest }));
  return fc
    .tuple(deployment('a'), deployment('b'), fc.boolean())
    .map(([a, b, external]) => [
      a,
      b,
      ...(external ? [externalWorkload(home, 'a', { labels: { app: 'a' } })] : []),
    ]);
}

const policyTarget = fc.oneof(
  name.map((of) => ref('Server', of)),
  name.map((of) => ref('HTTPRoute', of)),
  fc.constant(ref('Namespace', 'any')),
);
const authentications = fc.oneof(
  fc.constant([]),
  name.map((of) => [ref('ServiceAccount', of, { namespace: 'one' })]),
  fc
    .tuple(
      fc.subarray([ref('MeshTLSAuthentication', 'a'), ref('NetworkAuthentication', 'a')], { minLength: 1 }),
      space,
    )
    .map(([refs, namespace]) => refs.map((each) => ({ ...each, namespace }))),
);

function spaceOf(home: string) {
  const named = <T>(make: (of: string) => fc.Arbitrary<T>) =>
    someNames.chain((those) => fc.tuple(...those.map(make)));
  return fc.record({
    workloads: workloads(home),
    Server: named((of) =>
      fc
        .record({
          selects: fc.constantFrom('pods' as const, 'pods' as const, 'externalWorkloads' as const),
          selector: fc.constantFrom(selector(), selector({ app: 'a' }), selector({ app: 'b' })),
          port: fc.constantFrom<number | string>(80, 81, 99, 'http'),
          proxyProtocol: fc.constantFrom(...proxyProtocols),
          accessPolicy: fc.constantFrom(...defaultPolicies, 'deny' as const),
        })
        .map((spec) => serverOf(home, of, spec)),
    ),
    AuthorizationPolicy: named((of) =>
      fc
        .tuple(policyTarget, authentications)
        .map(([target, required]) => authorizationPolicy(home, of, target, required)),
    ),
    MeshTLSAuthentication: fc
      .array(pattern, { minLength: 1, maxLength: 3 })
      .map((identities) => [meshTLSAuthentication(home, 'a', { identities })]),
    NetworkAuthentication: networks.map((those) => [
      { ...networkAuthentication(home, 'a'), spec: { networks: those } },
    ]),
    ServerAuthorization: named((of) =>
      fc
        .oneof(
          networks.map((those) => ({ networks: those, unauthenticated: true })),
          fc.constant({ unauthenticated: true }),
          fc.record({
            meshTLS: fc.record({
              unauthenticatedTLS: fc.boolean(),
              identities: fc.array(pattern, { maxLength: 2 }),
              serviceAccounts: fc.array(name.map((account) => ({ name: account }))),
            }),
          }),
        )
        .map((client) => serverAuthorization(home, of, { name: of }, client)),
    ),
    HTTPRoute: named((of) =>
      fc
        .constantFrom('/', '/a', '/a/b')
        .map((value) => httpRoute(home, of, [of], [{ path: { type: 'PathPrefix' as const, value } }])),
    ),
  });
}

const unlive = fc.constantFrom<ResourceKind>(
  'Server',
  'AuthorizationPolicy',
  'ServerAuthorization',
  'MeshTLSAuthentication',
  'HTTPRoute',
);

/** Meshes in which every way of a client to be seen meets every kind of rule about clients. */
export const randomCallers: fc.Arbitrary<MeshView> = fc
  .record({
    one: spaceOf('one'),
    two: spaceOf('two'),
    known: fc.oneof(
      fc.constant(settings),
      fc.subarray(Object.entries(settings)).map((some) => Object.fromEntries(some)),
    ),
    notLive: fc.oneof(
      fc.constant([]),
      fc.array(
        unlive.map((kind) => [kind, 'not followed'] as const),
        { maxLength: 1 },
      ),
    ),
  })
  .map(({ one, two, known, notLive }) =>
    viewOf({ one, two }, { settings: known, notLive: new Map(notLive) }),
  );

export const randomRequest: fc.Arbitrary<AccessRequest> = fc.oneof(
  fc.constant({ kind: 'any' as const }),
  fc.constant({ kind: 'bytes' as const }),
  fc.tuple(fc.constantFrom('/', '/a', '/ready'), fc.boolean()).map(([path, anyHost]) => ({
    kind: 'http' as const,
    method: 'GET',
    path,
    headers: new Map<string, readonly string[]>(),
    ...(anyHost && { anyHost }),
  })),
);
