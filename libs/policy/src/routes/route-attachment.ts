import type {
  HttpRouteMatch,
  ObjectStates,
  ParentReference,
  ProxyProtocol,
  ReportedCondition,
  RouteFilter,
  ValueMatch,
} from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyControllerName, policyGroup } from '../names.js';
import { routeKindsOf } from './protocol.js';
import type { RouteKind, UnknownInput } from '../verdict.js';
import { compilePattern } from '../matching/value-pattern.js';

export type Route = { [K in RouteKind]: { readonly kind: K; readonly state: ObjectStates[K] } }[RouteKind];

/** Why the policy controller drops a route as a whole, for all of its parents. `code` is stable. */
export interface Dropped {
  readonly code: DroppedCode;
  /** Dotted path to the field. */
  readonly field: string;
  readonly message: string;
}

export type DroppedCode =
  | 'PARENT_NAMESPACE'
  | 'PARENT_PORT'
  | 'PARENT_SECTION'
  | 'PATH_RELATIVE'
  | 'PATTERN_INVALID'
  | 'HEADER_INVALID'
  | 'REDIRECT_RELATIVE'
  | 'FILTER_UNSUPPORTED'
  | 'METHOD_PATTERN';

/** Why a route is not in use on a Server that it names as its parent. */
export type Unused =
  | { readonly code: 'NOT_ACCEPTED' | 'OTHER_PROTOCOL'; readonly field: string; readonly message: string }
  | Dropped;

/** Names of the Servers that the route asks to be attached to. */
export function serverParents({ state }: Route): readonly string[] {
  return state.spec.parentRefs.filter(isServerParent).map(({ name }) => name);
}

export function isServerParent(parent: ParentReference): boolean {
  return refersTo(parent, policyGroup, 'Server');
}

/**
 * Whether the policy controller has said that it accepts the route for the Server. Group and namespace of what it says are not
 * looked at. A route of which it has said nothing is inactive.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/routes.rs (read at b24cd40).
 */
export function isAccepted(conditions: readonly ReportedCondition[], server: string): boolean {
  return conditions.some(
    ({ controllerName, parent, type, status }) =>
      controllerName === policyControllerName &&
      parent.kind === 'Server' &&
      parent.name === server &&
      type === 'Accepted' &&
      status === 'True',
  );
}

/**
 * Why the controller cannot use the route at all, though its status says that it is accepted; `undefined` where it can.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index/http.rs and grpc.rs (read at b24cd40).
 */
export function droppedBecause(route: Route): Dropped | undefined {
  return parentFault(route) ?? ruleFault(route);
}

/** Why a route that names a Server as its parent is not in use there; undefined where it is. */
export function unusedBecause(route: Route, server: string, protocol: ProxyProtocol): Unused | undefined {
  if (!routeKindsOf(protocol).includes(route.kind))
    return {
      code: 'OTHER_PROTOCOL',
      field: 'spec.parentRefs',
      message: `Server ${server} has proxyProtocol ${protocol}, for which a ${route.kind} has no effect`,
    };
  const dropped = droppedBecause(route);
  if (dropped !== undefined) return dropped;
  return isAccepted(route.state.conditions, server)
    ? undefined
    : {
        code: 'NOT_ACCEPTED',
        field: 'status',
        message: `the policy controller has not accepted it for Server ${server}`,
      };
}

/** A pattern of which it cannot be told whether Linkerd takes it, or what it matches. */
export function undecidedPattern(route: Route): UnknownInput | undefined {
  for (const { path, value } of patternsOf(route)) {
    const pattern = compilePattern(value);
    if (pattern.kind === 'undecided')
      return {
        code: 'REGEX_NOT_DECIDED',
        message: `${path} of ${route.kind} ${route.state.namespace}/${route.state.name}: ${pattern.reason}`,
      };
  }
  return undefined;
}

/** The field of a gRPC match that lacks its method. One makes the proxy refuse all that it was given for the port. */
export function matchWithoutMethod({ kind, state }: Route): string | undefined {
  if (kind !== 'GRPCRoute') return undefined;
  for (const [index, { matches }] of state.spec.rules.entries()) {
    const at = matches.findIndex(({ method }) => method === undefined);
    if (at >= 0) return `spec.rules[${index}].matches[${at}].method`;
  }
  return undefined;
}

function parentFault({ state }: Route): Dropped | undefined {
  for (const [index, parent] of state.spec.parentRefs.entries()) {
    if (!isServerParent(parent)) continue;
    const field = `spec.parentRefs[${index}]`;
    if (parent.namespace !== undefined && parent.namespace !== state.namespace)
      return {
        code: 'PARENT_NAMESPACE',
        field: `${field}.namespace`,
        message: 'a Server of another namespace cannot be a parent',
      };
    if (parent.port !== undefined)
      return { code: 'PARENT_PORT', field: `${field}.port`, message: 'a Server parent may not name a port' };
    if (parent.sectionName !== undefined)
      return {
        code: 'PARENT_SECTION',
        field: `${field}.sectionName`,
        message: 'a Server parent may not name a section',
      };
  }
  return undefined;
}

function ruleFault(route: Route): Dropped | undefined {
  const { kind, state } = route;
  for (const [index, rule] of state.spec.rules.entries()) {
    const field = `spec.rules[${index}]`;
    for (const [at, match] of rule.matches.entries()) {
      const fault = matchFault(match, `${field}.matches[${at}]`);
      if (fault !== undefined) return fault;
    }
    for (const [at, filter] of rule.filters.entries()) {
      const fault = filterFault(kind, filter, `${field}.filters[${at}]`);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

type Match = Route['state']['spec']['rules'][number]['matches'][number];

function matchFault(match: Match, field: string): Dropped | undefined {
  if ('path' in match) {
    const fault = pathFault(match.path, `${field}.path`);
    if (fault !== undefined) return fault;
  }
  if (typeof match.method === 'object' && match.method.type === 'RegularExpression')
    return {
      code: 'METHOD_PATTERN',
      field: `${field}.method.type`,
      message: 'a gRPC method can only be matched exactly',
    };
  for (const [at, header] of match.headers.entries()) {
    const fault = headerFault(header, `${field}.headers[${at}]`);
    if (fault !== undefined) return fault;
  }
  const queryParams = 'queryParams' in match ? match.queryParams : [];
  for (const [at, query] of queryParams.entries()) {
    if (query.type === 'RegularExpression' && isInvalidPattern(query.value))
      return invalidPattern(`${field}.queryParams[${at}].value`);
  }
  return undefined;
}

function pathFault(path: HttpRouteMatch['path'], field: string): Dropped | undefined {
  if (path === undefined) return undefined;
  if (path.type === 'RegularExpression')
    return isInvalidPattern(path.value) ? invalidPattern(`${field}.value`) : undefined;
  if (path.value.startsWith('/')) return undefined;
  return { code: 'PATH_RELATIVE', field: `${field}.value`, message: 'the path does not start with a slash' };
}

function headerFault({ type, name, value }: ValueMatch, field: string): Dropped | undefined {
  if (!isHeaderName(name))
    return { code: 'HEADER_INVALID', field: `${field}.name`, message: 'this is not the name of a header' };
  if (type === 'RegularExpression')
    return isInvalidPattern(value) ? invalidPattern(`${field}.value`) : undefined;
  if (isHeaderValue(value)) return undefined;
  return { code: 'HEADER_INVALID', field: `${field}.value`, message: 'this is not the value of a header' };
}

const usableFilters: { readonly [K in RouteKind]: readonly string[] } = {
  HTTPRoute: ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect'],
  GatewayHTTPRoute: ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect'],
  GRPCRoute: ['RequestHeaderModifier', 'ResponseHeaderModifier'],
};

function filterFault(kind: RouteKind, { type, detail }: RouteFilter, field: string): Dropped | undefined {
  if (!usableFilters[kind].includes(type))
    return {
      code: 'FILTER_UNSUPPORTED',
      field: `${field}.type`,
      message: `Linkerd has no filter ${type} for a ${kind === 'GRPCRoute' ? 'GRPCRoute' : 'HTTPRoute'} on a Server`,
    };
  return type === 'RequestRedirect' ? redirectFault(detail, field) : modifierFault(type, detail, field);
}

function redirectFault(detail: unknown, field: string): Dropped | undefined {
  const path = fieldOf(detail, 'path');
  for (const name of ['replaceFullPath', 'replacePrefixMatch']) {
    const value = fieldOf(path, name);
    if (typeof value === 'string' && !value.startsWith('/'))
      return {
        code: 'REDIRECT_RELATIVE',
        field: `${field}.requestRedirect.path.${name}`,
        message: 'the path to redirect to does not start with a slash',
      };
  }
  return undefined;
}

function modifierFault(type: string, detail: unknown, field: string): Dropped | undefined {
  const at = `${field}.${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  for (const part of ['set', 'add']) {
    const headers = fieldOf(detail, part);
    if (!Array.isArray(headers)) continue;
    for (const [index, header] of headers.entries()) {
      const name = fieldOf(header, 'name');
      const value = fieldOf(header, 'value');
      if (typeof name !== 'string' || !isHeaderName(name))
        return headerInvalid(`${at}.${part}[${index}].name`);
      if (typeof value !== 'string' || !isHeaderValue(value))
        return headerInvalid(`${at}.${part}[${index}].value`);
    }
  }
  const removed = fieldOf(detail, 'remove');
  if (!Array.isArray(removed)) return undefined;
  const bad = removed.findIndex((name) => typeof name !== 'string' || !isHeaderName(name));
  return bad < 0 ? undefined : headerInvalid(`${at}.remove[${bad}]`);
}

function headerInvalid(field: string): Dropped {
  return { code: 'HEADER_INVALID', field, message: 'this cannot be in a header' };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function isInvalidPattern(text: string): boolean {
  return compilePattern(text).kind === 'invalid';
}

function invalidPattern(field: string): Dropped {
  return { code: 'PATTERN_INVALID', field, message: 'this is not a regular expression that Linkerd takes' };
}

/** A token of RFC 9110. */
function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

/** Anything but control characters; a tab is allowed. */
function isHeaderValue(value: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value);
}

interface Pattern {
  readonly path: string;
  readonly value: string;
}

function patternsOf({ state }: Route): readonly Pattern[] {
  const found: Pattern[] = [];
  for (const [index, rule] of state.spec.rules.entries())
    for (const [at, match] of rule.matches.entries()) {
      const field = `spec.rules[${index}].matches[${at}]`;
      const values: readonly (readonly [string, { readonly type: string; readonly value: string }])[] = [
        ...('path' in match ? [['path', match.path] as const] : []),
        ...match.headers.map((header, i) => [`headers[${i}]`, header] as const),
        ...('queryParams' in match
          ? match.queryParams.map((query, i) => [`queryParams[${i}]`, query] as const)
          : []),
      ];
      for (const [name, { type, value }] of values)
        if (type === 'RegularExpression') found.push({ path: `${field}.${name}.value`, value });
    }
  return found;
}
