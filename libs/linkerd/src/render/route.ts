import type { ParentReference, RouteFilter, ValueMatch } from '@mcp/mesh';
import { filterContentField } from '../names.js';
import { unlessEmpty } from './unless-empty.js';

interface RouteSpec<Rule> {
  readonly parentRefs: readonly ParentReference[];
  readonly hostnames: readonly string[];
  readonly rules: readonly Rule[];
}

/**
 * The part of the spec that HTTP and gRPC routes share. The rules are always said, since a route without has those of its schema; and the
 * group of a parent, even the empty one, since one without has that of the route.
 */
export function renderRoute<Rule>(
  { parentRefs, hostnames, rules }: RouteSpec<Rule>,
  renderRule: (rule: Rule) => object,
): object {
  return {
    ...unlessEmpty('parentRefs', parentRefs),
    ...unlessEmpty('hostnames', hostnames),
    rules: rules.map(renderRule),
  };
}

export function renderFilter({ type, detail }: RouteFilter): object {
  return { type, ...(detail !== undefined && { [filterContentField(type)]: detail }) };
}

export function renderValueMatch({ type, name, value }: ValueMatch): object {
  return { type, name, value };
}
