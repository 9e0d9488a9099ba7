/** Only what is in these namespaces, and what belongs to the whole mesh. */
export interface NamespaceFilter {
  /** Equal for filters that keep the same; empty for the one that keeps all. */
  readonly key: string;
  readonly namespaces: ReadonlySet<string> | undefined;
  readonly keeps: (of: { readonly namespace: string }) => boolean;
}

/** No names: all namespaces. */
export function namespaceFilter(names: readonly string[]): NamespaceFilter {
  if (names.length === 0) return { key: '', namespaces: undefined, keeps: () => true };
  const namespaces = new Set(names);
  return {
    key: [...namespaces].sort().join(),
    namespaces,
    keeps: ({ namespace }) => namespace === '' || namespaces.has(namespace),
  };
}
