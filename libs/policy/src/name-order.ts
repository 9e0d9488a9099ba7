/** Canonical orders, for lists in which Linkerd has none of its own or has this one. */

export interface Named {
  readonly name: string;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byName(a: Named, b: Named): number {
  return compareText(a.name, b.name);
}

/** The oldest first. */
export function byAge(
  a: Named & { readonly createdAt: number },
  b: Named & { readonly createdAt: number },
): number {
  return a.createdAt - b.createdAt || byName(a, b);
}
