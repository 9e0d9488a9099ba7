import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { ClusterConnection, isRecord } from '@mcp/kubernetes';
import { Metrics } from '@mcp/runtime';
import type { ClusterObserver } from '@mcp/sources';
import { type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { meteredClusterSource } from './metered-cluster-source.js';

const namespaces = '{kind="Namespace",collection="namespaces"}';
const phaseOf = (kind: string, collection: string, phase: string): string =>
  `mcp_reflector_phase{kind="${kind}",collection="${collection}",phase="${phase}"}`;
const serversAbsent = phaseOf('Server', 'servers.policy.linkerd.io', 'absent');

let server: KubeApiServer;
let connection: ClusterConnection;

beforeAll(async () => {
  server = await startKubeApiServer();
  connection = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
}, 90_000);
afterAll(async () => {
  await connection.close();
  await server.stop();
});

const nobody: ClusterObserver = {
  listed: () => undefined,
  observed: () => undefined,
  deleted: () => undefined,
  phaseChanged: () => undefined,
};

describe('a metered source, on a cluster without Linkerd', () => {
  const metrics = new Metrics({ ofProcess: false });
  const series = async (): Promise<ReadonlyMap<string, number>> => {
    const lines = (await metrics.page()).body.split('\n').filter((line) => /^mcp_/.test(line));
    return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.replace(/^.* /, ''))]));
  };
  /** Follows until a page is so, and answers that page. */
  const followUntil = async (
    run: (signal: AbortSignal) => Promise<void>,
    isSo: (page: ReadonlyMap<string, number>) => boolean,
  ): Promise<ReadonlyMap<string, number>> => {
    const stop = new AbortController();
    const running = run(stop.signal);
    try {
      for (;;) {
        const page = await series();
        if (isSo(page)) return page;
        await pause(50);
      }
    } finally {
      stop.abort();
      await running;
    }
  };

  it('has everything at zero, then what it follows and what that took, and goes on counting when it leads again', async () => {
    const source = meteredClusterSource({ connection, scope: 'all', controlPlane: {} }, metrics);
    const atFirst = await series();
    expect(atFirst.size).toBeGreaterThan(100);
    expect([...atFirst].filter(([, value]) => value !== 0)).toEqual([]);

    const live = (page: ReadonlyMap<string, number>): boolean =>
      page.get(phaseOf('Namespace', 'namespaces', 'live')) === 1 && page.get(serversAbsent) === 1;
    const run = (signal: AbortSignal): Promise<void> => source.run(nobody, signal);
    const page = await followUntil(run, live);
    const { body } = await connection.request('GET', '/api/v1/namespaces');
    const there = isRecord(body) && Array.isArray(body['items']) ? body['items'].length : 0;
    expect(there).toBeGreaterThan(0);
    expect(page.get(`mcp_reflector_objects${namespaces}`)).toBe(there);
    expect(page.get(`mcp_reflector_lists_total${namespaces}`)).toBe(1);
    expect(page.get(`mcp_reflector_watches_total${namespaces}`)).toBe(1);
    expect(page.get('mcp_reflector_faults_total{code="NOT_FOUND"}')).toBeGreaterThan(0);

    const ended = await series();
    const gauges = [...ended].filter(([name]) => /^mcp_reflector_(objects|phase)/.test(name));
    expect(gauges.filter(([, value]) => value !== 0)).toEqual([]);
    const again = await followUntil(run, live);
    expect(again.get(`mcp_reflector_lists_total${namespaces}`)).toBe(2);
  }, 60_000);
});
