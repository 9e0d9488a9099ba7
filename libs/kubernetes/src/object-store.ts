/** An object as the reflector keeps it: who it is, which life and version of it, and what was kept of it. */
export interface StoredObject<T> {
  /** Undefined for kinds that are not in a namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
}

export interface ReplacedContent<T> {
  /** Everything there is. */
  readonly objects: readonly StoredObject<T>[];
  /** What was known before and is gone; that it went was not seen when it happened. */
  readonly deletedLate: readonly StoredObject<T>[];
}

/** What putting one object did: the same object at the same version is no change, another uid is another object. */
export type Put<T> =
  | { readonly put: 'unchanged' }
  | { readonly put: 'added' }
  | { readonly put: 'updated'; readonly previous: StoredObject<T> }
  | { readonly put: 'recreated'; readonly previous: StoredObject<T> };

/** The last known content of one collection, by namespace and name. */
export class ObjectStore<T> {
  private objects = new Map<string, StoredObject<T>>();

  get size(): number {
    return this.objects.size;
  }

  values(): IterableIterator<StoredObject<T>> {
    return this.objects.values();
  }

  get(namespace: string | undefined, name: string): StoredObject<T> | undefined {
    return this.objects.get(keyOf({ namespace, name }));
  }

  put(object: StoredObject<T>): Put<T> {
    const key = keyOf(object);
    const previous = this.objects.get(key);
    if (previous !== undefined && sameVersion(previous, object)) return { put: 'unchanged' };
    this.objects.set(key, object);
    if (previous === undefined) return { put: 'added' };
    return { put: previous.uid === object.uid ? 'updated' : 'recreated', previous };
  }

  /** Removes the object, unless another one has taken its name since. */
  delete(object: Pick<StoredObject<T>, 'namespace' | 'name' | 'uid'>): StoredObject<T> | undefined {
    const key = keyOf(object);
    const known = this.objects.get(key);
    if (known?.uid !== object.uid) return undefined;
    this.objects.delete(key);
    return known;
  }

  /** Makes this the whole content; answers which objects are no longer there, those re-created under their name included. */
  replace(listed: readonly StoredObject<T>[]): StoredObject<T>[] {
    const next = new Map<string, StoredObject<T>>();
    for (const object of listed) next.set(keyOf(object), object);
    const gone = [...this.objects.values()].filter((known) => next.get(keyOf(known))?.uid !== known.uid);
    this.objects = next;
    return gone;
  }
}

function sameVersion(a: StoredObject<unknown>, b: StoredObject<unknown>): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}

function keyOf(object: { readonly namespace: string | undefined; readonly name: string }): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
}
