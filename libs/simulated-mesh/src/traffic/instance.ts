import type { WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { Endpoint, MeshView, PodGroupView, WorkloadView } from '@mcp/policy';

/** A pod that runs, or an external workload. */
export interface Instance {
  readonly namespace: string;
  readonly name: string;
  readonly workload: WorkloadRef;
  readonly endpoint: Endpoint;
  readonly address: string;
  /** Tells two lives of one name apart. */
  readonly key: string;
}

/** Of a pod that has no address yet there is none. */
export function instancesOf(workload: WorkloadRef, { endpoint, pods }: PodGroupView): readonly Instance[] {
  const { namespace } = workload;
  return pods.flatMap(({ name, createdAt, ips: [address] }) =>
    address === undefined
      ? []
      : [{ namespace, name, workload, endpoint, address, key: `${namespace}/${name}/${createdAt}` }],
  );
}

/** Everything that runs. */
export function everyInstance({ namespaces }: MeshView): readonly Instance[] {
  return [...namespaces.values()].flatMap(({ workloads }) => workloads.flatMap(ofWorkload));
}

export function instancesOfWorkload(view: MeshView, ref: WorkloadRef): readonly Instance[] {
  const wanted = formatWorkloadRef(ref);
  const workloads = view.namespaces.get(ref.namespace)?.workloads ?? [];
  return workloads.filter((workload) => formatWorkloadRef(workload.ref) === wanted).flatMap(ofWorkload);
}

function ofWorkload({ ref, groups }: WorkloadView): readonly Instance[] {
  return groups.flatMap((group) => instancesOf(ref, group));
}

/** It has a proxy of which there is a page. */
export function hasPage({ endpoint: { kind, meshed, governed } }: Instance): boolean {
  return kind === 'Pod' && meshed && governed;
}
