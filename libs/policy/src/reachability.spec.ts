import { describe, expect, it } from '@jest/globals';
import type { ObjectStates, WorkloadRef } from '@mcp/mesh';
import { canonicalJson, formatWorkloadRef, selects } from '@mcp/mesh';
import fc from 'fast-check';
import { randomCallers, randomRequest } from '../test/random-callers.js';
import { evaluateAny } from './access.js';
import { clientSeen } from './client-seen.js';
import type { Target } from './decide.js';
import { evaluate } from './decide.js';
import { parseAddress } from './network.js';
import { PolicyIndex } from './policy-index.js';
import type { AccessRequest, Client } from './question.js';
import type { PodGroup, Reachability, ReachAnswer, ReachClient } from './reach-answer.js';
import { answerToAny, answerToRequest } from './reach-answer.js';
import { reachability, whatCanReach, whoCanReach } from './reachability.js';
import type { Endpoint, MeshView } from './view.js';

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
      { numRuns: 150 },
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
