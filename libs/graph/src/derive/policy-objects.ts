import { driftOf, type SeenSpec } from '@mcp/desired-state';
import type { ObjectStates, PolicyKind } from '@mcp/mesh';
import { formatResourceKey, policyKinds } from '@mcp/mesh';
import type { DesiredNode, GraphEntityOf, PolicyObjectNode, PolicyObjectNodeOf } from '../entity.js';
import type { Desired, Unreadable } from '../facts.js';
import type { CurrentNamespace } from './current-namespace.js';

/** The policy objects there are, also where there is to be none, and those that are desired and not there. */
export function policyObjectEntities(current: CurrentNamespace): readonly GraphEntityOf<'PolicyObject'>[] {
  return policyKinds.flatMap((kind) => nodesOfKind(current, kind)).map(entity);
}

function nodesOfKind(
  { home, view, unreadable }: CurrentNamespace,
  kind: PolicyKind,
): readonly PolicyObjectNode[] {
  const objects = view.policy[kind];
  const names = new Set(objects.map(({ name }) => name));
  return [
    ...objects.map((object) => observedNode(kind, object, home.desired.get(`${kind}/${object.name}`))),
    ...[...home.desired.values()]
      .filter(({ key }) => key.kind === kind && !names.has(key.name))
      .flatMap((desired) => {
        const known = unreadable.find(({ key }) => sameName(key, desired.key));
        return known === undefined && desired.spec === undefined ? [] : [missingNode(desired, known)];
      }),
  ];
}

function observedNode<K extends PolicyKind>(
  kind: K,
  object: ObjectStates[K],
  desired: Desired | undefined,
): PolicyObjectNode {
  const {
    namespace,
    name,
    uid,
    createdAt,
    labels,
    spec,
    unmodelled,
    fieldOwners,
    change,
    gitOps,
    conditions,
  } = object;
  const node: PolicyObjectNodeOf<K> = {
    kind,
    namespace,
    name,
    uid,
    createdAt,
    labels,
    spec,
    ...(unmodelled !== undefined && { unmodelled }),
    fieldOwners,
    ...(change !== undefined && { change }),
    ...(gitOps !== undefined && { gitOps }),
    conditions,
    // an object is desired with a spec of its own kind
    ...(desired !== undefined && { desired: desiredNode(desired, object as SeenSpec) }),
  };
  // one K of the union is one member of it, which the compiler does not see
  return node as unknown as PolicyObjectNode;
}

function missingNode(desired: Desired, unreadable: Unreadable | undefined): PolicyObjectNode {
  const { kind, namespace, name } = desired.key;
  return {
    kind,
    namespace,
    name,
    uid: unreadable?.uid ?? '',
    labels: {},
    fieldOwners: [],
    conditions: [],
    desired: desiredNode(desired, unreadable === undefined ? undefined : {}),
  };
}

function desiredNode(desired: Desired, observed: SeenSpec | undefined): DesiredNode {
  const { changeId, revision, spec, reached } = desired;
  return { changeId, revision, ...driftOf(spec, observed, reached) };
}

function sameName(a: Unreadable['key'], b: Desired['key']): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function entity(value: PolicyObjectNode): GraphEntityOf<'PolicyObject'> {
  return { kind: 'PolicyObject', key: formatResourceKey(value), namespaces: [value.namespace], value };
}
