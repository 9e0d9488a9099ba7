import { deepEqual } from '@mcp/mesh';

import { displayField, isWithin, leavesOf, segmentsOf } from './field-set.js';
import type { JsonObject, ManagedFieldsEntry } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { Owner, Writer } from './managed-fields.js';
import { ownersOf, sameWriter, toManagedFields } from './managed-fields.js';
import type { FieldConflict } from './status.js';

type Leaves = ReadonlyMap<string, unknown>;

export type Applied =
  | { readonly object: JsonObject; readonly managedFields: readonly ManagedFieldsEntry[] }
  | { readonly conflicts: readonly FieldConflict[] };

/**
 * Server-side apply. The writer owns from now on exactly the fields of `config`.
 *
 * A field that it applied before, no longer applies, and nobody else owns is removed. To change a field that another
 * manager owns is a conflict, unless forced: then ownership moves. To apply the value that the field already has makes
 * it shared. Lists are one value each.
 */
export function applyFields(request: {
  readonly live: JsonObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
  readonly config: JsonObject;
  readonly writer: Writer;
  readonly force: boolean;
  readonly time: string;
}): Applied {
  const owners = ownersOf(request.managedFields);
  const others = owners.filter((owner) => !sameWriter(owner, request.writer));
  const before = owners.find((owner) => sameWriter(owner, request.writer))?.fields ?? new Set<string>();
  const applied = leavesOf(request.config);
  const ownedByOthers = new Set(others.flatMap(({ fields }) => [...fields]));

  const object = structuredClone(request.live) as Record<string, unknown>;
  for (const pointer of before) {
    if (!applied.has(pointer) && !ownedByOthers.has(pointer)) removeAt(object, segmentsOf(pointer));
  }
  for (const [pointer, value] of applied) setAt(object, segmentsOf(pointer), value);

  const { changed, kept } = compareLeaves(leavesOf(request.live), leavesOf(object));
  const conflicts = others.flatMap((owner) =>
    [...owner.fields]
      .filter((pointer) => changed.has(pointer))
      .map((pointer) => conflictWith(owner, pointer)),
  );
  if (conflicts.length > 0 && !request.force) return { conflicts };

  const mine: Owner = { ...request.writer, time: request.time, fields: new Set(applied.keys()) };
  return {
    object,
    managedFields: toManagedFields([
      ...others.map((owner) => keeping(owner, (pointer) => kept.has(pointer) && !changed.has(pointer))),
      mine,
    ]),
  };
}

/** Who owns what after a write that is no apply: the writer owns what it changed, nobody owns what is gone. */
export function ownersAfterUpdate(request: {
  readonly live: JsonObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
  readonly next: JsonObject;
  readonly writer: Writer;
  readonly time: string;
}): readonly ManagedFieldsEntry[] {
  const { changed, kept } = compareLeaves(leavesOf(request.live), leavesOf(request.next));
  const owners = ownersOf(request.managedFields);
  const mine = owners.find((owner) => sameWriter(owner, request.writer));
  const others = owners.filter((owner) => owner !== mine);
  const stillMine = [...(mine?.fields ?? [])].filter((pointer) => kept.has(pointer));
  return toManagedFields([
    ...others.map((owner) => keeping(owner, (pointer) => kept.has(pointer) && !changed.has(pointer))),
    {
      ...request.writer,
      time: changed.size > 0 ? request.time : (mine?.time ?? request.time),
      fields: new Set([...stillMine, ...changed]),
    },
  ]);
}

function keeping(owner: Owner, keeps: (pointer: string) => boolean): Owner {
  return { ...owner, fields: new Set([...owner.fields].filter(keeps)) };
}

function compareLeaves(before: Leaves, after: Leaves): { changed: Set<string>; kept: Set<string> } {
  const changed = new Set<string>();
  for (const [pointer, value] of after) {
    if (!before.has(pointer) || !deepEqual(before.get(pointer), value)) changed.add(pointer);
  }
  const kept = new Set(after.keys());
  // an owned empty object that has fields now is still there
  for (const pointer of before.keys()) {
    if (!kept.has(pointer) && [...after.keys()].some((leaf) => isWithin(leaf, pointer))) kept.add(pointer);
  }
  return { changed, kept };
}

function conflictWith(owner: Owner, pointer: string): FieldConflict {
  const { manager, operation, apiVersion } = owner;
  return { manager, operation, apiVersion, field: displayField(pointer) };
}

function setAt(root: Record<string, unknown>, segments: readonly string[], value: unknown): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (rest.length === 0) {
    const merges = isJsonObject(value) && isJsonObject(root[segment]);
    if (!merges) root[segment] = structuredClone(value);
    return;
  }
  const below = root[segment];
  const next: Record<string, unknown> = isJsonObject(below) ? below : {};
  root[segment] = next;
  setAt(next, rest, value);
}

/** Removes the field, and the objects that are empty then, but not a whole `spec`. */
function removeAt(root: Record<string, unknown>, segments: readonly string[], top = true): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  const below = root[segment];
  if (rest.length === 0) {
    Reflect.deleteProperty(root, segment);
  } else if (isJsonObject(below)) {
    removeAt(below, rest, false);
    if (!top && Object.keys(below).length === 0) Reflect.deleteProperty(root, segment);
  }
}
