import type { ControlPlaneState } from '@mcp/mesh';
import { deepEqual, formatResourceKey } from '@mcp/mesh';
import type { PolicyIndex, WorkloadView } from '@mcp/policy';
import { currentObjects } from '../current.js';
import type { GraphEntity, GraphEntityOf } from '../entity.js';
import type { Facts, NamespaceFacts, Unreadable } from '../facts.js';
import { homeOf } from '../facts.js';
import { byKey } from '../graph-filter.js';
import type { CurrentNamespace } from './current-namespace.js';
import { controlPlaneEntity, controlPlaneOf, sourceEntities, telemetryEntities } from './mesh-wide.js';
import { policyObjectEntities } from './policy-objects.js';
import { reachOf } from './reach.js';
import type { RunningWorkload } from './running-workloads.js';
import { serviceEntity } from './services.js';
import { workloadEntity } from './workloads.js';

/**
 * What is shown of workloads, while policy says the same for their namespace: a workload that did not change, and is reached by the
 * same Services, is shown as before.
 */
export type WorkloadEntities = WeakMap<RunningWorkload, GraphEntityOf<'Workload'>>;

/** Everything in the graph that is of one namespace, or of the whole mesh for ''. Sorted by key. Adds to `known` what it derives. */
export function deriveNamespace(
  facts: Facts,
  namespace: string,
  current: CurrentNamespace | undefined,
  policies: PolicyIndex,
  known: WorkloadEntities,
): readonly GraphEntity[] {
  const controlPlane = controlPlaneOf(facts);
  return [
    ...(namespace === '' ? [...sourceEntities(facts), ...telemetryEntities(facts)] : []),
    ...(namespace === '' && controlPlane !== undefined ? [controlPlaneEntity(controlPlane)] : []),
    ...(current === undefined ? [] : entitiesOf(current, controlPlane, policies, known)),
  ].sort(byKey);
}

function entitiesOf(
  current: CurrentNamespace,
  controlPlane: ControlPlaneState | undefined,
  policies: PolicyIndex,
  known: WorkloadEntities,
): readonly GraphEntity[] {
  const { view, workloads } = current;
  const reach = reachOf(view.workloads);
  const servicesReaching = new Map<WorkloadView, string[]>(view.workloads.map((workload) => [workload, []]));
  const services = view.services.map((service) => {
    const reached = reach(service);
    for (const workload of new Set(reached.map((pods) => pods.workload)))
      servicesReaching.get(workload)?.push(service.name);
    return serviceEntity(service, reached);
  });
  return [
    ...namespaceEntities(current.home),
    ...[...workloads.values()].map((workload) => {
      const names = (servicesReaching.get(workload.view) ?? []).sort();
      const before = known.get(workload);
      if (before !== undefined && deepEqual(before.value.services, names)) return before;
      const entity = workloadEntity(workload, names, controlPlane, policies);
      known.set(workload, entity);
      return entity;
    }),
    ...services,
    ...policyObjectEntities(current),
    ...unreadableEntities(current.unreadable),
  ];
}

function namespaceEntities(home: NamespaceFacts): readonly GraphEntityOf<'Namespace'>[] {
  return currentObjects(home, 'Namespace').map(({ name, labels, annotations }) => ({
    kind: 'Namespace',
    key: `Namespace/${name}`,
    namespaces: [name],
    value: { name, labels, annotations },
  }));
}

function unreadableEntities(unreadable: readonly Unreadable[]): readonly GraphEntityOf<'UnreadableObject'>[] {
  return unreadable.map(({ key, uid, problem }) => {
    const home = homeOf(key.kind, key);
    return {
      kind: 'UnreadableObject',
      key: `UnreadableObject/${formatResourceKey(key)}`,
      namespaces: home === '' ? [] : [home],
      value: { key, uid, problem },
    };
  });
}
