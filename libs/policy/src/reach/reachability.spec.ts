import { describe, expect, it } from '@jest/globals';
import type { ObjectStates, WorkloadRef } from '@mcp/mesh';
import { canonicalJson, formatWorkloadRef, selects } from '@mcp/mesh';
import fc from 'fast-check';
import { authorizationPolicy, ref, serverOf, viewOf, workload } from '../../test/mesh-view.js';
import { randomCallers, randomRequest } from '../../test/random-callers.js';
import { evaluateAny } from '../answers/access.js';
import { clientSeen } from '../clients/client-seen.js';
import type { Target } from '../answers/decide.js';
import { evaluate } from '../answers/decide.js';
import { parseAddress } from '../matching/network.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { AccessRequest, Client } from '../question.js';
import type { PodGroup, Reachability, ReachAnswer, ReachClient } from './reach-answer.js';
import { answerToAny, answerToRequest } from './reach-answer.js';
import type { AskedClient } from './reachability.js';
import { reachability, whatCanReach, whoCanReach } from './reachability.js';
import type { Endpoint, MeshView } from '../view.js';

/** By who and what, the answer and what governs the port. */
type Lines = Readonly<Record<string, string>>;

describe('who reaches what is, for every pair, what is decided about that pair alone', () => {
  it('among all workloads and unmeshed clients', () => {
    fc.assert(
      fc.property(randomCallers, randomRequest, (view, request) => {
        const index = new PolicyIndex(view);
        const found = reachability(index, {}, request);
        expect(linesOf(found)).toEqual(pairByPair(index, found.clients, request));
        expect(addressesOf(found.clients)).toEqual(addressesIn(view));
      }),
      { numRuns: 100 },
    );
  });

  it('of one target, and of one client', () => {
    fc.assert(
      fc.property(randomCallers, randomRequest, (view, request) => {
        const index = new PolicyIndex(view);
        const workload = { namespace: 'one', kind: 'Deployment', name: 'a' };
        const who = whoCanReach(index, { workload }, request);
        const at = `${formatWorkloadRef(workload)} `;
        expect(linesOf(who)).toEqual(
          only(pairByPair(index, who.clients, request), (line) => line.startsWith(at)),
        );
        const what = whatCanReach(index, { workload }, request);
        expect(linesOf(what)).toEqual(pairByPair(index, what.clients, request));
        expect(addressesOf(what.clients)).toEqual(
          addressesIn(view).filter((client) => client.startsWith(at)),
        );
      }),
      { numRuns: 100 },
    );
  });
});

function only(lines: Lines, keep: (line: string) => boolean): Lines {
  return Object.fromEntries(Object.entries(lines).filter(([line]) => keep(line)));
}

/** Throws where a client is in two answers. */
function linesOf({ clients, rows }: Reachability): Lines {
  const lines: Record<string, string> = {};
  for (const { workload, groups, port, server, protocol, answers } of rows)
    for (const group of groups)
      for (const { answer, clients: ranges } of answers)
        for (const { first, last } of ranges)
          for (let place = first; place <= last; place += 1)
            for (const address of addressesAt(clients[place])) {
              const line = lineOf(workload, group, port, clients[place], address);
              if (line in lines) throw new Error(`answered twice: ${line}`);
              lines[line] = canonicalJson({ server, protocol, answer });
            }
  return lines;
}

function lineOf(
  workload: WorkloadRef,
  group: PodGroup,
  port: number | undefined,
  client: ReachClient | undefined,
  address: string | undefined,
): string {
  return `${formatWorkloadRef(workload)} ${group} ${port} <- ${nameOf(client)} ${address}`;
}

/** The plain double loop. */
function pairByPair(index: PolicyIndex, clients: readonly ReachClient[], request: AccessRequest): Lines {
  const lines: Record<string, string> = {};
  for (const { namespace, workloads, policy } of index.view.namespaces.values())
    for (const { ref, groups, shapelessPods } of workloads)
      for (const client of clients)
        for (const address of addressesAt(client)) {
          for (const [group, { endpoint }] of groups.entries())
            for (const port of portsOf(endpoint, policy.Server)) {
              const target = { namespace, endpoint, port };
              const seen = seenAs(index, client, address, target);
              lines[lineOf(ref, group, port, client, address)] = canonicalJson(
                answerTo(index, target, seen, request),
              );
            }
          if (shapelessPods > 0)
            lines[lineOf(ref, 'shapeless', undefined, client, address)] = canonicalJson({
              answer: ofShapeless(request),
            });
        }
  return lines;
}

function portsOf(endpoint: Endpoint, servers: readonly ObjectStates['Server'][]): ReadonlySet<number> {
  const kind = endpoint.kind === 'Pod' ? 'pods' : 'externalWorkloads';
  return new Set([
    ...endpoint.ports.filter(({ protocol }) => protocol === 'TCP').map(({ number }) => number),
    ...servers
      .filter(({ spec }) => spec.selects === kind && selects(spec.selector, endpoint.labels))
      .flatMap(({ spec }) => (typeof spec.port === 'number' ? [spec.port] : [])),
  ]);
}

function answerTo(index: PolicyIndex, target: Target, client: Client, request: AccessRequest) {
  if (request.kind !== 'any') {
    const decision = evaluate(index, target, client, request);
    return { server: decision.server, protocol: decision.protocol, answer: answerToRequest(decision) };
  }
  const access = evaluateAny(index, target, client);
  const [part] = access.parts;
  return {
    server: part?.decision.server,
    protocol: part?.decision.protocol,
    answer: answerToAny(access),
  };
}

function seenAs(
  index: PolicyIndex,
  client: ReachClient,
  written: string | undefined,
  target: Target,
): Client {
  const address = written === undefined ? undefined : parseAddress(written);
  if (client.kind === 'unmeshed') return { tls: 'none', address };
  if (client.kind !== 'workload') throw new Error('not asked about');
  const { workload, group } = client;
  const name = formatWorkloadRef(workload);
  const home = index.view.namespaces.get(workload.namespace);
  const found = home?.workloads.find(({ ref }) => formatWorkloadRef(ref) === name);
  const endpoint = group === 'shapeless' ? undefined : found?.groups[group]?.endpoint;
  if (endpoint === undefined) return { tls: 'unknown', address };
  return clientSeen(index, { namespace: workload.namespace, endpoint, address }, target).client;
}

function ofShapeless(request: AccessRequest): ReachAnswer {
  const rule = { verdict: 'unknown', unknown: ['POD_SHAPE_UNKNOWN'] } as const;
  return request.kind === 'any'
    ? { asked: 'any', reach: 'unknown', parts: [{ what: 'everything', mayBeEmpty: false, rule }] }
    : { asked: 'request', rule };
}

function nameOf(client: ReachClient | undefined): string {
  return client?.kind === 'workload' ? `${formatWorkloadRef(client.workload)} ${client.group}` : 'unmeshed';
}

/** Of an unmeshed class the ends of its ranges, which stand for what is between them. */
function addressesAt(client: ReachClient | undefined): readonly (string | undefined)[] {
  if (client?.kind === 'unmeshed')
    return client.addresses.flatMap(({ first, last }) => [...new Set([first, last])]);
  if (client?.kind !== 'workload') return [];
  return client.addresses.length === 0 ? [undefined] : [...new Set(client.addresses)];
}

function addressesOf(clients: readonly ReachClient[]): readonly string[] {
  return distinct(
    clients
      .filter(({ kind }) => kind === 'workload')
      .flatMap((client) => addressesAt(client).map((address) => `${nameOf(client)} ${address}`)),
  );
}

function addressesIn({ namespaces }: MeshView): readonly string[] {
  return distinct(
    [...namespaces.values()]
      .flatMap(({ workloads }) => workloads)
      .flatMap(({ ref, groups, shapelessPods }) => [
        ...groups.flatMap(({ pods }, group) =>
          pods.flatMap(({ ips }) => {
            const known = ips.flatMap((ip) => parseAddress(ip)?.text ?? []);
            return (known.length === 0 ? [undefined] : known).map(
              (ip) => `${formatWorkloadRef(ref)} ${group} ${ip}`,
            );
          }),
        ),
        ...(shapelessPods > 0 ? [`${formatWorkloadRef(ref)} shapeless undefined`] : []),
      ]),
  );
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].sort();
}

describe('who reaches what is told', () => {
  const ours = { labels: { 'linkerd.io/control-plane-ns': 'linkerd' } };
  const runsAs = (serviceAccount: string) => ({ ...ours, runsAs: { serviceAccount } });
  const view = viewOf({
    shop: {
      workloads: [workload('shop', 'api', runsAs('api'), { ...runsAs('api'), meshed: false })],
      Server: [serverOf('shop', 'http')],
      AuthorizationPolicy: [
        authorizationPolicy('shop', 'web', ref('Server', 'http'), [
          ref('ServiceAccount', 'web', { namespace: 'front' }),
        ]),
      ],
    },
    front: { workloads: [workload('front', 'web', runsAs('web'))] },
  });
  const api = { namespace: 'shop', kind: 'Deployment', name: 'api' };
  const web = { namespace: 'front', kind: 'Deployment', name: 'web' };
  const whoReachesApi = (index: PolicyIndex) =>
    whoCanReach(index, { workload: api, port: 80 }, { kind: 'any' });
  const part = { what: 'route', mayBeEmpty: false } as const;
  const route = { kind: 'default', name: 'default' } as const;
  const told = ({ clients, rows }: Reachability) => ({ clients, rows: [...rows] });

  it('by the rule that gives the answer, for each group of pods that answers differently', () => {
    const authorizedBy = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' };
    expect(told(whoReachesApi(new PolicyIndex(view)))).toEqual({
      clients: [
        { kind: 'workload', workload: api, group: 0, addresses: ['10.0.0.1'] },
        { kind: 'workload', workload: api, group: 1, addresses: ['10.0.0.1'] },
        { kind: 'workload', workload: web, group: 0, addresses: ['10.0.0.1'] },
        {
          kind: 'unmeshed',
          inCluster: true,
          addresses: [{ first: '10.0.0.0', last: '10.255.255.255' }],
        },
        {
          kind: 'unmeshed',
          inCluster: false,
          addresses: [
            { first: '0.0.0.0', last: '9.255.255.255' },
            { first: '11.0.0.0', last: '126.255.255.255' },
            { first: '128.0.0.0', last: '255.255.255.255' },
            { first: '::', last: '::' },
            { first: '::2', last: '::fffe:ffff:ffff' },
            { first: '::1:0:0:0', last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
          ],
        },
      ],
      rows: [
        {
          workload: api,
          groups: [0],
          port: 80,
          server: { kind: 'Server', namespace: 'shop', name: 'http' },
          protocol: 'HTTP/1',
          answers: [
            {
              answer: {
                asked: 'any',
                reach: 'none',
                parts: [{ ...part, rule: { verdict: 'deny', refusal: 'unauthorized', route, unknown: [] } }],
              },
              clients: [
                { first: 0, last: 1 },
                { first: 3, last: 4 },
              ],
            },
            {
              answer: {
                asked: 'any',
                reach: 'all',
                parts: [{ ...part, rule: { verdict: 'allow', route, authorizedBy, unknown: [] } }],
              },
              clients: [{ first: 2, last: 2 }],
            },
          ],
        },
        {
          workload: api,
          groups: [1],
          port: 80,
          answers: [
            {
              answer: {
                asked: 'any',
                reach: 'not-enforced',
                parts: [
                  {
                    what: 'everything',
                    mayBeEmpty: false,
                    rule: { verdict: 'not-enforced', boundary: 'not-meshed', unknown: [] },
                  },
                ],
              },
              clients: [{ first: 0, last: 4 }],
            },
          ],
        },
      ],
    });
  });

  it('once for groups of pods that answer alike', () => {
    const alike = viewOf({
      shop: { workloads: [workload('shop', 'api', {}, { labels: { release: 'new' } })] },
    });
    const { rows } = whatCanReach(
      new PolicyIndex(alike),
      { client: { tls: 'none', address: undefined } },
      { kind: 'bytes' },
    );
    const authorizedBy = { kind: 'default', name: 'all-unauthenticated' };
    expect([...rows]).toEqual([
      {
        workload: api,
        groups: [0, 1],
        port: 80,
        server: authorizedBy,
        protocol: 'unknown',
        answers: [
          {
            answer: { asked: 'request', rule: { verdict: 'allow', authorizedBy, unknown: [] } },
            clients: [{ first: 0, last: 0 }],
          },
        ],
      },
    ]);
  });

  const rulesFor = (asked: AskedClient) => {
    const request = { kind: 'http', method: 'GET', path: '/', headers: new Map() } as const;
    const { clients, rows } = whatCanReach(new PolicyIndex(view), asked, request);
    const rules = [...rows].flatMap(({ workload: { name }, answers }) =>
      answers.map(({ answer }) => [name, 'rule' in answer ? answer.rule : answer]),
    );
    return { clients, rules };
  };
  const notMeshed = ['api', { verdict: 'not-enforced', boundary: 'not-meshed', unknown: [] }];
  const openToAll = [
    'web',
    { verdict: 'allow', route, authorizedBy: { kind: 'default', name: 'all-unauthenticated' }, unknown: [] },
  ];

  it('as unknown where a rule asks for what is not known of the client', () => {
    const client = { tls: 'unknown', address: parseAddress('10.0.0.9') } as const;
    expect(rulesFor({ client })).toEqual({
      clients: [{ kind: 'asked', tls: 'unknown', address: '10.0.0.9' }],
      rules: [
        ['api', { verdict: 'unknown', route, unknown: ['CLIENT_IDENTITY_UNKNOWN'] }],
        notMeshed,
        openToAll,
      ],
    });
  });

  it('of a port that clients come to from another one, which their proxies may leave out', () => {
    const skipping = { ...runsAs('web'), annotations: { 'config.linkerd.io/skip-outbound-ports': '8080' } };
    const front = { workloads: [workload('front', 'web', skipping)] };
    const index = new PolicyIndex(
      viewOf({
        shop: {
          workloads: [workload('shop', 'api', runsAs('api'))],
          Server: [serverOf('shop', 'http', { accessPolicy: 'all-authenticated', proxyProtocol: 'opaque' })],
        },
        front,
      }),
    );
    const reachOfWeb = (dialledPort: number) => {
      const asked = { workload: api, port: 80, dialledPort };
      const { clients, rows } = whoCanReach(index, asked, { kind: 'bytes' });
      const place = clients.findIndex((each) => each.kind === 'workload' && each.workload.name === 'web');
      return [...rows].flatMap(({ answers }) =>
        answers.flatMap(({ answer, clients: ranges }) =>
          ranges.some(({ first, last }) => first <= place && place <= last) && answer.asked === 'request'
            ? answer.rule.verdict
            : [],
        ),
      );
    };
    expect([reachOfWeb(80), reachOfWeb(8080)]).toEqual([['allow'], ['deny']]);
  });

  it('apart for pods that differ only in the ports for which linkerd-init leaves out the proxy', () => {
    const skipping = (outbound: string) => ({
      ...runsAs('web'),
      skippedPorts: { inbound: '', outbound },
    });
    const index = new PolicyIndex(
      viewOf({
        shop: {
          workloads: [workload('shop', 'api', runsAs('api'))],
          Server: [serverOf('shop', 'http', { accessPolicy: 'all-authenticated', proxyProtocol: 'opaque' })],
        },
        front: { workloads: [workload('front', 'web', skipping(''), skipping('80'))] },
      }),
    );
    const { rows } = whatCanReach(index, { workload: web }, { kind: 'bytes' });
    const atApi = [...rows].find(({ workload: { name } }) => name === 'api')?.answers;
    expect(
      atApi?.map(({ answer, clients }) => [answer.asked === 'request' && answer.rule.verdict, clients]),
    ).toEqual([
      ['allow', [{ first: 0, last: 0 }]],
      ['deny', [{ first: 1, last: 1 }]],
    ]);
  });

  it('of a service account by the pods that run as it, at their addresses', () => {
    const authorizedBy = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' };
    expect(rulesFor({ serviceAccount: { namespace: 'front', name: 'web' } })).toEqual({
      clients: [{ kind: 'workload', workload: web, group: 0, addresses: ['10.0.0.1'] }],
      rules: [['api', { verdict: 'allow', route, authorizedBy, unknown: [] }], notMeshed, openToAll],
    });
  });

  it('of a service account that no pod runs as by what any meshed pod would get', () => {
    expect(rulesFor({ serviceAccount: { namespace: 'front', name: 'new' } })).toEqual({
      clients: [{ kind: 'service-account', namespace: 'front', name: 'new' }],
      rules: [
        ['api', { verdict: 'deny', refusal: 'unauthorized', route, unknown: [] }],
        notMeshed,
        openToAll,
      ],
    });
  });

  it('only of the namespaces that are asked about', () => {
    const { clients, rows } = reachability(
      new PolicyIndex(view),
      { targets: ['shop', 'shop', 'gone'], clients: ['front'] },
      { kind: 'bytes' },
    );
    expect({
      clients: clients.map(({ kind }) => kind),
      rows: [...rows].map(({ workload: { name }, groups, port }) => [name, groups, port]),
    }).toEqual({
      clients: ['workload', 'unmeshed', 'unmeshed'],
      rows: [
        ['api', [0], 80],
        ['api', [1], 80],
      ],
    });
  });

  it('with no rows of a workload that is not there, and no clients where it is the client', () => {
    const index = new PolicyIndex(view);
    const gone = { ...api, name: 'gone' };
    expect([
      [...whoCanReach(index, { workload: gone }, { kind: 'any' }).rows],
      whatCanReach(index, { workload: gone }, { kind: 'any' }).clients,
    ]).toEqual([[], []]);
  });

  it('in plain data, of a view in plain data, so that another thread can work it out', () => {
    const here = told(whoReachesApi(new PolicyIndex(view)));
    const there = told(whoReachesApi(new PolicyIndex(structuredClone(view))));
    expect(structuredClone(there)).toEqual(here);
  });
});
