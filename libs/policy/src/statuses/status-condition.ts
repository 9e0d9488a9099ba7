/** A condition as the policy controller writes it, apart from when and in which words. */
export interface StatusCondition {
  readonly type: 'Accepted' | 'ResolvedRefs';
  readonly status: 'True' | 'False';
  readonly reason: AcceptedReason | ResolvedReason;
}

export type AcceptedReason =
  | 'Accepted'
  | 'NoMatchingParent'
  | 'RouteReasonConflicted'
  | 'NoMatchingTarget'
  | 'RateLimitReasonAlreadyExists'
  | 'EgressReasonNetworkOverlap';

export type ResolvedReason = 'ResolvedRefs' | 'BackendNotFound' | 'InvalidKind';

export function accepted(reason: AcceptedReason): StatusCondition {
  return { type: 'Accepted', status: reason === 'Accepted' ? 'True' : 'False', reason };
}

/** Whoever says so: a status of a policy names no controller. */
export function saysAccepted({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === 'Accepted' && status === 'True';
}

export function resolvedRefs(reason: ResolvedReason): StatusCondition {
  return { type: 'ResolvedRefs', status: reason === 'ResolvedRefs' ? 'True' : 'False', reason };
}

/** What a status is computed of has a name of its own in its namespace. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

export function nameKey({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}
