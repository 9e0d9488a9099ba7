import type { ObjectIdentity, ObjectStates, PolicyKind, ReportedCondition } from '@mcp/mesh';
import { formatResourceKey, formatWorkloadRef, policyKinds } from '@mcp/mesh';
import type { AppliedObject, AppliedPolicyObject, PolicyKey, ViewChange } from './affected-namespaces.js';
import { affectedNamespaces, policyKeyOf } from './affected-namespaces.js';
import { parentsOf } from '../statuses/route-status.js';
import type { MeshView, NamespaceView, PolicyObjects } from '../view.js';
import { withComputedStatuses } from '../statuses/with-computed-statuses.js';

export type WhatIf = { readonly view: MeshView } | { readonly refused: WhatIfRefusal };

/** `object` is the key of the object, as `formatResourceKey` or `formatWorkloadRef` writes it. */
export interface WhatIfRefusal {
  readonly code:
    | 'NO_SUCH_OBJECT'
    | 'OBJECT_NAMED_TWICE'
    /** It takes the place of one that cannot be read, of which it is not known how old it is. */
    | 'OBJECT_UNREADABLE'
    /** It is not known what else is there. */
    | 'NAMESPACE_OUT_OF_SCOPE';
  readonly object: string;
}

/**
 * The view as it would be after the change, at `now` in milliseconds since the epoch. A new object is created then; one that is there
 * stays as old as it is, and keeps its uid. What the policy controller reports is computed in the namespaces that the change affects;
 * everything else stays the same object, up to the view.
 */
export function whatIf(view: MeshView, change: ViewChange, now: number): WhatIf {
  const refused = whyNoWhatIf(view, change);
  if (refused !== undefined) return { refused };
  if (change.apply.length + change.delete.length === 0) return { view };
  const namespaces = new Map(view.namespaces);
  const put = (namespace: string, update: (before: NamespaceView) => NamespaceView) =>
    namespaces.set(namespace, update(namespaces.get(namespace) ?? emptyNamespace(namespace)));
  for (const object of change.apply) put(namespaceOf(object), (before) => withObject(before, object, now));
  for (const key of change.delete) put(key.namespace, (before) => withoutObject(before, key));
  const next = { ...view, namespaces };
  const affected = affectedNamespaces(view, change);
  const reportedAnew = new Set([...affected, ...withParentsIn(next, affected)]);
  const grpcRoutesChanged = [...change.apply, ...change.delete].some(({ kind }) => kind === 'GRPCRoute');
  return { view: withComputedStatuses(next, reportedAnew, { grpcRoutesChanged }) };
}

/** Undefined where `whatIf` would not refuse the change. */
export function whyNoWhatIf(view: MeshView, change: ViewChange): WhatIfRefusal | undefined {
  const named = new Set<string>();
  for (const object of change.apply) {
    const name = nameOf(object);
    if (named.has(name)) return { code: 'OBJECT_NAMED_TWICE', object: name };
    named.add(name);
    const namespace = namespaceOf(object);
    if (view.scope !== 'all' && !view.scope.includes(namespace))
      return { code: 'NAMESPACE_OUT_OF_SCOPE', object: name };
    if (unreadableNames(view, namespace).includes(name)) return { code: 'OBJECT_UNREADABLE', object: name };
  }
  for (const key of change.delete) {
    const object = formatResourceKey(key);
    if (named.has(object)) return { code: 'OBJECT_NAMED_TWICE', object };
    named.add(object);
    const there = view.namespaces.get(key.namespace)?.policy[key.kind].some(({ name }) => name === key.name);
    if (there !== true && !unreadableNames(view, key.namespace).includes(object))
      return { code: 'NO_SUCH_OBJECT', object };
  }
  return undefined;
}

function unreadableNames(view: MeshView, namespace: string): readonly string[] {
  return view.namespaces.get(namespace)?.unreadable.map(({ key }) => formatResourceKey(key)) ?? [];
}

function nameOf(object: AppliedObject): string {
  switch (object.kind) {
    case 'Workload':
      return formatWorkloadRef(object.state.ref);
    case 'Namespace':
      return formatResourceKey({ kind: 'Namespace', namespace: '', name: object.state.name });
    default:
      return formatResourceKey(policyKeyOf(object));
  }
}

function namespaceOf(object: AppliedObject): string {
  switch (object.kind) {
    case 'Workload':
      return object.state.ref.namespace;
    case 'Namespace':
      return object.state.name;
    default:
      return object.state.namespace;
  }
}

function withObject(before: NamespaceView, object: AppliedObject, now: number): NamespaceView {
  switch (object.kind) {
    case 'Namespace':
      return { ...before, annotations: object.state.annotations };
    case 'Workload': {
      const ref = formatWorkloadRef(object.state.ref);
      const others = before.workloads.filter((workload) => formatWorkloadRef(workload.ref) !== ref);
      return { ...before, workloads: [...others, object.state] };
    }
    default:
      return { ...before, policy: withPolicyObject(before.policy, object, now) };
  }
}

function withPolicyObject(policy: PolicyObjects, object: AppliedPolicyObject, now: number): PolicyObjects {
  const objects: readonly (ObjectIdentity & { readonly conditions: readonly ReportedCondition[] })[] =
    policy[object.kind];
  const known = objects.find(({ name }) => name === object.state.name);
  const { uid, createdAt, conditions } = known ?? {
    uid: object.state.uid,
    createdAt: now,
    conditions: [],
  };
  // applying an object does not write its status
  const state = { ...object.state, uid, createdAt, conditions };
  const others = objects.filter(({ name }) => name !== state.name);
  return { ...policy, [object.kind]: [...others, state] };
}

function withoutObject(before: NamespaceView, { kind, namespace, name }: PolicyKey): NamespaceView {
  const objects: readonly ObjectStates[PolicyKind][] = before.policy[kind];
  const object = formatResourceKey({ kind, namespace, name });
  return {
    ...before,
    policy: { ...before.policy, [kind]: objects.filter((other) => other.name !== name) },
    unreadable: before.unreadable.filter(({ key }) => formatResourceKey(key) !== object),
  };
}

/** The namespaces of routes that have a parent in one of these: what is reported about it may change, though it decides nothing. */
function withParentsIn(view: MeshView, namespaces: ReadonlySet<string>): readonly string[] {
  return [...view.namespaces.values()]
    .filter(({ policy }) =>
      [...policy.HTTPRoute, ...policy.GatewayHTTPRoute, ...policy.GRPCRoute].some((route) =>
        parentsOf(route).some(({ namespace }) => namespaces.has(namespace)),
      ),
    )
    .map(({ namespace }) => namespace);
}

function emptyNamespace(namespace: string): NamespaceView {
  const policy = Object.fromEntries(policyKinds.map((kind) => [kind, []])) as unknown as PolicyObjects;
  return {
    namespace,
    annotations: {},
    policy,
    unreadable: [],
    workloads: [],
    services: [],
    serviceAccounts: [],
  };
}
