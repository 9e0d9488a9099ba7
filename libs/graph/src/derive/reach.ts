import type { Labels, ServiceState } from '@mcp/mesh';
import type { PodGroupView, WorkloadView } from '@mcp/policy';

export interface Reached {
  readonly workload: WorkloadView;
  readonly group: PodGroupView;
}

/**
 * Answers which pods a Service's selector reaches. Looks only at the pods that have the rarest of the selector's
 * labels: comparing every Service with every pod takes seconds where a namespace has thousands of both.
 */
export function reachOf(workloads: readonly WorkloadView[]): (service: ServiceState) => readonly Reached[] {
  const byLabel = new Map<string, Reached[]>();
  for (const workload of workloads)
    for (const group of workload.groups)
      for (const [key, value] of Object.entries(group.endpoint.labels)) {
        const label = `${key}=${value}`;
        const having = byLabel.get(label);
        if (having === undefined) byLabel.set(label, [{ workload, group }]);
        else having.push({ workload, group });
      }

  return ({ selector = {} }) => {
    const pairs = Object.entries(selector);
    const [first, ...others] = pairs.map(([key, value]) => byLabel.get(`${key}=${value}`) ?? []);
    if (first === undefined) return [];
    const fewest = others.reduce((least, having) => (having.length < least.length ? having : least), first);
    return fewest.filter(({ group }) => hasAll(group.endpoint.labels, pairs));
  };
}

function hasAll(labels: Labels, pairs: readonly (readonly [string, string])[]): boolean {
  return pairs.every(([key, value]) => labels[key] === value);
}
