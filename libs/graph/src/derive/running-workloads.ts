import type { ExternalWorkloadState, PodState, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef, workloadOfPod } from '@mcp/mesh';
import type { Endpoint, PodGroupView, WorkloadView } from '@mcp/policy';
import { currentObjects } from '../current.js';
import type { Facts, NamespaceFacts } from '../facts.js';
import { kept } from '../kept.js';
import { endpointOfExternal, endpointOfShape } from './endpoint.js';

/** A workload with all that runs for it. Pods that have finished are in none of its groups. */
export interface RunningWorkload {
  readonly view: WorkloadView;
  /** Of the pods in groups. */
  readonly readyPods: number;
  /** All that it is worked out from, with the shapes of the pods. */
  readonly members: Members;
}

export interface Members {
  readonly ref: WorkloadRef;
  hasController: boolean;
  /** Those that have not finished. */
  readonly pods: PodState[];
  readonly externals: ExternalWorkloadState[];
}

/**
 * The workloads of a namespace, each that has a controller or a pod, by `formatWorkloadRef`. A workload whose members are the known
 * ones is the known one, and a view that equals the known one is that.
 */
export function runningWorkloads(
  facts: Facts,
  home: NamespaceFacts,
  known: ReadonlyMap<string, RunningWorkload> | undefined,
): ReadonlyMap<string, RunningWorkload> {
  const running = new Map<string, RunningWorkload>();
  for (const [key, members] of membersOf(home)) {
    const before = known?.get(key);
    running.set(
      key,
      before !== undefined && holds(before, members) ? before : withGroups(facts, members, before),
    );
  }
  return running;
}

function membersOf(home: NamespaceFacts): ReadonlyMap<string, Members> {
  const workloads = new Map<string, Members>();
  const workloadOf = (ref: WorkloadRef, hasController: boolean): Members => {
    const key = formatWorkloadRef(ref);
    let workload = workloads.get(key);
    if (workload === undefined) {
      workload = { ref, hasController, pods: [], externals: [] };
      workloads.set(key, workload);
    }
    workload.hasController ||= hasController;
    return workload;
  };

  for (const { namespace, kind, name, owner } of currentObjects(home, 'Controller'))
    // one that another controller owns is a part of that one's workload
    if (owner === undefined) workloadOf({ namespace, kind, name }, true);

  const byOwner = new Map<string, Members>();
  for (const pod of currentObjects(home, 'Pod')) {
    const owner = pod.owner?.uid ?? pod.uid;
    let workload = byOwner.get(owner);
    if (workload === undefined) {
      const { ref, hasController } = workloadOfPod(pod, (uid) => home.objects.Controller?.get(uid));
      workload = workloadOf(ref, hasController);
      byOwner.set(owner, workload);
    }
    if (pod.phase !== 'Succeeded' && pod.phase !== 'Failed') workload.pods.push(pod);
  }

  for (const external of currentObjects(home, 'ExternalWorkload')) {
    const { namespace, name } = external;
    workloadOf({ namespace, kind: 'ExternalWorkload', name }, true).externals.push(external);
  }
  return workloads;
}

/** Pods without a shape may have one by now; of the others it does not change. */
function holds({ view, members }: RunningWorkload, now: Members): boolean {
  return (
    view.shapelessPods === 0 &&
    members.hasController === now.hasController &&
    sameStates(members.pods, now.pods) &&
    sameStates(members.externals, now.externals)
  );
}

function sameStates<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((state, index) => state === b[index]);
}

function withGroups(facts: Facts, members: Members, known: RunningWorkload | undefined): RunningWorkload {
  const { ref, pods, externals } = members;
  let readyPods = 0;
  let shapelessPods = 0;
  const byEndpoint = new Map<Endpoint, PodGroupView['pods'][number][]>();
  const add = (
    endpoint: Endpoint,
    { name, createdAt, ips, ready }: PodState | ExternalWorkloadState,
  ): void => {
    if (ready) readyPods += 1;
    const alike = byEndpoint.get(endpoint);
    if (alike === undefined) byEndpoint.set(endpoint, [{ name, createdAt, ips }]);
    else alike.push({ name, createdAt, ips });
  };
  for (const external of externals) add(endpointOfExternal(external), external);
  for (const pod of pods) {
    const shape = facts.podShapes.get(pod.shape);
    if (shape === undefined) shapelessPods += 1;
    else add(endpointOfShape(shape), pod);
  }
  const groups = [...byEndpoint].map(([endpoint, alike]) => ({ endpoint, pods: alike }));
  return { view: kept(known?.view, { ref, groups, shapelessPods }), readyPods, members };
}
