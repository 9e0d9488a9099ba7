import { randomUUID } from 'node:crypto';
import type { EventLog, Write } from '@mcp/event-log';
import { objectSubject, podShapeSubject } from '@mcp/events';
import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import type { ProxyClaim, TrafficReading } from '@mcp/sources';

const begin = Date.UTC(2026, 0, 1);
const callsOfEach = 100;
const namespace = 'shop';

/** Workloads of one pod each, of which each calls a hundred others; and what their proxies say of it at both ends. Each is called through a route. */
export class TellingMesh {
  readonly #names: readonly string[];

  constructor(readonly edges: number) {
    this.#names = Array.from(
      { length: Math.max(edges / callsOfEach, callsOfEach + 1) },
      (_, index) => `w${index}`,
    );
  }

  async writeTo(log: EventLog): Promise<void> {
    const actor = { name: 'collector', provenBy: 'component' } as const;
    const writes: Write[] = [];
    const write = (subject: string, type: string, data: object): void => {
      const event = { id: randomUUID(), type, version: 1, occurredAt: begin, actor, data };
      // the types of what is observed come together below
      writes.push({ subject, expectedVersion: 0, event: event as Write['event'] });
    };
    const observe = <K extends ResourceKind>(kind: K, state: ObjectStates[K]): void =>
      write(objectSubject(kind, state), `${kind}Observed`, state);
    const life = (name: string) => ({ namespace, name, uid: `uid-${name}`, createdAt: begin });
    const owner = (kind: string, name: string) => ({ kind, name, uid: `uid-${name}` });
    const mesh = { trustDomain: 'cluster.local', controlPlaneNamespace: 'linkerd', configured: [] };
    observe('ControlPlane', { ...life('linkerd'), namespace: 'linkerd', ...mesh });
    for (const [index, name] of this.#names.entries()) {
      observe('Controller', { ...life(name), kind: 'Deployment' });
      observe('Controller', { ...life(`${name}-1`), kind: 'ReplicaSet', owner: owner('Deployment', name) });
      write(podShapeSubject(name), 'PodShapeObserved', {
        ...{ hash: name, labels: {}, annotations: {}, serviceAccount: name, ports: [], probes: [] },
        ...{ meshed: true, governed: true },
      });
      observe('Pod', {
        ...life(`${name}-1-a`),
        ...{ shape: name, ips: [addressOf(index)], phase: 'Running', ready: true },
        owner: owner('ReplicaSet', `${name}-1`),
      });
    }
    for (let from = 0; from < writes.length; from += 500)
      await log.append({ writes: writes.slice(from, from + 500) });
  }

  /** Of one poll; every counter rises from one to the next. */
  reading(poll: number): TrafficReading {
    const claims = this.#names.map((name, index): ProxyClaim => ({
      namespace,
      pod: `${name}-1-a`,
      address: addressOf(index),
    }));
    const server = { group: '', kind: 'default', name: 'all-unauthenticated' };
    const requests: TrafficReading['requests'][number][] = [];
    const inbound: TrafficReading['inbound'][number][] = [];
    const routes: TrafficReading['routes'][number][] = [];
    const counters: TrafficReading['counters'][number][] = [];
    for (let edge = 0; edge < this.edges; edge += 1) {
      const from = edge % this.#names.length;
      const to = (from + 1 + Math.floor(edge / this.#names.length)) % this.#names.length;
      const [client, serving, name] = [claims[from], claims[to], this.#names[to]];
      if (client === undefined || serving === undefined || name === undefined)
        throw new Error('no such workload');
      const rate = 1 + ((edge * 7919 + poll * 104_729) % 10_007) / 100;
      requests.push({
        client,
        destination: {
          ...{ namespace, service: name, workload: { kind: 'Deployment', name }, port: 8080 },
          authority: `${name}.${namespace}.svc.cluster.local:80`,
        },
        tls: { tls: 'mesh', reason: '', identity: identityOf(name) },
        successPerSecond: rate,
        failurePerSecond: 0,
      });
      const parent = { group: 'core', kind: 'Service', namespace, name, port: '80' };
      const taken = { successPerSecond: rate, failurePerSecond: 0 };
      const of = { client, parent, route: routeTo(name), protocol: 'http' } as const;
      routes.push({ ...of, ...taken, retriesPerSecond: rate / 100 }, { ...of, ...taken, backend: parent });
      const identity = identityOf(this.#names[from] ?? '');
      const served = { serving, port: 8080, server, client: { kind: 'identity', identity } } as const;
      inbound.push({
        ...served,
        ...{ authorization: server, successPerSecond: rate, failurePerSecond: 0 },
        tls: { tls: 'mesh', reason: '', identity },
      });
      counters.push({ ...served, what: 'allowed', protocol: 'http', value: 1_000 + 15 * poll });
    }
    const scraped = { job: 'linkerd-proxy', up: true, startedAt: begin, scrapes: 1 };
    return {
      at: begin + 3_600_000 + poll * 15_000,
      windowMs: 60_000,
      proxies: claims.map((claim) => ({ ...claim, ...scraped })),
      ...{ requests, inbound, counters, routes },
      ...{ connections: [], missing: [], rejected: [] },
    };
  }
}

function routeTo(name: string): TrafficReading['routes'][number]['route'] {
  return { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace, name };
}

function addressOf(index: number): string {
  return `10.0.${Math.floor(index / 250)}.${1 + (index % 250)}`;
}

function identityOf(name: string): string {
  return `${name}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
}
