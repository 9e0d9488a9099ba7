import { describe, expect, it } from '@jest/globals';
import type { ObjectStates, PolicyKind, PolicySeen } from '@mcp/mesh';
import { policyKinds } from '@mcp/mesh';
import fc from 'fast-check';
import {
  authorizationPolicy,
  endpoint,
  httpRoute,
  identity,
  meshTLSAuthentication,
  networkAuthentication,
  port,
  probe,
  ref,
  selector,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';
import { randomCallers } from '../../test/random-callers.js';
import { evaluate, type SingleRequest } from '../answers/decide.js';
import { identityOfEndpoint } from '../clients/client-seen.js';
import { parseAddress } from '../matching/network.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { Decision, RouteRef } from '../verdict.js';
import type { Endpoint, MeshView, NamespaceView } from '../view.js';
import { Impact } from './impact.js';
import type { KnownCaller } from './known-caller.js';

type Space = Parameters<typeof viewOf>[0][string];

const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const running = (of: string, shape: Endpoint, ips: readonly string[] = ['10.1.2.3']) => ({
  ref: { namespace: 'shop', kind: 'Deployment', name: of },
  groups: [
    { endpoint: shape, pods: ips.map((ip, at) => ({ name: `${of}-${at}`, createdAt: 1, ips: [ip] })) },
  ],
  shapelessPods: 0,
});
const pod = (account: string, more: Partial<Endpoint> = {}): Endpoint =>
  endpoint({
    labels: { app: account, 'linkerd.io/control-plane-ns': 'linkerd' },
    ports: [port(80, 'http')],
    meshed: true,
    governed: true,
    runsAs: { serviceAccount: account },
    ...more,
  });
const shop = {
  workloads: [
    running('web', pod('web', { probes: [probe('/ready')] }), ['10.1.0.1']),
    running('front', pod('front'), ['10.1.0.2', '10.2.0.2']),
  ],
  Server: [
    serverOf('shop', 'web', {
      selects: 'pods',
      selector: selector({ app: 'web' }),
      port: 80,
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'deny',
    }),
  ],
} satisfies Space;
const open = { ...shop, Server: [] };
const defaultRoute: PolicySeen = { group: '', kind: 'default', name: 'default' };
const probeRoute: PolicySeen = { group: '', kind: 'default', name: 'probe' };
const front = { kind: 'identity', identity: identity('shop', 'front') } as const;
const calls = (more: Partial<KnownCaller> = {}): KnownCaller => ({
  workload: web,
  port: 80,
  protocol: 'http',
  client: front,
  route: defaultRoute,
  ...more,
});
const impactOf = (before: Space, after: Space): Impact =>
  new Impact(new PolicyIndex(viewOf({ shop: before })), new PolicyIndex(viewOf({ shop: after })));
const inShort = (impact: Impact, caller: KnownCaller) =>
  impact.on(caller).map(({ effect, before, after, unknown }) => ({
    effect,
    before: before.map(({ verdict }) => verdict),
    after: after.map(({ verdict }) => verdict),
    unknown: unknown.map(({ code }) => code),
  }));

const toWeb = ref('Server', 'web');
const admitting = (account: string): Space => ({
  ...shop,
  AuthorizationPolicy: [authorizationPolicy('shop', 'p', toWeb, [ref('MeshTLSAuthentication', 'clients')])],
  MeshTLSAuthentication: [
    meshTLSAuthentication('shop', 'clients', { identities: [identity('shop', account)] }),
  ],
});

describe('what a change does to a caller', () => {
  it('is nothing where what decides about its port is as it was', () => {
    const other = { ...admitting('front'), Server: [...shop.Server], EgressNetwork: [] };
    expect(inShort(impactOf(admitting('front'), other), calls())).toEqual([
      { effect: 'unchanged', before: [], after: [], unknown: [] },
    ]);
  });

  it('is of one namespace, though pods of another are alike', () => {
    const inBank = { ...web, namespace: 'bank' };
    const { groups } = shop.workloads[0]!;
    const bank: Space = { workloads: [{ ref: inBank, groups, shapelessPods: 0 }] };
    const impact = new Impact(
      new PolicyIndex(viewOf({ bank, shop: open })),
      new PolicyIndex(viewOf({ bank, shop })),
    );
    const effects = [calls({ workload: inBank }), calls()].map((caller) => impact.on(caller)[0]?.effect);
    expect(effects).toEqual(['unchanged', 'cut']);
    const changed = [...impact.changedWorkloads(new Set(['bank', 'shop']), new Map())];
    expect(changed).toEqual([web]);
  });

  it('is a cut where it surely was admitted and surely no longer is', () => {
    expect(inShort(impactOf(open, shop), calls())).toEqual([
      { effect: 'cut', before: ['allow'], after: ['deny'], unknown: [] },
    ]);
    expect(inShort(impactOf(admitting('front'), admitting('other')), calls())).toEqual([
      { effect: 'cut', before: ['allow'], after: ['deny'], unknown: [] },
    ]);
  });

  it('opens where it surely was refused and surely no longer is', () => {
    expect(inShort(impactOf(admitting('other'), admitting('front')), calls())).toEqual([
      { effect: 'opened', before: ['deny'], after: ['allow'], unknown: [] },
    ]);
  });

  it('is another rule where the verdict stays', () => {
    expect(inShort(impactOf(open, admitting('front')), calls())).toEqual([
      { effect: 'rule-changed', before: ['allow'], after: ['allow'], unknown: [] },
    ]);
  });

  it('is not known where it turns on an address of a client that proves no identity', () => {
    const near: Space = {
      ...shop,
      AuthorizationPolicy: [authorizationPolicy('shop', 'p', toWeb, [ref('NetworkAuthentication', 'near')])],
      NetworkAuthentication: [networkAuthentication('shop', 'near', '10.1.0.0/16')],
    };
    expect(inShort(impactOf(open, near), calls({ client: { kind: 'unmeshed' } }))).toEqual([
      { effect: 'unknown', before: ['allow'], after: ['unknown'], unknown: ['CLIENT_ADDRESS_UNKNOWN'] },
    ]);
    // one of the pods of the identity is near and the other is not
    expect(inShort(impactOf(open, near), calls())).toEqual([
      { effect: 'unknown', before: ['allow'], after: ['allow', 'deny'], unknown: ['CALLING_POD_UNKNOWN'] },
    ]);
    const alone = { ...near, NetworkAuthentication: [networkAuthentication('shop', 'near', '10.0.0.0/8')] };
    expect(inShort(impactOf(open, alone), calls())).toEqual([
      { effect: 'rule-changed', before: ['allow'], after: ['allow'], unknown: [] },
    ]);
  });

  it('is not known where it turns on a path', () => {
    const routed: Space = {
      ...admitting('front'),
      HTTPRoute: [httpRoute('shop', 'read', ['web'], [{ path: { type: 'PathPrefix', value: '/read' } }])],
    };
    expect(inShort(impactOf(admitting('front'), routed), calls())).toEqual([
      { effect: 'unknown', before: ['allow'], after: ['allow', 'deny'], unknown: ['REQUEST_UNKNOWN'] },
    ]);
    // the routes stay, so its requests are still of the same one
    const unadmitted = { ...routed, AuthorizationPolicy: [] };
    const read = { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'read' };
    expect(inShort(impactOf(routed, unadmitted), calls({ route: read }))).toEqual([
      { effect: 'cut', before: ['allow'], after: ['deny'], unknown: [] },
    ]);
  });

  it('cuts the probes of the kubelet where routes take the place of the default ones', () => {
    const routed: Space = {
      ...admitting('front'),
      HTTPRoute: [httpRoute('shop', 'read', ['web'], [{ path: { type: 'PathPrefix', value: '/read' } }])],
    };
    const impact = impactOf(admitting('front'), routed);
    const probes = [...impact.probes(new Set(['shop']))];
    expect(probes).toEqual([
      { workload: web, port: 80, protocol: 'http', client: { kind: 'unmeshed' }, route: probeRoute },
    ]);
    expect(inShort(impact, probes[0]!)).toEqual([
      { effect: 'cut', before: ['allow'], after: ['deny'], unknown: [] },
    ]);
  });

  it('cuts connections that surely are no HTTP where the port becomes one of HTTP', () => {
    const serving = (proxyProtocol: 'opaque' | 'unknown' | 'HTTP/1'): Space => ({
      ...admitting('front'),
      Server: shop.Server.map((object) => ({ ...object, spec: { ...object.spec, proxyProtocol } })),
    });
    expect(inShort(impactOf(serving('unknown'), serving('HTTP/1')), calls({ protocol: 'tcp' }))).toEqual([
      { effect: 'cut', before: ['allow'], after: ['deny'], unknown: [] },
    ]);
    // nobody has looked at what they carry
    expect(inShort(impactOf(serving('opaque'), serving('HTTP/1')), calls({ protocol: 'tcp' }))).toEqual([
      {
        effect: 'unknown',
        before: ['allow'],
        after: ['deny', 'allow', 'allow'],
        unknown: ['REQUEST_UNKNOWN'],
      },
    ]);
  });

  it('is not known of a workload that is gone', () => {
    const gone = { namespace: 'shop', kind: 'Deployment', name: 'gone' };
    expect(inShort(impactOf(open, shop), calls({ workload: gone }))).toEqual([
      { effect: 'unknown', before: [], after: [], unknown: ['WORKLOAD_UNKNOWN'] },
    ]);
  });
});

/** A call as it really is, of which telemetry shows a part. */
const hidden = fc.record({
  view: randomCallers.map(withoutLoopback),
  other: randomCallers,
  kinds: fc.subarray([...policyKinds], { minLength: 1 }),
  target: fc.nat(),
  client: fc.nat(),
  port: fc.constantFrom(80, 81),
  request: fc.constantFrom<SingleRequest>(
    { kind: 'bytes' },
    ...['/', '/a', '/a/b', '/ready', '/live'].map((path) => ({
      kind: 'http' as const,
      method: 'GET',
      path,
      headers: new Map<string, readonly string[]>(),
    })),
  ),
});

it('is never said to be what it is not, whatever telemetry does not tell', () => {
  const said = new Map<string, number>();
  fc.assert(
    fc.property(hidden, ({ view, other, kinds, request, ...drawn }) => {
      const changed = withPolicyOf(view, other, kinds);
      const [before, after] = [new PolicyIndex(view), new PolicyIndex(changed)];
      const targets = groupsOf(view);
      const { workload, group, at } = targets[drawn.target % targets.length]!;
      const calling = targets[drawn.client % targets.length]!;
      const namespace = workload.namespace;
      const target = { namespace, endpoint: group.endpoint, port: drawn.port };
      const shown = calling.group.endpoint.meshed
        ? identityOfEndpoint(before, calling.workload.namespace, calling.group.endpoint)
        : undefined;
      const address = calling.group.pods.flatMap(({ ips }) => ips.flatMap((ip) => parseAddress(ip) ?? []))[0];
      if (address === undefined) return;
      const client = { tls: shown === undefined ? ('none' as const) : { identity: shown }, address };
      const was = evaluate(before, target, client, request);
      const is = evaluate(after, target, client, request);
      if (was.verdict === 'unknown' || was.verdict === 'not-enforced') return;
      const overTcp = request.kind === 'bytes' || was.protocol === 'opaque' || was.protocol === 'TLS';
      const caller: KnownCaller = {
        workload,
        port: drawn.port,
        protocol: overTcp ? 'tcp' : 'http',
        client: shown === undefined ? { kind: 'unmeshed' } : { kind: 'identity', identity: shown },
        ...(was.route && { route: seenAs(was.route) }),
      };
      const { effect } = new Impact(before, after).on(caller)[at]!;
      said.set(effect, (said.get(effect) ?? 0) + 1);
      if (effect === 'unknown') return;
      const told = { cut: ['admitted', 'refused'], opened: ['refused', 'admitted'] }[effect as string];
      if (told !== undefined) expect([admitted(was), admitted(is)]).toEqual(told);
      else expect(admitted(is)).toBe(admitted(was));
      // a client that may be anywhere may also be where another rule admits it
      const somewhere = targets.every(({ group: { pods } }) =>
        pods.every(({ ips }) => ips.some((ip) => parseAddress(ip) !== undefined)),
      );
      if (effect === 'unchanged' && shown !== undefined && somewhere) expect(rule(is)).toEqual(rule(was));
    }),
    { numRuns: 3_000 },
  );
  expect([...said.keys()].sort()).toEqual(['cut', 'opened', 'rule-changed', 'unchanged', 'unknown']);
});

const askedTogether = fc.record({
  view: randomCallers,
  other: randomCallers,
  kinds: fc.subarray([...policyKinds], { minLength: 1 }),
  clients: fc.shuffledSubarray<KnownCaller['client']>(
    [
      ...['one', 'two'].flatMap((space) =>
        ['a', 'b', 'c'].map((name) => ({ kind: 'identity' as const, identity: identity(space, name) })),
      ),
      { kind: 'identity', identity: 'spiffe://cluster.local/a' },
      { kind: 'identity', identity: 'spiffe://cluster.local/b' },
      { kind: 'unmeshed' },
      { kind: 'unidentified' },
    ],
    { minLength: 2 },
  ),
  routes: fc.shuffledSubarray<PolicySeen | undefined>(
    [defaultRoute, probeRoute, { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'a' }, undefined],
    { minLength: 1, maxLength: 2 },
  ),
  protocols: fc.shuffledSubarray<KnownCaller['protocol']>(['http', 'tcp'], { minLength: 1 }),
});

it('is the same for each of many callers as for one alone', () => {
  let shared = 0;
  fc.assert(
    fc.property(askedTogether, ({ view, other, kinds, clients, routes, protocols }) => {
      const changed = withPolicyOf(view, other, kinds);
      const [before, after] = [new PolicyIndex(view), new PolicyIndex(changed)];
      const together = new Impact(before, after);
      const workloads = new Map(groupsOf(view).map(({ workload }) => [JSON.stringify(workload), workload]));
      const callers = [...workloads.values()].flatMap((workload) =>
        [80, 99].flatMap((to) =>
          clients.flatMap((client) =>
            routes.flatMap((route) =>
              protocols.map((protocol): KnownCaller => ({
                workload,
                port: to,
                protocol,
                client,
                ...(route && { route }),
              })),
            ),
          ),
        ),
      );
      const answers = callers.map((caller) => together.on(caller));
      expect(answers).toEqual(callers.map((caller) => new Impact(before, after).on(caller)));
      const decided = answers.flat().filter((each) => each.before.length > 0);
      shared += decided.length - new Set(decided).size;
    }),
    { numRuns: 100 },
  );
  // usually a thousand, but that is chance
  expect(shared).toBeGreaterThan(20);
});

function admitted({ verdict }: Decision): 'admitted' | 'refused' | 'unknown' {
  return verdict === 'unknown' ? 'unknown' : verdict === 'deny' ? 'refused' : 'admitted';
}

function rule({ verdict, server, refusal, authorizedBy }: Decision): unknown {
  return { verdict, server, refusal, authorizedBy };
}

function seenAs(ref: RouteRef): PolicySeen {
  if (ref.kind === 'default') return { group: '', kind: 'default', name: ref.name };
  const group = ref.kind === 'HTTPRoute' ? 'policy.linkerd.io' : 'gateway.networking.k8s.io';
  return { group, kind: ref.kind === 'GRPCRoute' ? 'GRPCRoute' : 'HTTPRoute', name: ref.name };
}

function groupsOf(view: MeshView) {
  return [...view.namespaces.values()].flatMap(({ workloads }) =>
    workloads.flatMap(({ ref: workload, groups }) => groups.map((group, at) => ({ workload, group, at }))),
  );
}

/** A client from elsewhere never calls from there. */
function withoutLoopback(view: MeshView): MeshView {
  const moved = [...view.namespaces].map(([name, space]): [string, NamespaceView] => {
    const workloads = space.workloads.map((each) => ({
      ...each,
      groups: each.groups.map(({ endpoint: shape, pods }) => ({
        endpoint: shape,
        pods: pods.map((of) => ({ ...of, ips: of.ips.map((ip) => ip.replace(/^127\./, '10.')) })),
      })),
    }));
    return [name, { ...space, workloads }];
  });
  return { ...view, namespaces: new Map(moved) };
}

/** The view with the objects of these kinds as another one has them. */
function withPolicyOf(view: MeshView, other: MeshView, kinds: readonly PolicyKind[]): MeshView {
  const namespaces = new Map<string, NamespaceView>();
  for (const [name, space] of view.namespaces) {
    const of = other.namespaces.get(name)!.policy;
    const taken = Object.fromEntries(
      kinds.map((kind): [PolicyKind, readonly ObjectStates[PolicyKind][]] => [kind, of[kind]]),
    );
    namespaces.set(name, { ...space, policy: { ...space.policy, ...taken } });
  }
  return { ...view, namespaces };
}
