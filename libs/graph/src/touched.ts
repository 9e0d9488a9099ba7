import type { ResourceKind } from '@mcp/mesh';

/** What of a namespace may have changed: its objects of these kinds, or anything that the graph says of it. */
export type Touched = ReadonlySet<ResourceKind> | 'everything';

/** The namespaces that events have touched since someone looked at them. */
export class TouchedNamespaces {
  readonly #touched = new Map<string, Set<ResourceKind> | 'everything'>();

  /** Without a kind: nothing changed of its objects, and something of what is said beside them. */
  add(namespace: string, kind?: ResourceKind): void {
    let kinds = this.#touched.get(namespace);
    if (kinds === 'everything') return;
    if (kinds === undefined) this.#touched.set(namespace, (kinds = new Set()));
    if (kind !== undefined) kinds.add(kind);
  }

  addEverything(namespace: string): void {
    this.#touched.set(namespace, 'everything');
  }

  /** In the order in which they were touched. */
  names(): readonly string[] {
    return [...this.#touched.keys()];
  }

  /** What is touched of the namespace, which then no longer is; undefined where nothing is. */
  take(namespace: string): Touched | undefined {
    const touched = this.#touched.get(namespace);
    this.#touched.delete(namespace);
    return touched;
  }
}
