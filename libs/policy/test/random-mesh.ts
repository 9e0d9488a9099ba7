import type { ObjectReference, ParentReference, ReportedCondition } from '@mcp/mesh';
import { policyKinds } from '@mcp/mesh';
import fc from 'fast-check';
import type { MeshView, PolicyObjects } from '../src/view.js';
import {
  egressNetwork,
  meshOf,
  namespace,
  rateLimit,
  reported,
  route,
  server,
  service,
} from './mesh-samples.js';

/** Few names, so that references meet objects. */
const names = ['a', 'b', 'c'];
const spaces = ['one', 'two'];
const name = fc.constantFrom(...names);
const space = fc.constantFrom(...spaces);
const someNames = fc.subarray(names);

const kinds = fc.constantFrom(
  { group: 'policy.linkerd.io', kind: 'Server' },
  { group: 'core', kind: 'Service' },
  { group: 'policy.linkerd.io', kind: 'EgressNetwork' },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway' },
);
const parent: fc.Arbitrary<ParentReference> = fc
  .tuple(
    kinds,
    fc.record({ name, namespace: space, port: fc.constantFrom(1, 2) }, { requiredKeys: ['name'] }),
  )
  .map(([kind, rest]) => ({ ...kind, ...rest }));
const backend: fc.Arbitrary<Omit<ObjectReference, 'namespace'>> = fc
  .tuple(kinds, name)
  .map(([kind, of]) => ({ ...kind, name: of }));
const condition: fc.Arbitrary<ReportedCondition> = fc
  .record({
    controllerName: fc.constantFrom('linkerd.io/policy-controller', 'example.com/gateway'),
    name,
    reason: fc.constantFrom('Accepted', 'NoMatchingParent'),
  })
  .map(({ controllerName, reason, ...of }) => ({ ...reported(reason, of), controllerName }));

const routes = (home: string) =>
  fc
    .uniqueArray(
      fc.record({
        name,
        parents: fc.array(parent, { maxLength: 3 }),
        backends: fc.array(backend, { maxLength: 2 }),
        conditions: fc.array(condition, { maxLength: 2 }),
      }),
      { selector: (drawn) => drawn.name, maxLength: 3 },
    )
    .map((drawn) =>
      drawn.map((each) => ({
        ...route(home, each.name, each.parents, each.backends),
        conditions: each.conditions,
      })),
    );
const limits = (home: string) =>
  fc
    .uniqueArray(fc.record({ name, target: name, createdAt: fc.constantFrom(0, 1_000, 2_000) }), {
      selector: (drawn) => drawn.name,
    })
    .map((drawn) => drawn.map((each) => rateLimit(home, each.name, each.target, each.createdAt)));
const networks = (home: string) =>
  fc
    .tuple(someNames, fc.constantFrom('10.1.0.0/16', '192.0.2.0/24'))
    .map(([those, cidr]) => those.map((each) => egressNetwork(home, each, cidr)));

const home = (of: string) =>
  fc
    .record({
      Server: someNames.map((those) => those.map((each) => server(of, each))),
      HTTPRoute: routes(of),
      GatewayHTTPRoute: routes(of),
      GRPCRoute: routes(of),
      HTTPLocalRateLimitPolicy: limits(of),
      EgressNetwork: networks(of),
      services: someNames.map((those) => those.map((each) => service(of, each, { headless: each === 'c' }))),
    })
    .map(({ services, ...policy }) => namespace(of, policy, { services }));

/** Two namespaces of Servers, routes, rate limits and egress networks that refer to each other, with statuses of any moment. */
export const randomMesh: fc.Arbitrary<MeshView> = fc
  .tuple(fc.tuple(...spaces.map(home)), fc.constantFrom({}, { clusterNetworks: ['10.0.0.0/8'] }))
  .map(([homes, settings]) => meshOf(homes, settings));

/** The same mesh, with everything in it in another order. */
export function shuffled(mesh: MeshView, next: () => number): MeshView {
  const mix = <T>(list: readonly T[]): readonly T[] =>
    list
      .map((item) => ({ item, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  const homes = mix([...mesh.namespaces.values()]).map((view) => ({
    ...view,
    services: mix(view.services),
    workloads: mix(view.workloads),
    unreadable: mix(view.unreadable),
    policy: Object.fromEntries(
      policyKinds.map((kind) => [kind, mix<unknown>(view.policy[kind])]),
    ) as unknown as PolicyObjects,
  }));
  return { ...mesh, namespaces: new Map(homes.map((view) => [view.namespace, view])) };
}
