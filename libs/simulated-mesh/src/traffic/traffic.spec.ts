import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CallingMesh, clientOf, decisionsOf, requestsBetween } from '../../test/calling-mesh.js';
import { resources } from '../resource-type.js';
import { hasPage } from './instance.js';
import type { Decider } from './decider.js';

let mesh: CallingMesh;
beforeEach(() => {
  mesh = new CallingMesh();
});
afterEach(() => mesh.close());

/** The service account of a pod is called like its workload in the scene. */
const appOf = (pod: string) => pod.replace(/-[a-z0-9]{9}-[a-z0-9]{5}$/, '').replace(/-\d$/, '');

describe('the traffic of the simulated mesh', () => {
  it('is as much as the flows say, of each pod that calls', () => {
    mesh.passSeconds(600);
    for (const pod of mesh.pods('shop', 'web')) {
      const proxy = mesh.traffic.proxyOf('shop', pod);
      const sent: Record<string, number> = {};
      for (const { peer, requests } of proxy!.outbound)
        sent[peer.destination.service!] = (sent[peer.destination.service!] ?? 0) + requests.value;
      expect(sent).toEqual({ cart: 1200, orders: 600, catalog: 1800 });
    }
    const failed = requestsBetween(mesh.read(), 'cart', 'inventory');
    expect(failed.success + failed.failure).toBeCloseTo(2, 1);
    expect(failed.failure).toBeCloseTo(0.16, 1);
  });

  it('is counted alike by the proxies of both ends, whatever was decided', () => {
    mesh.passSeconds(120);
    const sent = new Map<string, number>();
    for (const { instance, outbound } of mesh.traffic.proxies)
      for (const { peer, requests } of outbound) {
        if (peer.instance === undefined || !hasPage(peer.instance)) continue;
        if (requests.value === 0 || peer.destination.port === 4191) continue;
        const edge = `${appOf(instance.name)} ${peer.destination.workload!.name}`;
        sent.set(edge, (sent.get(edge) ?? 0) + requests.value);
      }
    const decided = new Map<string, number>();
    for (const { serving, protocol, client, value } of mesh.read().counters) {
      if (protocol !== 'http' || client.kind !== 'identity') continue;
      const edge = `${clientOf({ client })} ${appOf(serving.pod)}`;
      decided.set(edge, (decided.get(edge) ?? 0) + value);
    }
    expect(sent.size).toBeGreaterThan(12);
    expect(decided).toEqual(sent);
  });

  it('has from its start a denied, an audited, a lost and an unmeshed client, and TCP of either fate', () => {
    mesh.passSeconds(100);
    const reading = mesh.read();
    expect(decisionsOf(reading, 'emailer')).toEqual({ 'denied orders': 40 });
    expect(decisionsOf(reading, 'ledger')).toMatchObject({ 'audited orders': 40, 'allowed payments': 80 });
    expect(decisionsOf(reading, 'cart')).toMatchObject({ 'route-not-found prometheus': 10 });
    expect(decisionsOf(reading, 'orders')).toMatchObject({ 'allowed unmeshed': 30 });
    expect(decisionsOf(reading, 'ledger-db')).toEqual({ 'allowed ledger': 4, 'denied unmeshed': 10 });
    expect(requestsBetween(reading, 'orders', 'emailer').success).toBeCloseTo(0.4, 1);
    const card = reading.routes.find(({ parent }) => parent.kind === 'EgressNetwork');
    expect(card).toMatchObject({ protocol: 'tls', route: { name: 'tls-egress-allow' }, refusedPerSecond: 0 });
    expect(card?.openedPerSecond).toBeCloseTo(0.3, 1);
  });

  it('turns denied in the reading after a policy was deleted, and back in the one after it returned', () => {
    mesh.passSeconds(20);
    const before = decisionsOf(mesh.read(), 'web');
    expect(before).toEqual({ 'allowed edge': 320 });
    const { metadata, ...policy } = mesh.delete(resources.AuthorizationPolicy, 'shop', 'web-from-edge');
    mesh.passSeconds(5);
    expect(decisionsOf(mesh.read(), 'web')).toEqual({ 'allowed edge': 320, 'denied edge': 80 });
    mesh.apply(resources.AuthorizationPolicy, 'shop', metadata.name, policy['spec']);
    mesh.passSeconds(5);
    expect(decisionsOf(mesh.read(), 'web')).toEqual({ 'allowed edge': 400, 'denied edge': 80 });
  });

  it('is decided by what held when it was made, also where nobody looked until later', () => {
    mesh.passSeconds(1);
    mesh.now += 10_000;
    mesh.delete(resources.AuthorizationPolicy, 'shop', 'web-from-edge');
    mesh.now += 5_000;
    expect(decisionsOf(mesh.read(), 'web')).toEqual({ 'allowed edge': 176, 'denied edge': 80 });
  });

  it('shows a denied client 403 over HTTP and PERMISSION_DENIED over gRPC, and no answer of the server', () => {
    mesh.apply(resources.AuthorizationPolicy, 'payments', 'fraud-check-from-payments', {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'fraud-check-grpc' },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'default' }],
    });
    mesh.passSeconds(50);
    const statusesTo = (from: string, to: string) =>
      [...mesh.traffic.proxies]
        .filter(({ instance }) => instance.workload.name === from)
        .flatMap(({ outbound }) => [...outbound])
        .filter(({ peer }) => peer.destination.workload?.name === to)
        .flatMap(({ answers }) => [...answers.counts].map(({ status }) => status));
    expect(new Set(statusesTo('orders', 'emailer').map((status) => JSON.stringify(status)))).toEqual(
      new Set([JSON.stringify({ statusCode: '403', grpcStatus: '', classification: 'success' })]),
    );
    expect(statusesTo('payments', 'fraud-check')[0]).toEqual({
      statusCode: '200',
      grpcStatus: '7',
      classification: 'failure',
    });
    const answered = mesh
      .read()
      .inbound.filter(
        ({ serving, route }) => serving.pod.startsWith('emailer-') && route?.name === 'default',
      );
    expect(answered).toEqual([]);
  });

  it('cuts an open TCP connection when policy ends it, and denies the ones after it', () => {
    mesh.passSeconds(10);
    const open = () =>
      mesh
        .read()
        .connections.filter(({ destination }) => destination.workload?.name === 'ledger-db')
        .reduce((sum, row) => sum + row.open!, 0);
    expect(open()).toBe(4);
    mesh.delete(resources.AuthorizationPolicy, 'ledger', 'ledger-db-from-ledger');
    mesh.passSeconds(10);
    expect(open()).toBe(0);
    const decided = decisionsOf(mesh.read(), 'ledger-db');
    expect(decided).toMatchObject({ 'allowed ledger': 4, 'denied ledger': 16 });
    const cut = mesh.read().counters.filter(({ what }) => what === 'terminated');
    expect(cut.map(({ protocol, value }) => [protocol, value])).toEqual([
      ['tcp', 2],
      ['tcp', 2],
    ]);
  });

  it('is decided connection by connection where a Server takes a port for opaque, and by request again after it', () => {
    const webWith = (proxyProtocol: string) =>
      mesh.apply(resources.Server, 'shop', 'web-http', {
        podSelector: { matchLabels: { app: 'web' } },
        port: 'http',
        proxyProtocol,
      });
    const edge = (protocol: string) =>
      mesh
        .read()
        .counters.filter((row) => row.server.name === 'web-http' && row.protocol === protocol)
        .filter(({ client }) => client.kind === 'identity')
        .reduce((sum, { value }) => sum + value, 0);
    mesh.passSeconds(10);
    webWith('opaque');
    mesh.passSeconds(10);
    expect([edge('http'), edge('tcp')]).toEqual([160, 160]);
    webWith('HTTP/1');
    mesh.passSeconds(10);
    expect([edge('http'), edge('tcp')]).toEqual([320, 160]);
    const open = mesh.read().connections.filter(({ client }) => client.pod.startsWith('edge-'));
    expect(open.map((row) => row.open)).toEqual([3, 3]);
  });

  it('does not leave the mesh where an EgressNetwork denies it', () => {
    mesh.passSeconds(10);
    mesh.apply(resources.EgressNetwork, 'payments', 'card-network', { trafficPolicy: 'Deny' });
    const opened = () =>
      [...mesh.traffic.proxies]
        .flatMap(({ outbound }) => [...outbound])
        .filter(({ peer }) => peer.destination.port === 443)
        .reduce((sum, { connections }) => sum + connections.opened.value, 0);
    const before = opened();
    expect(before).toBe(6);
    mesh.passSeconds(100);
    expect(opened()).toBe(before);
    const refused = mesh.read().routes.find(({ route }) => route.name === 'tls-egress-deny');
    expect(refused?.refusedPerSecond).toBeCloseTo(0.3, 1);
    const counted = mesh.read().counters.filter(({ what }) => what === 'egress-denied');
    expect(counted.map(({ port, server }) => [port, server.name])).toContainEqual([
      443,
      'payments/card-network',
    ]);
    const denied = counted.reduce((sum, { value }) => sum + value, 0);
    // 6 in 10 s were let through
    expect(denied).toBe(60);
  });

  it('has the hourly report call once an hour of the mesh, and forgets its proxy with its pod', () => {
    const steps = (count: number) => {
      for (let step = 0; step < count; step++) {
        mesh.step();
        mesh.passSeconds(1);
      }
    };
    const calls = () => {
      const { 'allowed report': fromReport = 0 } = decisionsOf(mesh.read(), 'ledger');
      return fromReport;
    };
    steps(11);
    expect(calls()).toBe(0);
    steps(2);
    expect(calls()).toBe(40);
    expect(mesh.read().proxies.filter(({ pod }) => pod.startsWith('report-'))).toHaveLength(1);
    steps(2);
    expect(mesh.read().proxies.filter(({ pod }) => pod.startsWith('report-'))).toHaveLength(0);
    expect(calls()).toBe(40);
  });

  it('counts new pods from 0, and no gone ones', () => {
    mesh.passSeconds(30);
    const [pod = ''] = mesh.pods('shop', 'emailer');
    expect(mesh.read().proxies.map((proxy) => proxy.pod)).toContain(pod);
    mesh.registry.delete({ type: resources.Pod, namespace: 'shop', name: pod });
    // one step makes the pod, the next runs it
    mesh.step();
    mesh.step();
    mesh.passSeconds(10);
    const [fresh = ''] = mesh.pods('shop', 'emailer');
    expect(fresh).not.toBe(pod);
    const { proxies, counters } = mesh.read();
    expect(proxies.map((proxy) => proxy.pod)).not.toContain(pod);
    expect(proxies.find((proxy) => proxy.pod === fresh)?.startedAt).toBe(mesh.now - 10_000);
    expect(counters.filter(({ serving }) => serving.pod === pod)).toEqual([]);
    expect(counters.find(({ serving, what }) => serving.pod === fresh && what === 'denied')?.value).toBe(4);
  });

  it('gives rates over the last minute, and those of a younger proxy over its life', () => {
    mesh.passSeconds(3);
    expect(requestsBetween(mesh.read(), 'edge', 'web').success).toBeCloseTo(16, 5);
    mesh.passSeconds(300);
    expect(requestsBetween(mesh.read(), 'edge', 'web').success).toBeCloseTo(16, 5);
    mesh.delete(resources.Service, 'shop', 'web');
    mesh.passSeconds(30);
    const fading = requestsBetween(mesh.read(), 'edge', 'web').success;
    expect(fading).toBeGreaterThan(6);
    expect(fading).toBeLessThan(10);
    mesh.passSeconds(40);
    expect(requestsBetween(mesh.read(), 'edge', 'web').success).toBe(0);
  });

  it('says no rate before a second is over', () => {
    mesh.now += 999;
    const row = mesh.read().requests.find(({ client }) => client.pod.startsWith('edge-'));
    expect(row).toBeDefined();
    expect(row).not.toHaveProperty('successPerSecond');
  });

  it('makes no calls for a time in which the process slept', () => {
    mesh.now += 8 * 3_600_000;
    expect(decisionsOf(mesh.read(), 'web')).toEqual({ 'allowed edge': 16 * 60 });
  });

  it('forgets endpoints that are gone ten minutes after their last call', () => {
    const gone: number[] = [];
    for (let step = 0; step < 90; step++) {
      mesh.step();
      mesh.now += 10_000;
      mesh.traffic.advance();
    }
    const living = new Set([...mesh.traffic.proxies].map(({ instance }) => instance.key));
    for (const { outbound } of mesh.traffic.proxies)
      for (const { peer, usedAt } of outbound)
        if (peer.instance?.endpoint.meshed === true && !living.has(peer.instance.key))
          gone.push(mesh.now - usedAt);
    expect(gone.length).toBeGreaterThan(10);
    expect(Math.max(...gone)).toBeLessThanOrEqual(600_000);
    // and within them there are still some
    expect(Math.max(...gone)).toBeGreaterThan(400_000);
  });

  it('denies what the decider leaves unknown, and lets a decider decide by the objects as they are stored', () => {
    mesh.close();
    const asked = new Set<string>();
    const decider: Decider = ({ objects }) => {
      const servers = objects.filter(({ kind }) => kind === 'Server').length;
      return ({ serving, port, request }) => {
        asked.add(`${serving.name.split('-')[0]} ${port} ${request?.method ?? 'bytes'}`);
        const server = { kind: 'Server', namespace: serving.namespace, name: `one-of-${servers}` } as const;
        return { verdict: 'unknown', server };
      };
    };
    mesh = new CallingMesh({ decider });
    const servers = () => mesh.store.list(resources.Server).length;
    mesh.passSeconds(20);
    const { counters, inbound } = mesh.read();
    expect(inbound.filter((row) => row.successPerSecond !== undefined)).toEqual([]);
    expect(asked).toContain('web 8080 GET');
    expect(asked).toContain('ledger 5432 bytes');
    expect(new Set(counters.map(({ what }) => what))).toEqual(new Set(['denied']));
    expect(new Set(counters.map(({ server }) => server.name))).toEqual(new Set([`one-of-${servers()}`]));
    mesh.apply(resources.Server, 'shop', 'one-more', { podSelector: {}, port: 9999 });
    mesh.passSeconds(1);
    expect(mesh.read().counters.map(({ server }) => server.name)).toContain(`one-of-${servers()}`);
  });
});
