import { namespacesNamedIn } from './named-namespaces.js';

/**
 * Which namespaces an answer may tell of. What may be seen is found out before the answer is made, once, and handed to all that
 * makes it. A namespace that is not known is not visible.
 */
export class VisibleNamespaces {
  static readonly all = new VisibleNamespaces('all');

  private constructor(private readonly names: ReadonlySet<string> | 'all') {}

  static only(names: Iterable<string>): VisibleNamespaces {
    return new VisibleNamespaces(new Set(names));
  }

  get areAll(): boolean {
    return this.names === 'all';
  }

  get areNone(): boolean {
    return this.names !== 'all' && this.names.size === 0;
  }

  has(namespace: string): boolean {
    return this.names === 'all' || this.names.has(namespace);
  }

  /** Of a mesh identity: one that tells no namespace may be anyone's. */
  hasIdentity(identity: string): boolean {
    if (this.areAll) return true;
    const named = namespacesNamedIn(identity);
    return named.length > 0 && named.every((namespace) => this.has(namespace));
  }

  /** Equal for those that have the same, and empty for all. It has the names. */
  get key(): string {
    return this.names === 'all' ? '' : `only ${[...this.names].sort().join()}`;
  }
}
