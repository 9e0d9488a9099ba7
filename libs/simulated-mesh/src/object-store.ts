import type { KubernetesObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';

/** One write, as a watch tells it. `object` of a deletion is the last state, at the version of the deletion. */
export interface StoredChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceType;
  readonly object: KubernetesObject;
  readonly previous: KubernetesObject | undefined;
  readonly resourceVersion: number;
}

/**
 * The objects of the whole API with one version counter, and the last changes.
 *
 * Every write gets the next resource version. The history holds the last `historyLimit` changes: what can be asked about
 * the past reaches back that far and no further. Listeners are called in order, after the change is in the store.
 */
export class ObjectStore {
  readonly #objects = new Map<ResourceType, Map<string, KubernetesObject>>();
  readonly #listeners = new Set<(change: StoredChange) => void>();
  readonly #historyLimit: number;
  /** A ring: the change at version v is at `v % historyLimit`. */
  readonly #history: StoredChange[] = [];
  #oldest: number;
  #resourceVersion: number;

  constructor(options: { readonly firstResourceVersion: number; readonly historyLimit: number }) {
    this.#resourceVersion = options.firstResourceVersion;
    this.#oldest = options.firstResourceVersion + 1;
    this.#historyLimit = options.historyLimit;
  }

  /** Version of the last write. */
  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get(type: ResourceType, namespace: string, name: string): KubernetesObject | undefined {
    return this.#objects.get(type)?.get(keyOf(namespace, name));
  }

  /** Ordered by namespace and name. Without `namespace`, those of all namespaces. */
  list(type: ResourceType, namespace?: string): readonly KubernetesObject[] {
    return sorted(this.#objects.get(type)?.values() ?? [], namespace);
  }

  /** The list as it was at that version; undefined when the history does not reach back to it. */
  listAt(
    type: ResourceType,
    namespace: string | undefined,
    resourceVersion: number,
  ): readonly KubernetesObject[] | undefined {
    const since = this.changesAfter(resourceVersion);
    if (since === undefined) return undefined;
    const objects = new Map(this.#objects.get(type));
    for (const change of [...since].reverse()) {
      if (change.resource !== type) continue;
      if (change.previous === undefined) objects.delete(keyOfObject(change.object));
      else objects.set(keyOfObject(change.previous), change.previous);
    }
    return sorted(objects.values(), namespace);
  }

  /** Every object, of every type. */
  *all(): Iterable<readonly [ResourceType, KubernetesObject]> {
    for (const [type, objects] of this.#objects) for (const object of objects.values()) yield [type, object];
  }

  /** Creates the object or puts it in the place of the one with its name. */
  put(type: ResourceType, object: KubernetesObject): KubernetesObject {
    const stored = this.#versioned(object);
    const objects = this.#objects.get(type) ?? new Map<string, KubernetesObject>();
    this.#objects.set(type, objects);
    const previous = objects.get(keyOfObject(stored));
    objects.set(keyOfObject(stored), stored);
    this.#record(type, previous === undefined ? 'ADDED' : 'MODIFIED', stored, previous);
    return stored;
  }

  /** Undefined when there is no such object. */
  delete(type: ResourceType, namespace: string, name: string): KubernetesObject | undefined {
    const previous = this.get(type, namespace, name);
    if (previous === undefined) return undefined;
    this.#objects.get(type)?.delete(keyOf(namespace, name));
    const last = this.#versioned(previous);
    this.#record(type, 'DELETED', last, previous);
    return last;
  }

  /** All changes after that version, oldest first; undefined when some of them are no longer kept. */
  changesAfter(resourceVersion: number): readonly StoredChange[] | undefined {
    if (resourceVersion < this.#oldest - 1) return undefined;
    const changes: StoredChange[] = [];
    for (let version = resourceVersion + 1; version <= this.#resourceVersion; version++) {
      const change = this.#history[version % this.#historyLimit];
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** Drops the history, as a compaction of etcd does: only what happens from now on can be told. */
  compact(): void {
    this.#history.length = 0;
    this.#oldest = this.#resourceVersion + 1;
  }

  /** Returns the way to end it. */
  subscribe(listener: (change: StoredChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #versioned(object: KubernetesObject): KubernetesObject {
    this.#resourceVersion += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#resourceVersion) } };
  }

  #record(
    resource: ResourceType,
    type: StoredChange['type'],
    object: KubernetesObject,
    previous: KubernetesObject | undefined,
  ): void {
    const change: StoredChange = { type, resource, object, previous, resourceVersion: this.#resourceVersion };
    this.#history[this.#resourceVersion % this.#historyLimit] = change;
    this.#oldest = Math.max(this.#oldest, this.#resourceVersion - this.#historyLimit + 1);
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

export function keyOfObject(object: KubernetesObject): string {
  return keyOf(object.metadata.namespace ?? '', object.metadata.name);
}

function sorted(
  objects: Iterable<KubernetesObject>,
  namespace: string | undefined,
): readonly KubernetesObject[] {
  return [...objects]
    .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
    .map((object) => [keyOfObject(object), object] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, object]) => object);
}
