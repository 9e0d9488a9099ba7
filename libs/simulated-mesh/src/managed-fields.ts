import type { FieldSet } from './field-set.js';
import { fromFieldsV1, toFieldsV1 } from './field-set.js';
import type { ManagedFieldsEntry } from './kubernetes-object.js';

/** Who writes. The same name is another owner under another operation, API version or subresource. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
}

/** An owner with the fields it owns. */
export interface Owner extends Writer {
  readonly time: string;
  readonly fields: FieldSet;
}

export function ownersOf(entries: readonly ManagedFieldsEntry[]): readonly Owner[] {
  return entries.map(({ fieldsType: _, fieldsV1, ...writer }) => ({
    ...writer,
    fields: fromFieldsV1(fieldsV1),
  }));
}

/** Owners of nothing are left out; appliers first, then by time and name, as API servers order them. */
export function toManagedFields(owners: readonly Owner[]): readonly ManagedFieldsEntry[] {
  return owners
    .filter(({ fields }) => fields.size > 0)
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1' as const,
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }))
    .sort(
      (a, b) => compare(a.operation, b.operation) || compare(a.time, b.time) || compare(a.manager, b.manager),
    );
}

export function sameWriter(a: Writer, b: Writer): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
