import type { TrafficEnd, VisibleNamespaces } from '@mcp/mesh';
import type { CallsShown } from '../call-graph.js';
import { joinedEdges, seenEdge, type SeenEdge } from './seen-edge.js';

/** Calls as someone may see them who does not see all namespaces, each with the key and the value that it has in the whole graph that they see. */
export class SeenCalls implements CallsShown {
  constructor(
    private readonly graph: CallsShown,
    private readonly visible: VisibleNamespaces,
  ) {}

  /** Of a visible workload; none of any other end. */
  edgesAt(end: TrafficEnd): readonly SeenEdge[] {
    if (end.kind !== 'workload' || !this.visible.has(end.workload.namespace)) return [];
    return joinedEdges(this.graph.edgesAt(end).flatMap((edge) => seenEdge(edge, this.visible) ?? []));
  }

  /** Those to or from hidden ends are joined with all between the same, whatever they go through. */
  edgesThrough(service: string): readonly SeenEdge[] {
    const found = new Map<string, SeenEdge>();
    for (const whole of this.graph.edgesThrough(service)) {
      const edge = seenEdge(whole, this.visible);
      if (edge === undefined || found.has(edge.key)) continue;
      const { source, destination } = edge.value;
      const end = destination.kind === 'workload' ? destination : source;
      const joined = end.kind === 'hidden' ? [] : this.edgesAt(end).filter(({ key }) => key === edge.key);
      for (const one of joined) found.set(one.key, one);
    }
    return [...found.values()];
  }
}
