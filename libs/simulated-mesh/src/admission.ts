import { validate, type Violation } from '@mcp/policy';
import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';
import { resources, storedApiVersion } from './resource-type.js';
import type { StatusCause } from './status.js';
import { ApiFault, invalid } from './status.js';

/**
 * Fills in defaults, then refuses what breaks a rule of admission: with 422 and every cause what the schema of the kind refuses,
 * else with 400 what Linkerd's admission webhook denies, which names one reason only. `writtenAs` is the API version of the
 * request, whose schema counts.
 */
export function admit(
  type: ResourceType,
  object: KubernetesObject,
  writtenAs = storedApiVersion(type),
): KubernetesObject {
  if (type.builtIn) return withBuiltInDefaults(type, object);
  const violations = violationsOf(type, { ...object, apiVersion: writtenAs });
  const causes = violations.filter(({ layer }) => layer === 'schema').map(causeOf);
  if (causes.length > 0) throw invalid(type, object.metadata.name, causes);
  const [denial] = violations;
  if (denial !== undefined) throw denied(denial);
  return isJsonObject(object['spec']) ? { ...object, spec: withDefaults(type, object['spec']) } : object;
}

/** A kind without rules of Linkerd's needs a spec all the same. */
function violationsOf(type: ResourceType, object: KubernetesObject): readonly Violation[] {
  const validation = validate(object);
  if (validation.judged) return validation.violations;
  if (isJsonObject(object['spec'])) return [];
  return [{ code: 'MISSING', field: 'spec', layer: 'schema', message: `a ${type.kind} needs a spec` }];
}

function denied({ message }: Violation): ApiFault {
  return new ApiFault({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `admission webhook "linkerd-policy-validator.linkerd.io" denied the request: ${message}`,
    code: 400,
  });
}

function causeOf({ code, field, message }: Violation): StatusCause {
  switch (code) {
    case 'MISSING':
      return { reason: 'FieldValueRequired', message: 'Required value', field };
    case 'WRONG_TYPE':
      return { reason: 'FieldValueTypeInvalid', message: `Invalid value: ${message}`, field };
    case 'NOT_ONE_OF':
      return { reason: 'FieldValueNotSupported', message: `Unsupported value: ${message}`, field };
    case 'TOO_LONG':
      return { reason: 'FieldValueTooLong', message: `Too long: ${message}`, field };
    case 'TOO_MANY':
      return { reason: 'FieldValueTooMany', message: `Too many: ${message}`, field };
    case 'DUPLICATE_ITEM':
      return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${message}`, field };
    default:
      return { reason: 'FieldValueInvalid', message: `Invalid value: ${message}`, field };
  }
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
