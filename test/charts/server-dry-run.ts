import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ClusterConnection, isKubernetesError } from '@mcp/kubernetes';
import type { Manifest } from './helm.js';

/** What an API server of Kubernetes 1.20 lacks of what the charts have, and in which version it checks it instead. */
const lacking: Readonly<Record<string, string>> = {
  'policy/v1 PodDisruptionBudget': 'policy/v1beta1',
};

/** The kinds of the Prometheus operator, as far as the charts use them: the schema of each one's spec. */
const text = { type: 'string' };
const texts = { type: 'object', additionalProperties: text };
const listOf = (properties: object, required: readonly string[]): object => ({
  type: 'array',
  items: { type: 'object', required, properties },
});
const endpoints = listOf({ port: text, path: text, interval: { ...text, pattern: '^[0-9]+(s|m)$' } }, []);
const selector = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const monitoring = {
  PodMonitor: {
    type: 'object',
    required: ['selector', 'podMetricsEndpoints'],
    properties: { selector, podMetricsEndpoints: endpoints },
  },
  ServiceMonitor: {
    type: 'object',
    required: ['selector', 'endpoints'],
    properties: { selector, endpoints },
  },
  PrometheusRule: {
    type: 'object',
    properties: {
      groups: listOf(
        {
          name: text,
          interval: text,
          rules: listOf(
            { alert: text, record: text, expr: text, for: text, labels: texts, annotations: texts },
            ['expr'],
          ),
        },
        ['name'],
      ),
    },
  },
} as const;

export async function installMonitoringKinds(connection: ClusterConnection): Promise<void> {
  const group = 'monitoring.coreos.com';
  for (const [kind, spec] of Object.entries(monitoring)) {
    const singular = kind.toLowerCase();
    const openAPIV3Schema = { type: 'object', required: ['spec'], properties: { spec } };
    await connection.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: {
        metadata: { name: `${singular}s.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { kind, singular, plural: `${singular}s`, listKind: `${kind}List` },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
        },
      },
    });
  }
}

/**
 * Has a real API server decide on each object by server-side apply, and store none: its schema, which refuses fields that it does not
 * know, and its admission. The answer is one line for each refusal.
 */
export async function dryRun(
  connection: ClusterConnection,
  kubeconfig: string,
  manifests: readonly Manifest[],
): Promise<readonly string[]> {
  const items = await Promise.all(manifests.map((manifest) => asServed(connection, manifest)));
  const kubectl = spawn(process.env['KUBECTL'] ?? 'kubectl', [
    ...['--kubeconfig', kubeconfig, 'apply', '--server-side', '--dry-run=server', '--validate=strict'],
    ...['--field-manager=charts', '-f', '-'],
  ]);
  let told = '';
  let refusals = '';
  kubectl.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
  kubectl.stderr.on('data', (chunk: Buffer) => (refusals += chunk.toString()));
  kubectl.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await once(kubectl, 'close');
  const taken = told.split('\n').filter((line) => line.includes('dry run')).length;
  if (taken !== items.length && refusals === '')
    refusals = `of ${items.length} objects ${taken} were looked at`;
  return refusals.split('\n').filter((line) => line !== '' && !line.startsWith('Warning: '));
}

async function asServed(connection: ClusterConnection, manifest: Manifest): Promise<Manifest> {
  const instead = lacking[`${manifest.apiVersion} ${manifest.kind}`];
  if (instead === undefined) return manifest;
  try {
    await connection.request('GET', `/apis/${manifest.apiVersion}`);
    return manifest;
  } catch (error) {
    if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
    return { ...manifest, apiVersion: instead };
  }
}
