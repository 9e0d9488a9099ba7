/** A reference as written; compare groups and kinds with `refersTo`, since Linkerd ignores case and reads no group as core. */
export interface ObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/**
 * Whether a reference names this group and kind. Case does not matter; an empty group means `core`, and `core` is empty.
 * Source: linkerd2 policy-controller/k8s/api/src/policy.rs, targets_kind (read at b24cd40).
 */
export function refersTo(
  reference: Pick<ObjectReference, 'group' | 'kind'>,
  group: string,
  kind: string,
): boolean {
  return (
    coreIfEmpty(reference.group) === coreIfEmpty(group) && reference.kind.toLowerCase() === kind.toLowerCase()
  );
}

function coreIfEmpty(group: string): string {
  return group === '' ? 'core' : group.toLowerCase();
}
