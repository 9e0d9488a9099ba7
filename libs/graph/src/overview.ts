import type { GraphEntity } from './entity.js';
import { orderedWith } from './graph-filter.js';

/** A mesh in a few numbers, for a person who has just arrived. */
export interface Overview {
  readonly namespaces: readonly NamespaceOverview[];
  /** Kinds whose first list is under way: the numbers are not whole yet. */
  readonly syncing: readonly string[];
  /** Kinds that are not followed as they should be, with the reason. */
  readonly troubled: readonly { readonly kind: string; readonly reason: string }[];
}

export interface NamespaceOverview {
  readonly namespace: string;
  readonly workloads: number;
  /** Workloads all of whose pods have the proxy. */
  readonly meshed: number;
  readonly services: number;
  readonly policyObjects: number;
  /** On workloads and services, and objects that cannot be read. */
  readonly problems: number;
}

/** Counts what a graph holds, by namespace in the order of the alphabet; a namespace without any of it is left out. */
export function overviewOf(entities: Iterable<GraphEntity>): Overview {
  const rows = new Map<string, { -readonly [K in keyof NamespaceOverview]: NamespaceOverview[K] }>();
  const syncing: string[] = [];
  const troubled: { kind: string; reason: string }[] = [];
  const row = (namespace: string) => {
    let found = rows.get(namespace);
    if (found === undefined) {
      found = { namespace, workloads: 0, meshed: 0, services: 0, policyObjects: 0, problems: 0 };
      rows.set(namespace, found);
    }
    return found;
  };
  for (const entity of entities) {
    switch (entity.kind) {
      case 'Workload': {
        const counts = row(orderedWith(entity));
        counts.workloads += 1;
        if (entity.value.meshed === 'all') counts.meshed += 1;
        counts.problems += entity.value.problems.length;
        break;
      }
      case 'Service': {
        const counts = row(orderedWith(entity));
        counts.services += 1;
        counts.problems += entity.value.problems.length;
        break;
      }
      case 'PolicyObject':
        row(orderedWith(entity)).policyObjects += 1;
        break;
      case 'UnreadableObject':
        row(orderedWith(entity)).problems += 1;
        break;
      case 'Source':
        if (entity.value.phase === 'syncing') syncing.push(entity.value.kind);
        else if (entity.value.phase === 'stale' || entity.value.phase === 'forbidden') {
          troubled.push({ kind: entity.value.kind, reason: entity.value.reason });
        }
        break;
      case 'Namespace':
      case 'ControlPlane':
      case 'Edge':
      case 'Telemetry':
        break;
    }
  }
  const namespaces = [...rows.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  return { namespaces, syncing, troubled };
}
