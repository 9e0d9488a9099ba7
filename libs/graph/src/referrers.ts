import type { NamespaceView } from '@mcp/policy';

/** Which namespaces have an AuthorizationPolicy that refers to something of another one. */
export class Referrers {
  readonly #byReferred = new Map<string, Set<string>>();

  /** In no order. */
  to(namespace: string): Iterable<string> {
    return this.#byReferred.get(namespace) ?? [];
  }

  set(namespace: string, before: NamespaceView | undefined, after: NamespaceView | undefined): void {
    if (before?.policy.AuthorizationPolicy === after?.policy.AuthorizationPolicy) return;
    for (const referred of referredBy(before)) {
      const referrers = this.#byReferred.get(referred);
      referrers?.delete(namespace);
      if (referrers?.size === 0) this.#byReferred.delete(referred);
    }
    for (const referred of referredBy(after)) {
      const referrers = this.#byReferred.get(referred);
      if (referrers === undefined) this.#byReferred.set(referred, new Set([namespace]));
      else referrers.add(namespace);
    }
  }
}

function referredBy(view: NamespaceView | undefined): ReadonlySet<string> {
  const referred = new Set<string>();
  for (const { spec } of view?.policy.AuthorizationPolicy ?? [])
    for (const { namespace } of spec.requiredAuthenticationRefs)
      if (namespace !== undefined && namespace !== view?.namespace) referred.add(namespace);
  return referred;
}

/** The other namespaces where a GRPCRoute names a parent. There it keeps HTTPRoutes from being accepted, though it is of no use itself. */
export function parentSpaces(view: NamespaceView | undefined): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { spec } of view?.policy.GRPCRoute ?? [])
    for (const { namespace } of spec.parentRefs)
      if (namespace !== undefined && namespace !== view?.namespace) named.add(namespace);
  return named;
}
