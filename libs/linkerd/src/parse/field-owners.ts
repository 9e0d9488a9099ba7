import type { FieldOwner } from '@mcp/mesh';
import { ownAnnotationPrefix } from '../names.js';
import type { Field } from './field.js';
import { timeMs } from './metadata.js';

/** Deeper than any schema of ours; a document deeper than this was made to do harm. */
const deepest = 64;

/** Fields whose owner says nothing about who wants what: reported status, and marks that tools leave for themselves. */
const noise = [
  /^status(\.|$)/,
  new RegExp(`^metadata\\.annotations\\.${ownAnnotationPrefix.replaceAll('.', '\\.')}`),
  /^metadata\.annotations\.kubectl\.kubernetes\.io\/last-applied-configuration$/,
  /^metadata\.annotations$/,
];

/**
 * Who owns which fields of the object, sorted by manager, operation and path. Managers that own only status are left out.
 */
export function fieldOwnersOf(object: Field): FieldOwner[] {
  return object
    .at('metadata')
    .at('managedFields')
    .list((entry): FieldOwner => {
      const at = entry.at('time').optional(timeMs);
      return {
        manager: entry.at('manager').optional((name) => name.string()) ?? '',
        operation: entry.at('operation').oneOf(['Apply', 'Update']),
        ...(at !== undefined && { at }),
        paths: pathsIn(entry.at('fieldsV1'), '', 0)
          .filter((path) => !noise.some((pattern) => pattern.test(path)))
          .sort(),
      };
    })
    .filter((owner) => owner.paths.length > 0)
    .sort((a, b) => compare(a.manager, b.manager) || compare(a.operation, b.operation));
}

/**
 * The leaves of a fieldsV1 tree: `f:` is a field, `k:` the keys of a list item, `v:` a value in a set, `i:` an index,
 * and `.` the node itself, which is said only where nothing below it is owned.
 */
function pathsIn(tree: Field, prefix: string, depth: number): string[] {
  if (depth > deepest)
    tree.fail('OUT_OF_RANGE', `${tree.path.slice(0, 80)}… is nested deeper than ${deepest}`);
  const children = tree.entries().filter(([name]) => name !== '.');
  if (children.length === 0) return prefix === '' ? [] : [prefix];
  return children.flatMap(([name, child]) => pathsIn(child, join(prefix, name), depth + 1));
}

function join(prefix: string, element: string): string {
  if (element.startsWith('f:')) return prefix === '' ? element.slice(2) : `${prefix}.${element.slice(2)}`;
  return `${prefix}[${element.replace(/^[kvi]:/, '')}]`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
