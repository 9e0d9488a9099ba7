import type { FieldsV1, JsonObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';

/**
 * Fields by their JSON pointer (RFC 6901), for example `/metadata/labels/app.kubernetes.io~1name`.
 * Only leaves: a value that is not an object, a list as a whole, or an object without fields.
 */
export type FieldSet = ReadonlySet<string>;

/** What the server itself writes belongs to no manager. */
const serversOwn = new Set([
  '/apiVersion',
  '/kind',
  ...[
    'name',
    'generateName',
    'namespace',
    'uid',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'selfLink',
    'managedFields',
  ].map((field) => `/metadata/${field}`),
]);

/** The leaves that a manager can own, with their values. */
export function leavesOf(object: JsonObject): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  collect(object, '', leaves);
  return leaves;
}

function collect(value: unknown, pointer: string, into: Map<string, unknown>): void {
  if (value === undefined || serversOwn.has(pointer)) return;
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) collect(item, `${pointer}/${escape(key)}`, into);
  } else if (pointer !== '/metadata') {
    into.set(pointer, value);
  }
}

export function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `.spec.targetRef.name`, as API servers write a field in their messages. */
export function displayField(pointer: string): string {
  return segmentsOf(pointer)
    .map((segment) => `.${segment}`)
    .join('');
}

export function isWithin(pointer: string, ancestor: string): boolean {
  return pointer.startsWith(`${ancestor}/`);
}

export function toFieldsV1(fields: FieldSet): FieldsV1 {
  interface Node {
    [field: string]: Node;
  }
  const root: Node = {};
  for (const pointer of [...fields].sort()) {
    let node = root;
    for (const segment of segmentsOf(pointer)) node = node[`f:${segment}`] ??= {};
  }
  return root;
}

/** The inverse of `toFieldsV1`. */
export function fromFieldsV1(fields: FieldsV1): FieldSet {
  const pointers = new Set<string>();
  const walk = (node: FieldsV1, pointer: string): void => {
    const keys = Object.entries(node);
    if (keys.length === 0 && pointer !== '') pointers.add(pointer);
    for (const [key, below] of keys) walk(below, `${pointer}/${escape(key.replace(/^f:/, ''))}`);
  };
  walk(fields, '');
  return pointers;
}

function escape(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
