import type { GraphDelta } from './delta.js';
import type { GraphEntity } from './entity.js';
import type { Located } from './graph-filter.js';

/** What has changed of a graph since someone took it: the last that was said of each key. */
export class GraphChanges {
  readonly #upserted = new Map<string, GraphEntity>();
  readonly #removed = new Map<string, Located>();

  upsert(entity: GraphEntity): void {
    this.#upserted.set(entity.key, entity);
    this.#removed.delete(entity.key);
  }

  remove({ key, namespaces }: Located): void {
    this.#upserted.delete(key);
    this.#removed.set(key, { key, namespaces });
  }

  take(): GraphDelta {
    const delta = { upserted: [...this.#upserted.values()], removed: [...this.#removed.values()] };
    this.#upserted.clear();
    this.#removed.clear();
    return delta;
  }
}
