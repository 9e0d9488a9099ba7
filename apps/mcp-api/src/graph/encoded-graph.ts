import { byKey, type Located, orderedWith } from '@mcp/graph';
import type { EncodedEntity } from './encoded-entity.js';
import type { NamespaceFilter } from './namespace-filter.js';

/** A difference between two encoded graphs. */
export interface EncodedDelta {
  readonly upserted: readonly EncodedEntity[];
  readonly removed: readonly Located[];
}

/**
 * The graph as encoded entities. What is asked of it is in graph order, by namespace and then key, and is never changed
 * afterwards.
 */
export class EncodedGraph {
  /** By the namespace that they stand in order with. */
  readonly #namespaces = new Map<string, Map<string, EncodedEntity>>();
  /** By namespace, in order; missing where it has changed since it was asked for. */
  readonly #ordered = new Map<string, readonly EncodedEntity[]>();

  apply({ upserted, removed }: EncodedDelta): void {
    for (const located of removed) {
      const namespace = orderedWith(located);
      this.#namespaces.get(namespace)?.delete(located.key);
      this.#ordered.delete(namespace);
    }
    for (const entity of upserted) {
      const namespace = orderedWith(entity);
      let entities = this.#namespaces.get(namespace);
      if (entities === undefined) {
        entities = new Map<string, EncodedEntity>();
        this.#namespaces.set(namespace, entities);
      }
      entities.set(entity.key, entity);
      this.#ordered.delete(namespace);
    }
  }

  entities(filter: NamespaceFilter): readonly EncodedEntity[] {
    const all = [...this.#namespaces.keys()].sort().flatMap((namespace) => this.#inOrder(namespace));
    return filter.namespaces === undefined ? all : all.filter(filter.keeps);
  }

  #inOrder(namespace: string): readonly EncodedEntity[] {
    const known = this.#ordered.get(namespace);
    if (known !== undefined) return known;
    const entities = [...(this.#namespaces.get(namespace)?.values() ?? [])];
    entities.sort(byKey);
    this.#ordered.set(namespace, entities);
    return entities;
  }
}
