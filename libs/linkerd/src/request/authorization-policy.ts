import type { AuthorizationPolicySpec, ObjectReference, Problem } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { gatewayGroup, policyGroup } from '../names.js';
import { checkName, checkNamespaceName } from './object-name.js';

export type AuthorizationPolicyRequest =
  { readonly spec: AuthorizationPolicySpec } | { readonly problems: readonly Problem[] };

/** The kinds a policy may apply to, and the kinds of authentication it may require. */
const targets = [
  { group: policyGroup, kind: 'Server' },
  { group: '', kind: 'Namespace' },
  { group: policyGroup, kind: 'HTTPRoute' },
  { group: gatewayGroup, kind: 'HTTPRoute' },
  { group: gatewayGroup, kind: 'GRPCRoute' },
];
const authentications = {
  meshTls: { group: policyGroup, kind: 'MeshTLSAuthentication' },
  serviceAccount: { group: '', kind: 'ServiceAccount' },
  network: { group: policyGroup, kind: 'NetworkAuthentication' },
};

/** More than anyone writes: enough problems to see what is wrong, not as many as a large request can hold. */
const mostLookedAt = 16;

/**
 * Reads the spec of an AuthorizationPolicy that someone asks for, with every problem that Linkerd's schema and admission
 * would refuse it for, and unknown fields as well, since a misspelt one would be dropped in silence. Names must be ones
 * that an object can have.
 * Source: linkerd2 policy-controller/runtime/src/admission.rs and the CRD authorizationpolicies (read at b24cd40).
 */
export function readAuthorizationPolicySpec(json: unknown, namespace: string): AuthorizationPolicyRequest {
  const problems: Problem[] = [];
  const fields = readObject(json, 'spec', ['targetRef', 'requiredAuthenticationRefs'], problems);
  if (fields === undefined) return { problems };

  const target = readReference(fields['targetRef'], 'spec.targetRef', ['group', 'kind', 'name'], problems);
  if (target !== undefined) checkTarget(target, namespace, problems);
  const refs = readAuthentications(fields['requiredAuthenticationRefs'], problems);

  if (problems.length > 0 || target === undefined) return { problems };
  return { spec: { targetRef: target, requiredAuthenticationRefs: refs } };
}

function checkTarget(target: ObjectReference, namespace: string, problems: Problem[]): void {
  if (!targets.some(({ group, kind }) => refersTo(target, group, kind))) {
    problems.push({
      code: 'NOT_ALLOWED',
      field: 'spec.targetRef.kind',
      message: `a policy cannot apply to ${described(target)}; it can to ${targets.map(described).join(', ')}`,
    });
  } else if (refersTo(target, '', 'Namespace') && target.name !== namespace) {
    problems.push({
      code: 'NOT_ALLOWED',
      field: 'spec.targetRef.name',
      message: `a policy can only apply to its own namespace ${namespace}, not to ${target.name}`,
    });
  }
}

function readAuthentications(value: unknown, problems: Problem[]): ObjectReference[] {
  const field = 'spec.requiredAuthenticationRefs';
  if (value === undefined || value === null) {
    problems.push({ code: 'MISSING', field, message: `${field} is required; an empty list means everyone` });
    return [];
  }
  if (!Array.isArray(value)) {
    problems.push({ code: 'WRONG_TYPE', field, message: `${field} is not a list` });
    return [];
  }
  const refs = value.slice(0, mostLookedAt).flatMap((item: unknown, index) => {
    const itemField = `${field}[${index}]`;
    const ref = readReference(item, itemField, ['group', 'kind', 'name', 'namespace'], problems);
    if (ref === undefined) return [];
    if (!Object.values(authentications).some(({ group, kind }) => refersTo(ref, group, kind))) {
      const allowed = Object.values(authentications).map(described).join(', ');
      problems.push({
        code: 'NOT_ALLOWED',
        field: `${itemField}.kind`,
        message: `a policy cannot require ${described(ref)}; it can ${allowed}`,
      });
    }
    return [ref];
  });
  if (value.length > mostLookedAt) {
    problems.push({
      code: 'TOO_MANY',
      field,
      message: `${field} has ${value.length} items, at most 2 make sense`,
    });
  }
  checkTogether(refs, field, problems);
  return refs;
}

/** All of them must hold at once, and a client has one identity and one address. */
function checkTogether(refs: readonly ObjectReference[], field: string, problems: Problem[]): void {
  const count = ({ group, kind }: { group: string; kind: string }) =>
    refs.filter((ref) => refersTo(ref, group, kind)).length;
  for (const authentication of Object.values(authentications)) {
    if (count(authentication) > 1) {
      problems.push({ code: 'TOO_MANY', field, message: `at most one ${authentication.kind} is allowed` });
    }
  }
  if (count(authentications.meshTls) > 0 && count(authentications.serviceAccount) > 0) {
    problems.push({
      code: 'NOT_ALLOWED',
      field,
      message: 'MeshTLSAuthentication and ServiceAccount exclude each other',
    });
  }
}

/** Undefined where there is no reference to look at any further. */
function readReference(
  value: unknown,
  field: string,
  allowed: readonly string[],
  problems: Problem[],
): ObjectReference | undefined {
  const fields = readObject(value, field, allowed, problems);
  if (fields === undefined) return undefined;
  const before = problems.length;
  const text = (name: string): string => {
    const content = fields[name] ?? '';
    if (typeof content === 'string') return content;
    problems.push({
      code: 'WRONG_TYPE',
      field: `${field}.${name}`,
      message: `${field}.${name} is not a string`,
    });
    return '';
  };
  const group = text('group');
  const kind = text('kind');
  const name = text('name');
  const namespace = text('namespace');
  if (problems.length > before) return undefined;

  if (group !== '') problems.push(...checkName(group, `${field}.group`));
  problems.push(...checkKind(kind, `${field}.kind`), ...checkName(name, `${field}.name`));
  if (namespace !== '') problems.push(...checkNamespaceName(namespace, `${field}.namespace`));
  if (problems.length > before) return undefined;
  return { group, kind, name, ...(namespace !== '' && { namespace }) };
}

function checkKind(kind: string, field: string): Problem[] {
  if (kind === '') return [{ code: 'MISSING', field, message: `${field} is required` }];
  if (kind.length > 63 || !/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(kind)) {
    return [{ code: 'NOT_A_NAME', field, message: `${field} is not the name of a kind` }];
  }
  return [];
}

function readObject(
  value: unknown,
  field: string,
  allowed: readonly string[],
  problems: Problem[],
): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null) {
    problems.push({ code: 'MISSING', field, message: `${field} is required` });
    return undefined;
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push({ code: 'WRONG_TYPE', field, message: `${field} is not an object` });
    return undefined;
  }
  const unknown = Object.keys(value).filter((name) => !allowed.includes(name));
  for (const name of unknown.slice(0, mostLookedAt)) {
    problems.push({
      code: 'UNKNOWN_FIELD',
      field: `${field}.${name.slice(0, 80)}`,
      message: `${field} has no such field; it has ${allowed.join(', ')}`,
    });
  }
  return value as Readonly<Record<string, unknown>>;
}

function described({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === '' ? kind : `${kind}.${group}`;
}
