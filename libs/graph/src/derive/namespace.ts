import type { ControlPlaneState } from '@mcp/mesh';
import { formatResourceKey } from '@mcp/mesh';
import { currentObjects, currentUnreadables } from '../current.js';
import type { GraphEntity, GraphEntityOf } from '../entity.js';
import type { Facts, NamespaceFacts } from '../facts.js';
import { homeOf, inScope } from '../facts.js';
import { controlPlaneEntity, controlPlaneOf, sourceEntities } from './mesh-wide.js';
import type { RunningWorkload } from './pod-group.js';
import { runningWorkloads } from './pod-group.js';
import { policyObjectEntities } from './policy-objects.js';
import { reachOf } from './reach.js';
import { serviceEntity } from './services.js';
import { workloadEntity } from './workloads.js';

/** Everything in the graph that is of one namespace, or of the whole mesh for ''. Sorted by key. */
export function deriveNamespace(facts: Facts, namespace: string): readonly GraphEntity[] {
  if (!inScope(facts, namespace)) return [];
  const home = facts.namespaces.get(namespace);
  const controlPlane = controlPlaneOf(facts);
  return [
    ...(namespace === '' ? sourceEntities(facts) : []),
    ...(namespace === '' && controlPlane !== undefined ? [controlPlaneEntity(controlPlane)] : []),
    ...(home === undefined ? [] : entitiesOf(facts, home, controlPlane)),
  ].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function entitiesOf(
  facts: Facts,
  home: NamespaceFacts,
  controlPlane: ControlPlaneState | undefined,
): readonly GraphEntity[] {
  const workloads = runningWorkloads(facts, home);
  const reach = reachOf(workloads);
  const servicesReaching = new Map<RunningWorkload, string[]>(workloads.map((workload) => [workload, []]));
  const services = currentObjects(home, 'Service').map((service) => {
    const reached = reach(service);
    for (const workload of new Set(reached.map((pods) => pods.workload)))
      servicesReaching.get(workload)?.push(service.name);
    return serviceEntity(service, reached);
  });
  return [
    ...namespaceEntities(home),
    ...workloads.map((workload) =>
      workloadEntity(workload, servicesReaching.get(workload) ?? [], controlPlane),
    ),
    ...services,
    ...policyObjectEntities(home),
    ...unreadableEntities(home),
  ];
}

function namespaceEntities(home: NamespaceFacts): readonly GraphEntityOf<'Namespace'>[] {
  return currentObjects(home, 'Namespace').map(({ name, labels, annotations }) => ({
    kind: 'Namespace',
    key: `Namespace/${name}`,
    namespace: name,
    value: { name, labels, annotations },
  }));
}

function unreadableEntities(home: NamespaceFacts): readonly GraphEntityOf<'UnreadableObject'>[] {
  return currentUnreadables(home).map(({ key, uid, problem }) => ({
    kind: 'UnreadableObject',
    key: `UnreadableObject/${formatResourceKey(key)}`,
    namespace: homeOf(key.kind, key),
    value: { key, uid, problem },
  }));
}
