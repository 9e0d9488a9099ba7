import type { EncodedEntity } from './encoded-entity.js';
import type { NamespaceFilter } from './namespace-filter.js';

/** A difference between two encoded graphs. */
export interface EncodedDelta {
  readonly upserted: readonly EncodedEntity[];
  readonly removed: readonly { readonly key: string; readonly namespace: string }[];
}

/**
 * The graph as encoded entities. What is asked of it is in graph order, by namespace and then key, and is never changed
 * afterwards.
 */
export class EncodedGraph {
  readonly #namespaces = new Map<string, Map<string, EncodedEntity>>();
  /** By namespace, in order; missing where it has changed since it was asked for. */
  readonly #ordered = new Map<string, readonly EncodedEntity[]>();

  apply({ upserted, removed }: EncodedDelta): void {
    for (const { key, namespace } of removed) {
      this.#namespaces.get(namespace)?.delete(key);
      this.#ordered.delete(namespace);
    }
    for (const entity of upserted) {
      let entities = this.#namespaces.get(entity.namespace);
      if (entities === undefined) {
        entities = new Map<string, EncodedEntity>();
        this.#namespaces.set(entity.namespace, entities);
      }
      entities.set(entity.key, entity);
      this.#ordered.delete(entity.namespace);
    }
  }

  entities(filter: NamespaceFilter): readonly EncodedEntity[] {
    return [...this.#namespaces.keys()]
      .filter((namespace) => filter.keeps({ namespace }))
      .sort()
      .flatMap((namespace) => this.#inOrder(namespace));
  }

  #inOrder(namespace: string): readonly EncodedEntity[] {
    const known = this.#ordered.get(namespace);
    if (known !== undefined) return known;
    const entities = [...(this.#namespaces.get(namespace)?.values() ?? [])];
    entities.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#ordered.set(namespace, entities);
    return entities;
  }
}
