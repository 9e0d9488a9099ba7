import { formatTrafficEnd } from '@mcp/mesh';
import type { EdgeNode } from './entity.js';

/** Every edge that the log has, by `formatEdgeId`, whether or not its ends are still in the cluster. */
export class EdgeTable {
  readonly #edges = new Map<string, EdgeNode>();
  readonly #byEnd = new Map<string, Set<string>>();

  get(id: string): EdgeNode | undefined {
    return this.#edges.get(id);
  }

  set(id: string, edge: EdgeNode): void {
    if (!this.#edges.has(id))
      for (const end of endsOf(edge)) {
        const ids = this.#byEnd.get(end);
        if (ids === undefined) this.#byEnd.set(end, new Set([id]));
        else ids.add(id);
      }
    this.#edges.set(id, edge);
  }

  delete(id: string): void {
    const edge = this.#edges.get(id);
    if (edge === undefined) return;
    this.#edges.delete(id);
    for (const end of endsOf(edge)) {
      const ids = this.#byEnd.get(end);
      ids?.delete(id);
      if (ids?.size === 0) this.#byEnd.delete(end);
    }
  }

  /** The ids of those that have this end, by `formatTrafficEnd`; in no order. */
  at(end: string): Iterable<string> {
    return this.#byEnd.get(end) ?? [];
  }

  ids(): Iterable<string> {
    return this.#edges.keys();
  }

  entries(): Iterable<readonly [string, EdgeNode]> {
    return this.#edges;
  }
}

function endsOf({ source, destination }: EdgeNode): readonly string[] {
  return [formatTrafficEnd(source), formatTrafficEnd(destination)];
}
