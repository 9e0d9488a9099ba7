import type { BackendReference, ObjectReference, ParentReference } from '@mcp/mesh';
import type { Field } from './field.js';

/** No group is the core group. */
export function readReference(reference: Field): ObjectReference {
  const namespace = reference.at('namespace').optional((name) => name.string());
  return {
    group: reference.at('group').optional((group) => group.string()) ?? '',
    kind: reference.at('kind').text(),
    name: reference.at('name').text(),
    // an empty namespace is the object's own, as an absent one is
    ...(namespace !== undefined && namespace !== '' && { namespace }),
  };
}

/** `group` is what the schema of the route's kind fills in; the kind it fills in is always Gateway. */
export function readParentReference(reference: Field, group: string): ParentReference {
  const namespace = reference.at('namespace').optional((name) => name.text());
  const port = reference.at('port').optional((number) => number.port());
  const sectionName = reference.at('sectionName').optional((name) => name.text());
  return {
    group: reference.at('group').optional((text) => text.string()) ?? group,
    kind: reference.at('kind').optional((kind) => kind.text()) ?? 'Gateway',
    name: reference.at('name').text(),
    ...(namespace !== undefined && { namespace }),
    ...(port !== undefined && { port }),
    ...(sectionName !== undefined && { sectionName }),
  };
}

export function readBackendReference(reference: Field): BackendReference {
  const namespace = reference.at('namespace').optional((name) => name.text());
  const port = reference.at('port').optional((number) => number.port());
  return {
    group: reference.at('group').optional((group) => group.string()) ?? '',
    kind: reference.at('kind').optional((kind) => kind.text()) ?? 'Service',
    name: reference.at('name').text(),
    ...(namespace !== undefined && { namespace }),
    ...(port !== undefined && { port }),
    weight: reference.at('weight').optional((weight) => weight.integer(0, 1_000_000)) ?? 1,
  };
}
