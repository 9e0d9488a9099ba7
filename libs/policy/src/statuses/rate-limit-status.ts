import type { ObjectReference } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyGroup } from '../names.js';
import type { Named, StatusCondition } from './status-condition.js';
import { accepted, nameKey } from './status-condition.js';

/** What of a rate limit its status depends on. */
export interface RateLimitReferences extends Named {
  /** Undefined for an object that does not say when it was created. */
  readonly createdAt: number | undefined;
  readonly spec: { readonly targetRef: ObjectReference };
}

/**
 * The status that the policy controller writes for rate limits: of all that target a Server, only the oldest is accepted.
 * Source: linkerd2 policy-controller/k8s/status/src/index.rs, target_ref_status (read at b24cd40).
 */
export class RateLimitStatuses {
  readonly #servers: ReadonlySet<string>;
  readonly #oldest = new Map<string, RateLimitReferences>();

  constructor(servers: readonly Named[], limits: readonly RateLimitReferences[]) {
    this.#servers = new Set(servers.map(nameKey));
    for (const limit of limits) {
      const target = targetKey(limit);
      if (target === undefined) continue;
      const oldest = this.#oldest.get(target);
      if (oldest === undefined || precedes(limit, oldest)) this.#oldest.set(target, limit);
    }
  }

  /** Undefined for one that targets no Server, of which the controller reports nothing. */
  of(limit: RateLimitReferences): StatusCondition | undefined {
    const target = targetKey(limit);
    if (target === undefined) return undefined;
    if (!this.#servers.has(target)) return accepted('NoMatchingTarget');
    const oldest = this.#oldest.get(target);
    return accepted(oldest?.name === limit.name ? 'Accepted' : 'RateLimitReasonAlreadyExists');
  }
}

function targetKey({ namespace, spec: { targetRef } }: RateLimitReferences): string | undefined {
  if (!refersTo(targetRef, policyGroup, 'Server')) return undefined;
  return nameKey({ namespace, name: targetRef.name });
}

/** Those that say when they were created first, by that, then by name. */
function precedes(a: RateLimitReferences, b: RateLimitReferences): boolean {
  if (a.createdAt === b.createdAt) return a.name < b.name;
  return (a.createdAt ?? Infinity) < (b.createdAt ?? Infinity);
}
