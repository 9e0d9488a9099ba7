import type { TrafficEnd } from '@mcp/mesh';
import { formatTrafficEnd, formatWorkloadRef } from '@mcp/mesh';
import type { CurrentNamespace } from './current-namespace.js';

/** Whether what is at the end of an edge is one of the objects of its namespace. */
export function hasEnd(current: CurrentNamespace | undefined, end: TrafficEnd): boolean {
  switch (end.kind) {
    case 'workload':
      return current?.workloads.has(formatWorkloadRef(end.workload)) === true;
    case 'external':
      return egressEnds(current).includes(formatTrafficEnd(end));
    case 'identity':
    case 'unmeshed':
    case 'mirrored':
    case 'unknown':
      return false;
  }
}

/** The ends, by `formatTrafficEnd`, that only one of the two has. */
export function differingEnds(
  before: CurrentNamespace | undefined,
  after: CurrentNamespace | undefined,
): readonly string[] {
  const ends: string[] = [];
  if (before?.workloads !== after?.workloads) {
    for (const end of before?.workloads.keys() ?? []) if (after?.workloads.has(end) !== true) ends.push(end);
    for (const end of after?.workloads.keys() ?? []) if (before?.workloads.has(end) !== true) ends.push(end);
  }
  if (before?.view.policy.EgressNetwork === after?.view.policy.EgressNetwork) return ends;
  return [...ends, ...egressEnds(before), ...egressEnds(after)];
}

function egressEnds(current: CurrentNamespace | undefined): readonly string[] {
  return (current?.view.policy.EgressNetwork ?? []).map(({ namespace, name }) =>
    formatTrafficEnd({ kind: 'external', egressNetwork: { namespace, name } }),
  );
}
