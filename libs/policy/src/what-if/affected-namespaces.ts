import type { NamespaceState, ObjectReference, ObjectStates, PolicyKind, ResourceKey } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyGroup } from '../names.js';
import { parentsOf } from '../statuses/route-status.js';
import type { MeshView, WorkloadView } from '../view.js';

/** What is changed at once: what is to be as said, new or not, and what is to be gone. In no order. */
export interface ViewChange {
  readonly apply: readonly AppliedObject[];
  readonly delete: readonly PolicyKey[];
}

/** A workload is all of its pods as they would be after it was rolled out. */
export type AppliedObject =
  | AppliedPolicyObject
  | { readonly kind: 'Namespace'; readonly state: NamespaceState }
  | { readonly kind: 'Workload'; readonly state: WorkloadView };

export type AppliedPolicyObject = {
  readonly [K in PolicyKind]: { readonly kind: K; readonly state: ObjectStates[K] };
}[PolicyKind];

export type PolicyKey = ResourceKey & { readonly kind: PolicyKind };

/**
 * The namespaces whose workloads may be answered about otherwise after the change. A Namespace says nothing about pods that exist. An
 * authentication counts where a policy refers to it, and a GRPCRoute also where it has a Server for a parent, since the HTTPRoutes of
 * that Server yield to it.
 */
export function affectedNamespaces(view: MeshView, change: ViewChange): ReadonlySet<string> {
  return new Set([
    ...change.apply.flatMap((object) => affectedByApplying(view, object)),
    ...change.delete.flatMap((key) => affectedByObject(view, key)),
  ]);
}

function affectedByApplying(view: MeshView, object: AppliedObject): readonly string[] {
  switch (object.kind) {
    case 'Namespace':
      return [];
    case 'Workload':
      return [object.state.ref.namespace];
    case 'GRPCRoute':
      return [...namespacesOfParents(object.state), ...affectedByObject(view, policyKeyOf(object))];
    default:
      return affectedByObject(view, policyKeyOf(object));
  }
}

export function policyKeyOf({ kind, state: { namespace, name } }: AppliedPolicyObject): PolicyKey {
  return { kind, namespace, name };
}

/** By an object of this name, as it is in the view. */
function affectedByObject(view: MeshView, { kind, namespace, name }: PolicyKey): readonly string[] {
  switch (kind) {
    case 'MeshTLSAuthentication':
    case 'NetworkAuthentication':
      return namespacesReferringTo(view, { group: policyGroup, kind, namespace, name });
    case 'GRPCRoute': {
      const routes = view.namespaces.get(namespace)?.policy.GRPCRoute ?? [];
      return [namespace, ...routes.filter((route) => route.name === name).flatMap(namespacesOfParents)];
    }
    default:
      return [namespace];
  }
}

function namespacesOfParents(route: ObjectStates['GRPCRoute']): readonly string[] {
  return parentsOf(route).flatMap(({ kind, namespace }) => (kind === 'Server' ? [namespace] : []));
}

function namespacesReferringTo(view: MeshView, object: Required<ObjectReference>): readonly string[] {
  return [...view.namespaces.values()]
    .filter(({ namespace, policy }) =>
      policy.AuthorizationPolicy.some(({ spec }) =>
        spec.requiredAuthenticationRefs.some(
          (reference) =>
            refersTo(reference, object.group, object.kind) &&
            reference.name === object.name &&
            (reference.namespace ?? namespace) === object.namespace,
        ),
      ),
    )
    .map(({ namespace }) => namespace);
}
