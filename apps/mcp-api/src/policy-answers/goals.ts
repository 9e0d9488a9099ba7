import type { WorkloadRef } from '@mcp/mesh';
import type { ReachedPods, Target, UnknownInput } from '@mcp/policy';

/** Pods that are alike, at one port: where a call may end. */
export interface Goal {
  readonly pods: {
    readonly workload: WorkloadRef;
    readonly count: number;
    readonly names: readonly string[];
  };
  /** What the client connects to; 0 where that is not known. */
  readonly dialledPort: number;
  /** What policy is asked about; what is missing where that is not known. */
  readonly at: Target | { readonly unknown: readonly UnknownInput[] };
}

export function goalOf({ workload, group }: ReachedPods, port: number, dialledPort: number): Goal {
  const names = group.pods.map(({ name }) => name);
  return {
    pods: { workload, count: names.length, names },
    dialledPort,
    at: { namespace: workload.namespace, endpoint: group.endpoint, port },
  };
}

export function shapelessGoal(workload: WorkloadRef, count: number, dialledPort: number): Goal {
  const message = `${count} pods of ${workload.kind} ${workload.name} are of a shape that the log does not have`;
  return {
    pods: { workload, count, names: [] },
    dialledPort,
    at: { unknown: [{ code: 'POD_SHAPE_UNKNOWN', message }] },
  };
}

export function outOfScopeGoal(workload: WorkloadRef, dialledPort: number): Goal {
  const message = `namespace ${workload.namespace} is not looked at`;
  return {
    pods: { workload, count: 0, names: [] },
    dialledPort,
    at: { unknown: [{ code: 'NAMESPACE_OUT_OF_SCOPE', message }] },
  };
}

/** Whether a container declares the port for TCP. */
export function isDeclared({ endpoint, port }: Target): boolean {
  return endpoint.ports.some(({ number, protocol }) => number === port && protocol === 'TCP');
}
