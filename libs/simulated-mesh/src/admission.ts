import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';
import { resources } from './resource-type.js';
import type { StatusCause } from './status.js';
import { ApiFault, invalid } from './status.js';

/**
 * Fills in defaults, then refuses what is not valid: with 422 what the schema of the kind refuses, and with 400 what
 * Linkerd's admission webhook denies.
 * Source: the CRDs of the chart linkerd-crds and linkerd2 policy-controller/runtime/src/admission.rs (read at b24cd40).
 */
export function admit(type: ResourceType, object: KubernetesObject): KubernetesObject {
  const name = object.metadata.name;
  if (type.builtIn) return withBuiltInDefaults(type, object);
  if (!isJsonObject(object['spec'])) throw invalid(type, name, [required('spec')]);
  const defaulted = { ...object, spec: withDefaults(type, object['spec']) };
  const causes = schemaCauses(type, defaulted.spec);
  if (causes.length > 0) throw invalid(type, name, causes);
  const denial = webhookDenial(type, defaulted.spec, object.metadata.namespace ?? '');
  if (denial !== undefined) {
    throw new ApiFault({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `admission webhook "linkerd-policy-validator.linkerd.io" denied the request: ${denial}`,
      code: 400,
    });
  }
  return defaulted;
}

function withBuiltInDefaults(type: ResourceType, object: KubernetesObject): KubernetesObject {
  const { metadata } = object;
  switch (type) {
    case resources.Namespace: {
      const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
      return {
        ...object,
        metadata: { ...metadata, labels },
        status: object['status'] ?? { phase: 'Active' },
      };
    }
    case resources.Pod:
      return { ...object, status: object['status'] ?? { phase: 'Pending' } };
    default:
      return object;
  }
}

function withDefaults(type: ResourceType, spec: JsonObject): JsonObject {
  switch (type) {
    case resources.Server:
      return { proxyProtocol: 'unknown', accessPolicy: 'deny', ...spec };
    case resources.HTTPRoute:
      return withRuleDefaults(withParentDefaults(spec, 'policy.linkerd.io'));
    case resources.GatewayHTTPRoute:
      return withRuleDefaults(withParentDefaults(spec, 'gateway.networking.k8s.io'));
    case resources.GRPCRoute:
      return withParentDefaults(spec, 'gateway.networking.k8s.io');
    default:
      return spec;
  }
}

function withParentDefaults(spec: JsonObject, group: string): JsonObject {
  const parents = spec['parentRefs'];
  return Array.isArray(parents)
    ? { ...spec, parentRefs: eachObject(parents, (parent) => ({ group, kind: 'Gateway', ...parent })) }
    : spec;
}

const everyPath = { path: { type: 'PathPrefix', value: '/' } };

/** What is absent matches every path; what is an empty list stays one. */
function withRuleDefaults(spec: JsonObject): JsonObject {
  const { rules = [{}] } = spec;
  if (!Array.isArray(rules)) return spec;
  const filled = eachObject(rules, (rule) => {
    const { matches = [everyPath] } = rule;
    return { ...rule, matches: Array.isArray(matches) ? eachObject(matches, withMatchDefaults) : matches };
  });
  return { ...spec, rules: filled };
}

function withMatchDefaults(match: JsonObject): JsonObject {
  const exact = (field: 'headers' | 'queryParams'): JsonObject =>
    Array.isArray(match[field])
      ? { [field]: eachObject(match[field], (value) => ({ type: 'Exact', ...value })) }
      : {};
  return { ...everyPath, ...match, ...exact('headers'), ...exact('queryParams') };
}

function eachObject(list: readonly unknown[], change: (item: JsonObject) => JsonObject): readonly unknown[] {
  return list.map((item) => (isJsonObject(item) ? change(item) : item));
}

function schemaCauses(type: ResourceType, spec: JsonObject): readonly StatusCause[] {
  switch (type) {
    case resources.AuthorizationPolicy:
      return [
        ...referenceCauses(spec['targetRef'], 'spec.targetRef'),
        ...listCauses(spec['requiredAuthenticationRefs'], 'spec.requiredAuthenticationRefs', referenceCauses),
      ];
    case resources.HTTPLocalRateLimitPolicy:
      return referenceCauses(spec['targetRef'], 'spec.targetRef');
    case resources.MeshTLSAuthentication:
      return exactlyOne(spec, ['identities', 'identityRefs']);
    case resources.NetworkAuthentication:
      return listCauses(spec['networks'], 'spec.networks', networkCauses);
    case resources.Server:
      return [
        ...exactlyOne(spec, ['podSelector', 'externalWorkloadSelector']),
        ...(spec['port'] === undefined ? [required('spec.port')] : []),
      ];
    case resources.ServerAuthorization:
      return ['server', 'client']
        .filter((field) => !isJsonObject(spec[field]))
        .map((field) => required(`spec.${field}`));
    default:
      return [];
  }
}

const kindPattern = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const groupPattern = /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function referenceCauses(reference: unknown, field: string): readonly StatusCause[] {
  if (reference === undefined) return [required(field)];
  if (!isJsonObject(reference)) return [wrongType(field, 'object')];
  const { group = '', kind, name, namespace = '' } = reference;
  return [
    ...textCauses(group, `${field}.group`, 253, groupPattern),
    ...(kind === undefined
      ? [required(`${field}.kind`)]
      : textCauses(kind, `${field}.kind`, 63, kindPattern)),
    ...(name === undefined ? [required(`${field}.name`)] : textCauses(name, `${field}.name`, 253, /./)),
    ...textCauses(namespace, `${field}.namespace`, 253),
  ];
}

function textCauses(
  value: unknown,
  field: string,
  maxLength: number,
  pattern?: RegExp,
): readonly StatusCause[] {
  if (typeof value !== 'string') return [wrongType(field, 'string')];
  if (value.length > maxLength) return [invalidValue(field, `should be at most ${maxLength} chars long`)];
  if (pattern !== undefined && !pattern.test(value))
    return [invalidValue(field, `should match '${pattern.source}'`)];
  return [];
}

function listCauses(
  list: unknown,
  field: string,
  itemCauses: (item: unknown, field: string) => readonly StatusCause[],
): readonly StatusCause[] {
  if (list === undefined) return [required(field)];
  if (!Array.isArray(list)) return [wrongType(field, 'array')];
  return list.flatMap((item: unknown, index) => itemCauses(item, `${field}[${index}]`));
}

function networkCauses(network: unknown, field: string): readonly StatusCause[] {
  if (!isJsonObject(network)) return [wrongType(field, 'object')];
  if (network['cidr'] === undefined) return [required(`${field}.cidr`)];
  return textCauses(network['cidr'], `${field}.cidr`, 253);
}

function exactlyOne(spec: JsonObject, fields: readonly string[]): readonly StatusCause[] {
  const given = fields.filter((field) => spec[field] !== undefined);
  if (given.length === 1) return [];
  return [invalidValue('spec', `must have exactly one of ${fields.join(', ')}`)];
}

function webhookDenial(type: ResourceType, spec: JsonObject, namespace: string): string | undefined {
  if (type === resources.AuthorizationPolicy) return authorizationPolicyDenial(spec, namespace);
  if (type === resources.NetworkAuthentication && (spec['networks'] as unknown[]).length === 0) {
    return 'at least one network must be specified';
  }
  return undefined;
}

const targets: ReadonlySet<string> = new Set([
  'server.policy.linkerd.io',
  'namespace.core',
  'httproute.policy.linkerd.io',
  'httproute.gateway.networking.k8s.io',
  'grpcroute.gateway.networking.k8s.io',
]);

function authorizationPolicyDenial(spec: JsonObject, namespace: string): string | undefined {
  const target = spec['targetRef'] as JsonObject;
  const targetKind = qualifiedKind(target);
  if (!targets.has(targetKind)) return `invalid targetRef kind: ${targetKind}`;
  if (targetKind === 'namespace.core' && target['name'] !== namespace) {
    return `cannot target another namespace: ${String(target['name'])}`;
  }
  const kinds = (spec['requiredAuthenticationRefs'] as readonly JsonObject[]).map(qualifiedKind);
  const meshTls = kinds.filter((kind) => kind === 'meshtlsauthentication.policy.linkerd.io').length;
  const serviceAccounts = kinds.filter((kind) => kind === 'serviceaccount.core').length;
  const networks = kinds.filter((kind) => kind === 'networkauthentication.policy.linkerd.io').length;
  if (meshTls > 1) return 'only a single MeshTLSAuthentication may be set';
  if (serviceAccounts > 1) return 'only a single ServiceAccount may be set';
  if (meshTls + serviceAccounts > 1)
    return 'a MeshTLSAuthentication and ServiceAccount may not be set together';
  if (networks > 1) return 'only a single NetworkAuthentication may be set';
  if (meshTls + serviceAccounts + networks < kinds.length) return 'unsupported authentication kind';
  return undefined;
}

function qualifiedKind(reference: JsonObject): string {
  // both are strings, or the schema would have refused them
  const { group = '', kind = '' } = reference as { group?: string; kind?: string };
  return `${kind}.${group === '' ? 'core' : group}`.toLowerCase();
}

function required(field: string): StatusCause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function wrongType(field: string, type: string): StatusCause {
  return { reason: 'FieldValueTypeInvalid', message: `Invalid value: must be of type ${type}`, field };
}

function invalidValue(field: string, what: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${what}`, field };
}
