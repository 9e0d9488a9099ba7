import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterConnection } from '@mcp/kubernetes';
import { allSettings, readSettings, refuseUnknown } from '@mcp/runtime';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { parse } from 'yaml';
import { cases, refused } from './cases.js';
import { helm, manifests, manifestsIn, release, template } from './helm.js';
import { notRestricted, podOf, type PodSpec } from './restricted.js';
import { dryRun, installMonitoringKinds } from './server-dry-run.js';

const golden = join('test', 'charts', 'golden');
const names = Object.keys(cases);

let kube: KubeApiServer;
let connection: ClusterConnection;
const rendered = new Map<string, string>();

beforeAll(async () => {
  kube = await startKubeApiServer();
  connection = ClusterConnection.fromKubeconfig(kube.kubeconfigPath);
  await installLinkerdCrds(connection);
  await installMonitoringKinds(connection);
  for (const name of [release.namespace, 'shop', 'ledger', 'linkerd'])
    await connection.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  for (const [name, { chart, values }] of Object.entries(cases))
    rendered.set(name, await template(chart, values));
}, 120_000);

afterAll(async () => {
  await connection.close();
  await kube.stop();
});

interface MonitorSpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly endpoints: readonly { readonly port: string }[];
}

const textOf = (name: string): string => rendered.get(name) ?? '';
const podsOf = (name: string): readonly PodSpec[] =>
  manifestsIn(textOf(name)).flatMap((manifest) => podOf(manifest) ?? []);

describe('the charts', () => {
  it('are without a finding of helm lint', async () => {
    const url = ['--set', 'global.redis.url=redis://redis:6379'];
    for (const chart of ['collector', 'mcp-api', 'reconciler'])
      expect(await helm('lint', '--strict', join('helm', chart), ...url)).toContain('0 chart(s) failed');
    expect(await helm('lint', '--strict', join('helm', 'linkerd-mcp'))).toContain('0 chart(s) failed');
  });

  it.each(refused)('refuse %s', async (_what, chart, values, says) => {
    await expect(template(chart, values)).rejects.toThrow(says);
  });

  it('have the alert rules and the dashboard as they are', async () => {
    const { chart, values } = cases['monitoring']!;
    const rendered = await manifests(chart, values);
    const { spec } = rendered.find(({ kind }) => kind === 'PrometheusRule') as { spec?: unknown };
    expect(spec).toEqual(parse(readFileSync('helm/linkerd-mcp/files/alert-rules.yaml', 'utf8')));
    const { data } = rendered.find(({ metadata }) => metadata.name.endsWith('-dashboard')) as {
      data?: Record<string, string>;
    };
    expect(JSON.parse(data?.['linkerd-mcp.json'] ?? '{}')).toEqual(
      JSON.parse(readFileSync('helm/linkerd-mcp/files/dashboard.json', 'utf8')),
    );
  });

  it.each(['collector', 'mcp-api', 'reconciler'])(
    'have one Service for the ServiceMonitor of %s',
    async (chart) => {
      const rendered = await manifests('linkerd-mcp', cases['monitoring']!.values);
      const named = (kind: string) =>
        rendered.find((each) => each.kind === kind && each.metadata.name.endsWith(chart));
      const { spec: monitor } = named('ServiceMonitor') as { spec?: MonitorSpec };
      const service = named('Service') as {
        spec?: { ports: readonly { name: string; targetPort: string }[] };
      };
      const labels = Object.entries(monitor?.selector.matchLabels ?? {});
      const selected = rendered.filter(
        ({ kind, metadata }) =>
          kind === 'Service' && labels.every(([label, value]) => metadata.labels?.[label] === value),
      );
      expect(selected).toEqual([service]);
      expect(service.spec?.ports).toContainEqual(
        expect.objectContaining({ name: monitor?.endpoints[0]?.port }),
      );
    },
  );

  it('tell what to do next', async () => {
    const told = await helm('install', 'mesh', 'helm/linkerd-mcp', '--namespace', 'm', '--dry-run=client');
    expect(told.slice(told.indexOf('NOTES:'))).toMatch(
      /helm -n m test mesh[^]*port-forward[^]*mcp-api\.auth\.mode=kubernetes[^]*mcp-api\.auth\.mode=token-file/,
    );
  });
});

it.each(names.filter((name) => cases[name]?.withoutGolden !== true))(
  'rendered as %s, the manifests are as they were',
  (name) => {
    const path = join(golden, `${name}.yaml`);
    if (process.env['GOLDEN_UPDATE'] === '1') {
      mkdirSync(golden, { recursive: true });
      writeFileSync(path, textOf(name));
    }
    expect(textOf(name)).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
  },
);

describe.each(names)('rendered as %s, the manifests', (name) => {
  it('are taken by a real API server', async () => {
    const objects = manifestsIn(textOf(name));
    expect(objects.length).toBeGreaterThan(5);
    expect(await dryRun(connection, kube.kubeconfigPath, objects)).toEqual([]);
  });

  it('make only pods that the level restricted of Pod Security admits', () => {
    expect(podsOf(name).flatMap(notRestricted)).toEqual([]);
  });

  it('have settings that each process takes', () => {
    const environments = podsOf(name).flatMap(({ containers }) =>
      containers.map(({ env = [] }) => Object.fromEntries(env.map(({ name, value }) => [name, value]))),
    );
    const take = (environment: Record<string, string | undefined>): void => {
      refuseUnknown(allSettings, environment);
      for (const section of allSettings) readSettings(section, environment);
    };
    expect(environments.filter((environment) => 'MCP_MESH' in environment).length).toBeGreaterThan(0);
    for (const environment of environments) expect(() => take(environment)).not.toThrow();
  });
});

describe('the dry run', () => {
  it('finds what an API server does not take', async () => {
    const [first, ...others] = (await manifests('linkerd-mcp')).filter(({ kind }) => kind === 'Deployment');
    const spec = { ...(first!['spec'] as object), replica: 3 };
    expect(await dryRun(connection, kube.kubeconfigPath, [{ ...first!, spec }, ...others])).toEqual([
      expect.stringContaining('replica'),
    ]);
  });
});

describe('the users of Redis', () => {
  it('are those that docs/redis.md has, whose rights are tested there', () => {
    const rules = (users: string): readonly string[] =>
      [...users.matchAll(/^ *user (?:mcp-)?(collector|api|reconciler) on \S+ (.*)$/gm)].map(
        ([, app = '', rule = '']) => `${app} ${rule}`,
      );
    const documented = rules(readFileSync('docs/redis.md', 'utf8'));
    expect(documented).toHaveLength(3);
    expect(rules(textOf('default'))).toEqual(documented);
  });
});

describe('the check of Pod Security', () => {
  it('finds what the level restricted refuses', () => {
    const pod: PodSpec = {
      containers: [{ name: 'a', image: 'a' }],
      hostNetwork: true,
      volumes: [{ name: 'v', hostPath: {} }],
    };
    expect(notRestricted(pod)).toEqual([
      'namespaces of the host',
      'hostPath',
      'a: runAsNonRoot',
      'a: seccompProfile',
      'a: allowPrivilegeEscalation',
      'a: capabilities.drop',
      'a: readOnlyRootFilesystem',
    ]);
  });
});
