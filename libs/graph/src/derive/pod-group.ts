import type { ContainerPort, ControllerState, Labels, OwnerRef, PodState, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import { currentObjects } from '../current.js';
import type { Facts, NamespaceFacts } from '../facts.js';

/** A workload with all that runs for it. */
export interface RunningWorkload {
  readonly ref: WorkloadRef;
  readonly hasController: boolean;
  readonly groups: readonly PodGroup[];
  /** Pods whose shape the log does not have. They are in no group. */
  readonly shapelessPods: number;
}

/** Pods of one workload that are alike. Pods that have finished are in none. */
export interface PodGroup {
  readonly pods: number;
  readonly readyPods: number;
  readonly labels: Labels;
  readonly meshed: boolean;
  readonly governed: boolean;
  readonly ports: readonly Pick<ContainerPort, 'name' | 'number' | 'protocol'>[];
  readonly runsAs: { readonly serviceAccount: string } | { readonly identity: string };
}

interface Workload {
  readonly ref: WorkloadRef;
  hasController: boolean;
  readonly groups: PodGroup[];
  readonly podsByShape: Map<string, { pods: number; readyPods: number }>;
}

/** The workloads of a namespace: each that has a controller or a pod. */
export function runningWorkloads(facts: Facts, home: NamespaceFacts): readonly RunningWorkload[] {
  const workloads = new Map<string, Workload>();
  const workloadOf = (ref: WorkloadRef, hasController: boolean): Workload => {
    const key = formatWorkloadRef(ref);
    let workload = workloads.get(key);
    if (workload === undefined) {
      workload = { ref, hasController, groups: [], podsByShape: new Map() };
      workloads.set(key, workload);
    }
    workload.hasController ||= hasController;
    return workload;
  };

  for (const { namespace, kind, name, owner } of currentObjects(home, 'Controller'))
    // one that another controller owns is a part of that one's workload
    if (owner === undefined) workloadOf({ namespace, kind, name }, true);

  for (const pod of currentObjects(home, 'Pod')) {
    const { ref, hasController } = rootOf(pod, home.objects.Controller);
    const { podsByShape } = workloadOf(ref, hasController);
    if (pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    const alike = podsByShape.get(pod.shape) ?? { pods: 0, readyPods: 0 };
    podsByShape.set(pod.shape, { pods: alike.pods + 1, readyPods: alike.readyPods + (pod.ready ? 1 : 0) });
  }

  for (const { namespace, name, labels, ports, identity, ready } of currentObjects(home, 'ExternalWorkload'))
    workloadOf({ namespace, kind: 'ExternalWorkload', name }, true).groups.push({
      pods: 1,
      readyPods: ready ? 1 : 0,
      labels,
      meshed: true,
      governed: true,
      ports,
      runsAs: { identity },
    });

  return [...workloads.values()].map((workload) => withShapes(facts, workload));
}

function withShapes(facts: Facts, { ref, hasController, groups, podsByShape }: Workload): RunningWorkload {
  let shapelessPods = 0;
  for (const [hash, count] of podsByShape) {
    const shape = facts.podShapes.get(hash);
    if (shape === undefined) {
      shapelessPods += count.pods;
      continue;
    }
    // field by field: a spread of the whole shape was a fifth of all deriving
    const { labels, meshed, governed, ports, serviceAccount } = shape;
    groups.push({ ...count, labels, meshed, governed, ports, runsAs: { serviceAccount } });
  }
  return { ref, hasController, groups, shapelessPods };
}

/** Follows the owners of a pod as far up as they are known. */
function rootOf(
  pod: PodState,
  controllers: ReadonlyMap<string, ControllerState> | undefined,
): { readonly ref: WorkloadRef; readonly hasController: boolean } {
  const { namespace } = pod;
  if (pod.owner === undefined)
    return { ref: { namespace, kind: 'Pod', name: pod.name }, hasController: true };
  let owner: OwnerRef = pod.owner;
  const seen = new Set<string>();
  for (;;) {
    const controller = controllers?.get(owner.uid);
    const { kind, name } = owner;
    if (controller?.owner === undefined || seen.has(owner.uid))
      return { ref: { namespace, kind, name }, hasController: controller !== undefined };
    seen.add(owner.uid);
    owner = controller.owner;
  }
}
