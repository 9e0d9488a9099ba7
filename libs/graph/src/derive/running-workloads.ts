import type { ControllerState, OwnerRef, PodState, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { PodGroupView, WorkloadView } from '@mcp/policy';
import { currentObjects } from '../current.js';
import type { Facts, NamespaceFacts } from '../facts.js';
import { kept } from '../kept.js';
import { endpointOfExternal, endpointOfShape } from './endpoint.js';

/** A workload with all that runs for it. Pods that have finished are in none of its groups. */
export interface RunningWorkload {
  readonly view: WorkloadView;
  readonly hasController: boolean;
  /** Of the pods in groups. */
  readonly readyPods: number;
}

interface Workload {
  readonly ref: WorkloadRef;
  hasController: boolean;
  readyPods: number;
  readonly groups: PodGroupView[];
  readonly podsByShape: Map<string, PodState[]>;
}

/**
 * The workloads of a namespace, each that has a controller or a pod, by `formatWorkloadRef`. A view that equals the known one is
 * the known one.
 */
export function runningWorkloads(
  facts: Facts,
  home: NamespaceFacts,
  known: ReadonlyMap<string, RunningWorkload> | undefined,
): ReadonlyMap<string, RunningWorkload> {
  const workloads = new Map<string, Workload>();
  const workloadOf = (ref: WorkloadRef, hasController: boolean): Workload => {
    const key = formatWorkloadRef(ref);
    let workload = workloads.get(key);
    if (workload === undefined) {
      workload = { ref, hasController, readyPods: 0, groups: [], podsByShape: new Map() };
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
    const alike = podsByShape.get(pod.shape);
    if (alike === undefined) podsByShape.set(pod.shape, [pod]);
    else alike.push(pod);
  }

  for (const state of currentObjects(home, 'ExternalWorkload')) {
    const { namespace, name, createdAt, ips, ready } = state;
    const workload = workloadOf({ namespace, kind: 'ExternalWorkload', name }, true);
    workload.groups.push({ endpoint: endpointOfExternal(state), pods: [{ name, createdAt, ips }] });
    workload.readyPods += ready ? 1 : 0;
  }

  const running = new Map<string, RunningWorkload>();
  for (const [key, workload] of workloads) running.set(key, withShapes(facts, workload, known?.get(key)));
  return running;
}

function withShapes(facts: Facts, workload: Workload, known: RunningWorkload | undefined): RunningWorkload {
  const { ref, hasController, groups, podsByShape } = workload;
  let { readyPods } = workload;
  let shapelessPods = 0;
  for (const [hash, pods] of podsByShape) {
    const shape = facts.podShapes.get(hash);
    if (shape === undefined) {
      shapelessPods += pods.length;
      continue;
    }
    for (const { ready } of pods) if (ready) readyPods += 1;
    groups.push({
      endpoint: endpointOfShape(shape),
      pods: pods.map(({ name, createdAt, ips }) => ({ name, createdAt, ips })),
    });
  }
  return { view: kept(known?.view, { ref, groups, shapelessPods }), hasController, readyPods };
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
