import type { Entity, WatchMeshGraphResponse } from '@mcp/contracts';

/** What a client has that watches the graph, kept as the API says that it is to be kept. */
export class WatchedGraph {
  readonly entities = new Map<string, Entity>();
  /** Where to resume; empty until a whole graph has come. */
  position = '';
  /** Whole graphs that have come. */
  wholeGraphs = 0;

  take({ message, position }: WatchMeshGraphResponse): void {
    if (message?.$case === 'snapshot') {
      const { first, last, entities } = message.snapshot;
      if (first) this.entities.clear();
      if (last) this.wholeGraphs += 1;
      for (const entity of entities) this.entities.set(entity.key, entity);
    }
    if (message?.$case === 'delta') {
      for (const entity of message.delta.upserted) this.entities.set(entity.key, entity);
      for (const key of message.delta.removed) this.entities.delete(key);
    }
    if (position !== '') this.position = position;
  }
}
