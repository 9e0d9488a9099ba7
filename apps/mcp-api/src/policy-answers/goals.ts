import type { WorkloadRef } from '@mcp/mesh';
import type { ReachedPods, Target, UnknownInput, WorkloadView } from '@mcp/policy';

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

export function shapelessGoal({ ref, shapelessPods: count }: WorkloadView, dialledPort: number): Goal {
  const message = `${count} pods of ${ref.kind} ${ref.name} are of a shape that the log does not have`;
  return unknownGoal(ref, count, dialledPort, { code: 'POD_SHAPE_UNKNOWN', message });
}

/** Labels are a part of the shape: no pod without one is surely selected, and none surely is not. */
export function perhapsSelectedGoal({ ref, shapelessPods: count }: WorkloadView, service: string): Goal {
  const message = `whether Service ${service} leads to them is not known: they are of a shape that the log does not have`;
  return unknownGoal(ref, count, 0, { code: 'POD_SHAPE_UNKNOWN', message });
}

export function outOfScopeGoal(workload: WorkloadRef, dialledPort: number): Goal {
  const message = `namespace ${workload.namespace} is not looked at`;
  return unknownGoal(workload, 0, dialledPort, { code: 'NAMESPACE_OUT_OF_SCOPE', message });
}

function unknownGoal(workload: WorkloadRef, count: number, dialledPort: number, input: UnknownInput): Goal {
  return { pods: { workload, count, names: [] }, dialledPort, at: { unknown: [input] } };
}

/** Whether a container declares the port for TCP. */
export function isDeclared({ endpoint, port }: Target): boolean {
  return endpoint.ports.some(({ number, protocol }) => number === port && protocol === 'TCP');
}
