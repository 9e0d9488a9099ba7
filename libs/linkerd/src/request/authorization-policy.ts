import type { AuthorizationPolicySpec, ObjectReference, Problem } from '@mcp/mesh';
import { validate } from '@mcp/policy';
import { policyGroup } from '../names.js';
import { checkName, checkNamespaceName } from './object-name.js';

export type AuthorizationPolicyRequest =
  { readonly spec: AuthorizationPolicySpec } | { readonly problems: readonly Problem[] };

type Fields = Readonly<Record<string, unknown>>;

const referenceFields = ['group', 'kind', 'name', 'namespace'] as const;
const targetFields = ['group', 'kind', 'name'] as const;

/** More than anyone writes: enough problems to see what is wrong, not as many as a large request can hold. */
const mostLookedAt = 16;

/**
 * Reads the spec of an AuthorizationPolicy that someone asks for, with every problem that admission would refuse it for,
 * and unknown fields as well, since a misspelt one would be dropped in silence. Names must be ones that an object can
 * have. The codes are those of admission's violations, and `UNKNOWN_FIELD` and those of names.
 */
export function readAuthorizationPolicySpec(json: unknown, namespace: string): AuthorizationPolicyRequest {
  const asked = isRecord(json) ? json : {};
  const target = isRecord(asked['targetRef']) ? asked['targetRef'] : {};
  const list = asked['requiredAuthenticationRefs'];
  const refs = Array.isArray(list) ? list.slice(0, mostLookedAt) : list;
  const problems: Problem[] = [
    ...unknownFields(asked, 'spec', ['targetRef', 'requiredAuthenticationRefs']),
    ...unknownFields(target, 'spec.targetRef', targetFields),
    ...eachReference(refs, (ref, field) => unknownFields(ref, field, referenceFields)),
    ...refusals(isRecord(json) ? { ...json, requiredAuthenticationRefs: refs } : json, namespace),
  ];
  if (Array.isArray(list) && list.length > mostLookedAt) problems.push(tooMany(list.length));
  const refused = new Set(problems.map(({ field }) => field));
  const impossible = [...namesOf(target, 'spec.targetRef'), ...eachReference(refs, namesOf)];
  problems.push(...impossible.filter(({ field }) => !refused.has(field)));

  if (problems.length > 0) return { problems };
  return {
    spec: {
      targetRef: referenceOf(target),
      requiredAuthenticationRefs: eachReference(refs, (ref) => [referenceOf(ref)]),
    },
  };
}

function refusals(spec: unknown, namespace: string): readonly Problem[] {
  const validation = validate({
    apiVersion: `${policyGroup}/v1alpha1`,
    kind: 'AuthorizationPolicy',
    // the name is judged where the request says it
    metadata: { namespace, generateName: 'requested-' },
    spec,
  });
  if (!validation.judged) throw new Error(`admission judges policies, but: ${validation.message}`);
  return validation.violations.map(({ code, field, message }) => ({ code, field, message }));
}

function unknownFields(fields: Fields, path: string, allowed: readonly string[]): readonly Problem[] {
  const unknown = Object.keys(fields).filter((name) => !allowed.includes(name));
  return unknown.slice(0, mostLookedAt).map((name) => ({
    code: 'UNKNOWN_FIELD',
    field: `${path}.${name.slice(0, 80)}`,
    message: `${path} has no such field; it has ${allowed.join(', ')}`,
  }));
}

function tooMany(count: number): Problem {
  const field = 'spec.requiredAuthenticationRefs';
  return { code: 'TOO_MANY', field, message: `${field} has ${count} items, at most 2 make sense` };
}

/** Names that admission takes and no object can have. */
function namesOf(reference: Fields, path: string): readonly Problem[] {
  const { name, namespace } = reference;
  return [
    ...(typeof name === 'string' ? checkName(name, `${path}.name`) : []),
    ...(typeof namespace === 'string' && namespace !== ''
      ? checkNamespaceName(namespace, `${path}.namespace`)
      : []),
  ];
}

function eachReference<T>(refs: unknown, read: (ref: Fields, path: string) => readonly T[]): readonly T[] {
  if (!Array.isArray(refs)) return [];
  return refs.flatMap((ref: unknown, index) =>
    isRecord(ref) ? read(ref, `spec.requiredAuthenticationRefs[${index}]`) : [],
  );
}

/** Of one that admission takes: every field that is there is a text. */
function referenceOf(reference: Fields): ObjectReference {
  const text = (field: string): string => {
    const value = reference[field];
    return typeof value === 'string' ? value : '';
  };
  const namespace = text('namespace');
  return {
    group: text('group'),
    kind: text('kind'),
    name: text('name'),
    ...(namespace !== '' && { namespace }),
  };
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
