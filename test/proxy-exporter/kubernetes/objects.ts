import { pods, type SyntheticPod } from '../mesh/pods.js';
import { services, type SyntheticService } from '../mesh/services.js';
import { proxyVersionOf, newestRelease } from '../page/release.js';
import { podLabels } from './pod-labels.js';

/** The uid that an API server gave an object which exists. */
export type UidOf = (kind: string, namespace: string, name: string) => Promise<string>;

/**
 * The synthetic mesh as an API server holds it. Objects that are owned need the uid of their owner, so it goes in three steps: `namespaces` and
 * `controllers`, then `replicaSets`, then `pods`, whose status is to be written too. `services` at any time; policies are in `policies.ts`.
 */
export const namespaces: readonly object[] = distinct(pods.map(({ namespace }) => namespace)).map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
}));

export const controllers: readonly object[] = firstOfEach(pods).map((pod) => ({
  apiVersion: 'apps/v1',
  kind: pod.workload.kind,
  metadata: { namespace: pod.namespace, name: pod.workload.name },
  spec: {
    ...templated({ app: pod.workload.name }, pod),
    ...(pod.workload.kind === 'StatefulSet' && { serviceName: pod.workload.name }),
  },
}));

export async function replicaSets(uidOf: UidOf): Promise<readonly object[]> {
  const ofDeployments = firstOfEach(pods).filter(({ templateHash }) => templateHash !== undefined);
  return Promise.all(
    ofDeployments.map(async (pod) => {
      const { kind, name } = pod.workload;
      const uid = await uidOf(kind, pod.namespace, name);
      return {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          namespace: pod.namespace,
          name: replicaSetOf(pod),
          ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
        },
        spec: templated({ app: name, 'pod-template-hash': pod.templateHash ?? '' }, pod),
      };
    }),
  );
}

/** With the status that a kubelet would write. */
export async function podObjects(uidOf: UidOf): Promise<readonly object[]> {
  return Promise.all(
    pods.map(async (pod) => {
      const [kind, name] =
        pod.templateHash === undefined
          ? [pod.workload.kind, pod.workload.name]
          : ['ReplicaSet', replicaSetOf(pod)];
      const uid = await uidOf(kind, pod.namespace, name);
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          namespace: pod.namespace,
          name: pod.name,
          labels: podLabels(pod),
          ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
        },
        spec: { serviceAccountName: pod.serviceAccount, containers: containersOf(pod) },
        status: {
          phase: 'Running',
          podIP: pod.ip,
          podIPs: [{ ip: pod.ip }],
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      };
    }),
  );
}

export const serviceObjects: readonly object[] = services.map((service) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: service.namespace, name: service.name, ...mirrorMetadata(service) },
  spec: {
    ...(service.pod && { selector: { app: service.pod.workload.name } }),
    ports: service.ports.map(({ port, targetPort }) => ({ name: `port-${port}`, port, targetPort })),
  },
}));

/** As the service mirror writes it. */
function mirrorMetadata({ mirrorOf }: SyntheticService): object {
  if (mirrorOf === undefined) return {};
  const { cluster, name, namespace } = mirrorOf;
  return {
    labels: { 'mirror.linkerd.io/mirrored-service': 'true', 'mirror.linkerd.io/cluster-name': cluster },
    annotations: {
      'mirror.linkerd.io/remote-svc-fq-name': `${name}.${namespace}.svc.cluster.local`,
    },
  };
}

function containersOf(pod: SyntheticPod): readonly object[] {
  const [probed] = pod.probes ?? [];
  const app = {
    name: pod.workload.name,
    image: pod.workload.name,
    ports: pod.ports.map((port) => ({ containerPort: port })),
    ...(probed !== undefined && { readinessProbe: { httpGet: { path: probed, port: pod.ports[0] } } }),
  };
  const proxy = {
    name: 'linkerd-proxy',
    image: `cr.l5d.io/linkerd/proxy:v${proxyVersionOf(newestRelease)}`,
    ports: [
      { name: 'linkerd-proxy', containerPort: 4143 },
      { name: 'linkerd-admin', containerPort: 4191 },
    ],
  };
  return pod.meshed ? [app, proxy] : [app];
}

function templated(labels: Readonly<Record<string, string>>, { workload }: SyntheticPod): object {
  const containers = [{ name: workload.name, image: workload.name }];
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
}

const replicaSetOf = ({ workload, templateHash }: SyntheticPod): string =>
  `${workload.name}-${templateHash ?? ''}`;

function firstOfEach(all: readonly SyntheticPod[]): readonly SyntheticPod[] {
  return all.filter(
    ({ workload }, i) => all.findIndex((other) => other.workload.name === workload.name) === i,
  );
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
