import { CallRefused, invalidRequest } from '@mcp/grpc';
import { formatResourceKey, type PolicyKind, policyKinds, type VisibleNamespaces } from '@mcp/mesh';
import {
  type AppliedPolicyObject,
  type MeshView,
  type PolicyKey,
  policyKeyOf,
  type ViewChange,
  whyNoWhatIf,
  type WhatIfRefusal,
} from '@mcp/policy';
import { findNamespace, isInScope, mustSee } from './find-in-mesh.js';
import { notFound } from './not-found.js';
import type { ReadChange } from './thread/read-change.js';

/** As a request names it. */
export interface KeyFields {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Fails with INVALID_REQUEST for what is no policy object, and with CHANGE_NOT_ADMITTED for what admission would refuse. */
export function admittedObjects({ objects, unusable, refused }: ReadChange): readonly AppliedPolicyObject[] {
  const violations = (of: readonly string[]) => of.map((description) => ({ field: 'yaml', description }));
  if (unusable.length > 0) throw invalidRequest(violations(unusable.slice(0, mostNamed)));
  if (refused.length > 0)
    throw new CallRefused('CHANGE_NOT_ADMITTED', `admission would refuse ${refused[0] ?? ''}`, {
      violations: violations(refused.slice(0, mostNamed)),
    });
  return objects;
}

/** So that a status stays a trailer. */
const mostNamed = 20;

/** Fails with INVALID_REQUEST for a kind that is no policy. */
export function deletedKeys(keys: readonly KeyFields[]): readonly PolicyKey[] {
  return keys.map(({ kind, namespace, name }, at) => {
    if (isPolicyKind(kind)) return { kind, namespace, name };
    const description = `${kind} is no kind of policy: one of ${policyKinds.join(', ')}`;
    throw invalidRequest([{ field: `delete[${at}].kind`, description }]);
  });
}

function isPolicyKind(kind: string): kind is PolicyKind {
  return policyKinds.some((policy) => policy === kind);
}

/**
 * Fails where the mesh cannot be changed so: with NAMESPACE_NOT_FOUND, POLICY_NOT_FOUND, NAMESPACE_OUT_OF_SCOPE, POLICY_UNREADABLE,
 * SOURCE_NOT_LIVE, and with INVALID_REQUEST for an object that is named twice. A namespace that may not be seen is as one that is not there.
 */
export function mustBePossible(view: MeshView, change: ViewChange, visible?: VisibleNamespaces): void {
  const named = [
    ...change.apply.flatMap((object) =>
      object.kind === 'Namespace' || object.kind === 'Workload'
        ? []
        : [['yaml', policyKeyOf(object)] as const],
    ),
    ...change.delete.map((key, at) => [`delete[${at}]`, key] as const),
  ];
  for (const [field, key] of named) {
    mustSee(view, visible, key.namespace, field);
    if (!isInScope(view, key.namespace)) throw outOfScope(field, formatResourceKey(key));
    findNamespace(view, key.namespace, field);
  }
  const refusal = whyNoWhatIf(view, change);
  if (refusal === undefined) return;
  const [field, key] = named.findLast(([, each]) => formatResourceKey(each) === refusal.object) ?? ['yaml'];
  throw refused(view, refusal, field, key);
}

function refused(
  view: MeshView,
  { code, object }: WhatIfRefusal,
  field: string,
  key: PolicyKey | undefined,
): Error {
  switch (code) {
    case 'NO_SUCH_OBJECT':
      return missing(view, object, field, key);
    case 'OBJECT_NAMED_TWICE':
      return invalidRequest([{ field, description: `${object} is named twice` }]);
    case 'NAMESPACE_OUT_OF_SCOPE':
      return outOfScope(field, object);
    case 'OBJECT_UNREADABLE': {
      const description = `${object} is there and cannot be read, so how old it is is not known`;
      return new CallRefused('POLICY_UNREADABLE', description, {
        violations: [{ field, description }],
        facts: { subject: object },
      });
    }
  }
}

function missing(view: MeshView, object: string, field: string, key: PolicyKey | undefined): Error {
  const { kind, namespace = '' } = key ?? {};
  const others = kind === undefined ? [] : (view.namespaces.get(namespace)?.policy[kind] ?? []);
  return notFound(view, {
    code: 'POLICY_NOT_FOUND',
    field,
    what: object.replace('/', ' '),
    kinds: kind === undefined ? [] : [kind],
    others: others.map(({ name }) => `${namespace}/${name}`),
  });
}

function outOfScope(field: string, object: string): Error {
  const description = `nothing is known of the namespace of ${object}: it is not looked at`;
  return new CallRefused('NAMESPACE_OUT_OF_SCOPE', description, {
    violations: [{ field, description }],
    facts: { subject: object },
  });
}
