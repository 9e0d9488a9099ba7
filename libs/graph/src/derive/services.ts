import type { ServiceState, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { GraphEntityOf, ServiceNode } from '../entity.js';
import { coverage } from './coverage.js';
import type { Reached } from './reach.js';

export function serviceEntity(service: ServiceState, reached: readonly Reached[]): GraphEntityOf<'Service'> {
  const { namespace, name, type, headless, selector, ports, externalName } = service;
  const pods = count(reached);
  const value: ServiceNode = {
    namespace,
    name,
    type,
    headless,
    ...(selector !== undefined && { selector }),
    ports,
    workloads: workloadsOf(reached),
    pods,
    meshed: coverage(count(reached.filter(({ group }) => group.endpoint.meshed)), pods),
    ...(externalName !== undefined && { externalName }),
    problems:
      selector === undefined || pods > 0
        ? []
        : [{ code: 'SELECTOR_REACHES_NO_POD', field: 'selector', message: 'no pod has all these labels' }],
  };
  return { kind: 'Service', key: `Service/${namespace}/${name}`, namespaces: [namespace], value };
}

function count(reached: readonly Reached[]): number {
  return reached.reduce((sum, { group }) => sum + group.pods.length, 0);
}

function workloadsOf(reached: readonly Reached[]): readonly WorkloadRef[] {
  const byKey = new Map(reached.map(({ workload }) => [formatWorkloadRef(workload.ref), workload.ref]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref);
}
