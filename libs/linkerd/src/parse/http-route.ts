import type { HttpRouteMatch, HttpRouteRule, HttpRouteSpec, PolicyObjectState } from '@mcp/mesh';
import { gatewayGroup, policyGroup } from '../names.js';
import { routeConditions } from './conditions.js';
import type { Field } from './field.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';
import { readBackends, readFilters, readRouteSpec, readValueMatch } from './route.js';

const everyPath: HttpRouteMatch = {
  path: { type: 'PathPrefix', value: '/' },
  headers: [],
  queryParams: [],
};
const everyRequest: HttpRouteRule = { matches: [everyPath], filters: [], backendRefs: [] };

/** The route of policy.linkerd.io. */
export function parseHTTPRoute(raw: unknown): Parsed<PolicyObjectState<HttpRouteSpec>> {
  return parseRouteOf(policyGroup, raw);
}

/** The route of gateway.networking.k8s.io, which Linkerd treats as another kind. */
export function parseGatewayHTTPRoute(raw: unknown): Parsed<PolicyObjectState<HttpRouteSpec>> {
  return parseRouteOf(gatewayGroup, raw);
}

/** The two kinds differ in what their schemas fill in for the group of a parent. */
function parseRouteOf(group: string, raw: unknown): Parsed<PolicyObjectState<HttpRouteSpec>> {
  return parsePolicyObject(
    raw,
    (spec) =>
      readRouteSpec(
        spec,
        group,
        spec.at('rules').optional((rules) => rules.list(readRule)) ?? [everyRequest],
      ),
    (object) => routeConditions(object, group),
  );
}

/** Absent matches are every path, as the schema says; an explicit empty list stays empty. */
function readRule(rule: Field): HttpRouteRule {
  const timeouts = rule.at('timeouts').optional(readTimeouts);
  return {
    matches: rule.at('matches').optional((matches) => matches.list(readMatch)) ?? [everyPath],
    filters: readFilters(rule),
    backendRefs: readBackends(rule),
    ...(timeouts && { timeouts }),
  };
}

function readMatch(match: Field): HttpRouteMatch {
  const path = match.at('path');
  const method = match.at('method').optional((text) => text.text());
  return {
    path: {
      type:
        path.at('type').optional((type) => type.oneOf(['Exact', 'PathPrefix', 'RegularExpression'])) ??
        'PathPrefix',
      value: path.at('value').optional((value) => value.string()) ?? '/',
    },
    headers: match.at('headers').list(readValueMatch),
    queryParams: match.at('queryParams').list(readValueMatch),
    ...(method !== undefined && { method }),
  };
}

function readTimeouts(timeouts: Field): NonNullable<HttpRouteRule['timeouts']> {
  const request = timeouts.at('request').optional((duration) => duration.string());
  const backendRequest = timeouts.at('backendRequest').optional((duration) => duration.string());
  return {
    ...(request !== undefined && { request }),
    ...(backendRequest !== undefined && { backendRequest }),
  };
}
