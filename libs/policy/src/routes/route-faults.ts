import type { RouteFilter } from '@mcp/mesh';
import type { RouteKind } from '../verdict.js';
import { isHeaderName, isHeaderValue } from './header-syntax.js';
import { redirectFault } from './redirect-path.js';

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
  | 'REDIRECT_WITHOUT_PATH'
  | 'FILTER_UNSUPPORTED'
  | 'METHOD_PATTERN';

const modifiers = ['RequestHeaderModifier', 'ResponseHeaderModifier'];

const usableFilters: { readonly [K in RouteKind]: readonly string[] } = {
  HTTPRoute: [...modifiers, 'RequestRedirect'],
  GatewayHTTPRoute: [...modifiers, 'RequestRedirect'],
  GRPCRoute: modifiers,
};

/** What is wrong with a filter; the field is within it. */
export function filterFault(kind: RouteKind, { type, detail }: RouteFilter): Dropped | undefined {
  if (!usableFilters[kind].includes(type))
    return {
      code: 'FILTER_UNSUPPORTED',
      field: 'type',
      message: `Linkerd has no filter ${type} for a ${kind === 'GRPCRoute' ? 'GRPCRoute' : 'HTTPRoute'} on a Server`,
    };
  return type === 'RequestRedirect' ? redirectPathFault(detail) : modifierFault(type, detail);
}

function redirectPathFault(detail: unknown): Dropped | undefined {
  const path = fieldOf(detail, 'path');
  if (path === undefined || path === null) return undefined;
  const fault = redirectFault((name) => fieldOf(path, name));
  switch (fault?.kind) {
    case undefined:
      return undefined;
    case 'missing':
      return {
        code: 'REDIRECT_WITHOUT_PATH',
        field: 'requestRedirect.path',
        message: 'the path to redirect to is neither replaceFullPath nor replacePrefixMatch',
      };
    case 'relative':
      return {
        code: 'REDIRECT_RELATIVE',
        field: `requestRedirect.path.${fault.field}`,
        message: 'the path to redirect to does not start with a slash',
      };
  }
}

function modifierFault(type: string, detail: unknown): Dropped | undefined {
  const at = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
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
