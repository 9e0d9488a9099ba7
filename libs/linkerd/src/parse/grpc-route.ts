import type { GrpcRouteMatch, GrpcRouteRule, GrpcRouteSpec, PolicyObjectState } from '@mcp/mesh';
import { gatewayGroup } from '../names.js';
import { routeConditions } from './conditions.js';
import type { Field } from './field.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';
import { readBackends, readFilters, readRouteSpec, readValueMatch } from './route.js';

export function parseGRPCRoute(raw: unknown): Parsed<PolicyObjectState<GrpcRouteSpec>> {
  return parsePolicyObject(
    raw,
    (spec) => readRouteSpec(spec, gatewayGroup, spec.at('rules').list(readRule)),
    (object) => routeConditions(object, gatewayGroup),
  );
}

function readRule(rule: Field): GrpcRouteRule {
  return {
    matches: rule.at('matches').list(readMatch),
    filters: readFilters(rule),
    backendRefs: readBackends(rule),
  };
}

/** A match without a method is kept as such: on a gRPC Server it makes the proxy refuse the whole policy. */
function readMatch(match: Field): GrpcRouteMatch {
  const method = match.at('method').optional(readMethod);
  return { ...(method && { method }), headers: match.at('headers').list(readValueMatch) };
}

function readMethod(field: Field): NonNullable<GrpcRouteMatch['method']> {
  const service = field.at('service').optional((text) => text.text());
  const method = field.at('method').optional((text) => text.text());
  return {
    type: field.at('type').optional((type) => type.oneOf(['Exact', 'RegularExpression'])) ?? 'Exact',
    ...(service !== undefined && { service }),
    ...(method !== undefined && { method }),
  };
}
