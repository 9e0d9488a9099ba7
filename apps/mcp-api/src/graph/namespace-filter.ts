import { type GraphFilter, type Located, passes } from '@mcp/graph';

/** Only what is of these namespaces, edges that touch one included, and what belongs to the whole mesh. */
export interface NamespaceFilter extends GraphFilter {
  /** Equal for filters that keep the same; empty for the one that keeps all. */
  readonly key: string;
  readonly keeps: (of: Pick<Located, 'namespaces'>) => boolean;
}

/** No names: all namespaces. */
export function namespaceFilter(names: readonly string[]): NamespaceFilter {
  if (names.length === 0) return { key: '', keeps: () => true };
  const namespaces = new Set(names);
  return { key: [...namespaces].sort().join(), namespaces, keeps: (of) => passes({ namespaces }, of) };
}
