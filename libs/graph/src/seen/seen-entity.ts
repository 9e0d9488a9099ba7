import { hiddenName, type VisibleNamespaces, withoutHidden } from '@mcp/mesh';
import type { GraphEntity, GraphEntityOf } from '../entity.js';
import { seenEdge, type SeenEdge } from './seen-edge.js';

/** An entity of the graph as someone may see it who does not see all namespaces. */
export type SeenEntity = Exclude<GraphEntity, { readonly kind: 'Edge' }> | SeenEdge;

/** Undefined where it may not be seen; the same object where all of it may. Edges are then to be joined by `joinedEdges`. */
export function seenEntity(entity: SeenEntity, visible: VisibleNamespaces): SeenEntity | undefined {
  if (visible.areAll) return entity;
  switch (entity.kind) {
    case 'Edge':
      return seenEdge(entity, visible);
    case 'Source':
      return { ...entity, value: seenSource(entity.value, visible) };
    case 'Telemetry':
      return { ...entity, value: seenTelemetry(entity.value, visible) };
    case 'UnreadableObject': {
      const { problem } = entity.value;
      return within(entity, visible)
        ? { ...entity, value: { ...entity.value, problem: { ...problem, message: hiddenName } } }
        : undefined;
    }
    case 'ControlPlane':
      // its namespace is in every mesh identity
      return entity;
    case 'Namespace':
    case 'Workload':
    case 'Service':
    case 'PolicyObject': {
      if (!within(entity, visible)) return undefined;
      const value = withoutHidden(entity.value, visible);
      return value === entity.value ? entity : ({ ...entity, value } as SeenEntity);
    }
  }
}

function within({ namespaces }: SeenEntity, visible: VisibleNamespaces): boolean {
  return namespaces.every((namespace) => visible.has(namespace));
}

/** Without its words; the same object where all may be seen. */
export function seenSource<S extends { readonly reason: string }>(source: S, visible: VisibleNamespaces): S {
  return visible.areAll ? source : { ...source, reason: unsaid(source.reason) };
}

/** Words of others, which may name anything. */
function unsaid(words: string): string {
  return words === '' ? '' : hiddenName;
}

function seenTelemetry(
  { reason, faults, ...telemetry }: GraphEntityOf<'Telemetry'>['value'],
  visible: VisibleNamespaces,
): GraphEntityOf<'Telemetry'>['value'] {
  return {
    ...telemetry,
    reason: unsaid(reason),
    ...(faults && {
      faults: faults.map((fault) => ({
        ...fault,
        message: hiddenName,
        ...(fault.pods && {
          pods: fault.pods.filter((pod) => visible.has(pod.slice(0, pod.indexOf('/')))),
        }),
      })),
    }),
  };
}
