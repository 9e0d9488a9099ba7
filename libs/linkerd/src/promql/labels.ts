import type { PolicySeen } from '@mcp/mesh';
import type { ProxyClaim } from '@mcp/sources';

/** Of one row. An absent label and an empty one are the same, and neither says anything. */
export type Labels = Readonly<Record<string, string>>;

/** What a pod cannot write into the proxy's page, and its scrape labels only claim: which proxy a row is of. */
export const proxyLabels = ['namespace', 'pod', 'instance'];

/** Kinds of workload by the label that a proxy names one with. Other owners have labels of their own: there only the pod is known. */
export const workloadLabels = {
  dst_external_workload: 'ExternalWorkload',
  dst_deployment: 'Deployment',
  dst_statefulset: 'StatefulSet',
  dst_daemonset: 'DaemonSet',
  dst_replicaset: 'ReplicaSet',
  dst_replicationcontroller: 'ReplicationController',
  dst_k8s_job: 'Job',
  dst_cronjob: 'CronJob',
} as const;

const destinationLabels = ['dst_namespace', 'dst_service'];
const mirrorLabels = ['dst_target_cluster', 'dst_target_service', 'dst_target_service_namespace'];

/** Names a destination that is a workload, or mirrored. */
export const toWorkloadLabels = [...destinationLabels, ...Object.keys(workloadLabels), ...mirrorLabels];

/** Names any other: a pod of an owner that is not known, or a place out of the cluster. */
export const toPodLabels = [...destinationLabels, 'dst_pod'];

export const serverTlsLabels = ['tls', 'no_tls_reason', 'server_id'];
export const clientTlsLabels = ['tls', 'no_tls_reason', 'client_id'];

export const governingLabels = ['srv_group', 'srv_kind', 'srv_name', 'srv_port', 'target_port'];

export function label(labels: Labels, name: string): string {
  return labels[name] ?? '';
}

export function claimOf(labels: Labels): ProxyClaim {
  return {
    namespace: label(labels, 'namespace'),
    pod: label(labels, 'pod'),
    address: addressOf(label(labels, 'instance')),
  };
}

/** Unique for a claim. */
export function claimKey({ namespace, pod, address }: ProxyClaim): string {
  return `${namespace}\n${pod}\n${address}`;
}

/**
 * `10.0.0.1:4191` and `[fd00::1]:4191` without their ports. Empty for what has none: Prometheus writes one, and a label of a pod, which scraping
 * may copy over it, cannot have a colon.
 */
function addressOf(instance: string): string {
  const [, v6, v4 = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):\d{1,5}$/.exec(instance) ?? [];
  return v6 ?? v4;
}

/** Undefined where the labels name no object. */
export function policySeen(labels: Labels, prefix: string): PolicySeen | undefined {
  const seen = {
    group: label(labels, `${prefix}_group`),
    kind: label(labels, `${prefix}_kind`),
    name: label(labels, `${prefix}_name`),
  };
  return seen.kind === '' && seen.name === '' ? undefined : seen;
}

/** Undefined where it is no port. */
export function portIn(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}
