import type { Cluster } from './case.js';
import type { ExternalWorkload, Pod, Reference, Resource } from './kubernetes-objects.js';
import type { Rule } from './rules.js';

/** What a query is asked of, and who wants to know which rules it exercised. */
export interface World {
  readonly cluster: Cluster;
  readonly resources: readonly Resource[];
  readonly touched: (rule: Rule) => void;
}

export type Workload = Pod | ExternalWorkload;

export type OfKind<Kind extends Resource['kind']> = Extract<Resource, { readonly kind: Kind }>;

export const policyGroup = 'policy.linkerd.io';
export const gatewayGroup = 'gateway.networking.k8s.io';

/** All objects of a kind, of whatever group. */
export function ofKind<Kind extends Resource['kind']>(world: World, kind: Kind): OfKind<Kind>[] {
  return world.resources.filter((resource): resource is OfKind<Kind> => resource.kind === kind);
}

export function groupOf(resource: Resource): string {
  const slash = resource.apiVersion.indexOf('/');
  return slash < 0 ? '' : resource.apiVersion.slice(0, slash);
}

export function namespaceOf(resource: Resource): string {
  return resource.metadata.namespace ?? '';
}

/** By code units, which is the order of bytes for the names of Kubernetes. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Oldest first; objects without a timestamp after those with one; then by name. */
export function compareAge(a: Resource, b: Resource): number {
  return ageOf(a) - ageOf(b) || compareText(a.metadata.name, b.metadata.name);
}

function ageOf(resource: Resource): number {
  const { creationTimestamp } = resource.metadata;
  return creationTimestamp === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(creationTimestamp);
}

/** Group and kind of a reference are compared without case; an absent or empty group is "core". */
export function refersTo(
  world: World,
  reference: { readonly group?: string; readonly kind: string },
  group: string,
  kind: string,
): boolean {
  const core = (text: string) => (text === '' ? 'core' : text.toLowerCase());
  const same =
    core(reference.group ?? '') === core(group) && reference.kind.toLowerCase() === kind.toLowerCase();
  if (same && reference.kind !== kind) world.touched('reference-ignores-case');
  if (same && core(group) === 'core' && reference.group !== 'core') world.touched('reference-core-group');
  return same;
}

export function namespaceOfReference(reference: Reference, owner: Resource): string {
  return reference.namespace ?? namespaceOf(owner);
}

/** `<service account>.<namespace>.serviceaccount.identity.<control plane>.<trust domain>`. */
export function identityOfServiceAccount(world: World, name: string, namespace: string): string {
  return `${name}.${namespace}.${identitySuffix(world)}`;
}

export function identitySuffix(world: World): string {
  return `serviceaccount.identity.${world.cluster.controlPlaneNamespace}.${world.cluster.trustDomain}`;
}
