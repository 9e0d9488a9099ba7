import type { Labels, ServicePort, ServiceState, WorkloadRef } from '@mcp/mesh';
import type { Endpoint, NamespaceView, PodGroupView, WorkloadView } from '../view.js';

/** Pods that a Service leads to, with the port that they are reached at. */
export interface ReachedPods {
  readonly workload: WorkloadRef;
  readonly group: PodGroupView;
  /** Undefined where none of their ports has the name that the Service asks for: it does not lead to them. */
  readonly port: number | undefined;
}

/** The TCP port of a Service with this number or name. */
export function servicePort({ ports }: ServiceState, asked: number | string): ServicePort | undefined {
  return ports.find(
    ({ number, name, protocol }) => protocol === 'TCP' && (number === asked || name === asked),
  );
}

/**
 * Where a connection to a port of a Service may end. A Service without a selector leads to nothing that could be known.
 * Source: Kubernetes pkg/api/v1/pod/util.go, FindPort, for a target port that is a name.
 */
export function podsBehind(
  { workloads }: NamespaceView,
  { selector = {} }: ServiceState,
  { targetPort, protocol }: ServicePort,
): readonly ReachedPods[] {
  const labels = Object.entries(selector);
  if (labels.length === 0) return [];
  return workloads.flatMap(({ ref, groups }) =>
    groups
      .filter(({ endpoint }) => labels.every(([key, value]) => hasLabel(endpoint.labels, key, value)))
      .map((group) => ({
        workload: ref,
        group,
        port: typeof targetPort === 'number' ? targetPort : portNamed(group.endpoint, targetPort, protocol),
      })),
  );
}

/** The first that is declared counts, as it does for Kubernetes. */
export function portNamed({ ports }: Endpoint, name: string, protocol = 'TCP'): number | undefined {
  return ports.find((port) => port.name === name && port.protocol === protocol)?.number;
}

/** Every group of a workload, at a port that is a number or what each of them calls by a name. */
export function podsOf({ ref, groups }: WorkloadView, port: number | string): readonly ReachedPods[] {
  return groups.map((group) => ({
    workload: ref,
    group,
    port: typeof port === 'number' ? port : portNamed(group.endpoint, port),
  }));
}

function hasLabel(labels: Labels, key: string, value: string): boolean {
  return Object.hasOwn(labels, key) && labels[key] === value;
}
