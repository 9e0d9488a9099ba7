import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SimulatedMesh, startSimulatedMesh } from '@mcp/simulated-mesh';
import { freePort, RedisServer } from '@mcp/testing';
import { referenceOf, type ServedMetric, servedMetrics } from '../operations/served-metrics.js';
import { AppProcess } from './app-process.js';

const referencePath = 'docs/reference/metrics.md';
const names = ['collector', 'mcp-api', 'reconciler'] as const;

let mesh: SimulatedMesh;
let redis: RedisServer;
let apps: readonly AppProcess[];
const pages = new Map<string, string>();
const served: ServedMetric[] = [];

beforeAll(async () => {
  mesh = await startSimulatedMesh({ host: '127.0.0.1', port: 0, seed: '1', paceMs: 0 });
  redis = await RedisServer.start();
  const ports = await Promise.all(names.map(() => freePort()));
  const grpcPort = String(await freePort());
  apps = names.map(
    (name, index) =>
      new AppProcess(name, {
        MCP_REDIS_URL: redis.url,
        MCP_CLUSTER_SOURCE: 'simulated',
        MCP_SIMULATION_URL: mesh.url,
        MCP_HTTP_PORT: String(ports[index]),
        ...(name === 'mcp-api' && { MCP_GRPC_PORT: grpcPort, MCP_AUTH: 'none' }),
      }),
  );
  await Promise.all(apps.map((app) => app.start()));
  for (const [index, name] of names.entries()) {
    const page = await (await fetch(`http://127.0.0.1:${ports[index]}/metrics`)).text();
    pages.set(name, page);
    served.push(...servedMetrics(name, page));
  }
}, 120_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.crash()));
  await mesh.close();
  await redis.stop();
}, 30_000);

/** What promtool says of a page: nothing where it is as it should be. */
function lintOf(page: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('promtool', ['check', 'metrics'], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
    child.stdin?.end(page);
  });
}

describe('the metrics of the three apps', () => {
  it.each(names)('are as Prometheus wants them, of the %s', async (name) => {
    const own = (pages.get(name) ?? '').split('\n').filter((line) => /^(# (HELP|TYPE) )?mcp_/.test(line));
    expect(own.length).toBeGreaterThan(5);
    expect(await lintOf(`${own.join('\n')}\n`)).toBe('');
  });

  it('have at least one series each from the start', () => {
    expect(served.filter(({ labels }) => labels === undefined)).toEqual([]);
  });

  it('are those of the reference, and no others', () => {
    const reference = referenceOf(served);
    if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(referencePath, reference);
    expect(readFileSync(referencePath, 'utf8')).toBe(reference);
  });

  it.each(['alert-rules.yaml', 'dashboard.json'])('have all that %s asks for', (file) => {
    const text = readFileSync(`helm/linkerd-mcp/files/${file}`, 'utf8');
    const asked = new Set([...text.matchAll(/\bmcp_[a-z_]+/g)].map(([name]) => name));
    const known = new Set(
      served.flatMap(({ name, type }) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name],
      ),
    );
    expect(asked.size).toBeGreaterThan(10);
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  });
});
