import type { BackendReference, ParentReference, RouteFilter, ValueMatch } from '@mcp/mesh';
import { filterContentField } from '../names.js';
import type { Field } from './field.js';
import { readBackendReference, readParentReference } from './references.js';

/** The part of the spec that HTTP and gRPC routes share. */
export function readRouteSpec<Rule>(
  spec: Field,
  group: string,
  rules: readonly Rule[],
): { parentRefs: readonly ParentReference[]; hostnames: readonly string[]; rules: readonly Rule[] } {
  return {
    parentRefs: spec.at('parentRefs').list((reference) => readParentReference(reference, group)),
    hostnames: spec.at('hostnames').strings(),
    rules,
  };
}

export function readFilters(rule: Field): RouteFilter[] {
  return rule.at('filters').list((filter) => {
    const type = filter.at('type').text();
    const detail = filter.at(filterContentField(type)).written;
    return { type, ...(detail !== undefined && { detail }) };
  });
}

export function readBackends(rule: Field): BackendReference[] {
  return rule.at('backendRefs').list(readBackendReference);
}

export function readValueMatch(match: Field): ValueMatch {
  return {
    type: match.at('type').optional((type) => type.oneOf(['Exact', 'RegularExpression'])) ?? 'Exact',
    name: match.at('name').text(),
    value: match.at('value').string(),
  };
}
