import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import { isNewerLife, keyOfObject } from '@mcp/mesh';
import type { NamespaceFacts, Unreadable } from './facts.js';

/**
 * The objects of a kind that there are, one for each name. An older life of a name is left out, and so is one that a
 * newer, unreadable life has replaced.
 */
export function currentObjects<K extends ResourceKind>(
  facts: NamespaceFacts,
  kind: K,
): readonly ObjectStates[K][] {
  const objects = facts.objects[kind];
  if (objects === undefined) return [];
  const byName = new Map<string, ObjectStates[K]>();
  for (const object of objects.values()) {
    const { name } = keyOfObject(kind, object);
    const other = byName.get(name);
    if (other === undefined || isNewerLife(object, other)) byName.set(name, object);
  }
  for (const { key, uid, createdAt } of facts.unreadable.values()) {
    if (key.kind !== kind) continue;
    const other = byName.get(key.name);
    if (other !== undefined && isNewerLife({ uid, createdAt }, other)) byName.delete(key.name);
  }
  return [...byName.values()];
}

/** The unreadable objects that no newer life of their name has replaced, one for each name. */
export function currentUnreadables(facts: NamespaceFacts): readonly Unreadable[] {
  const byName = new Map<string, Unreadable>();
  for (const object of facts.unreadable.values()) {
    const name = `${object.key.kind}/${object.key.name}`;
    const other = byName.get(name);
    if (other === undefined || isNewerLife(object, other)) byName.set(name, object);
  }
  return [...byName.values()].filter((object) => {
    const readable = facts.objects[object.key.kind]?.values() ?? [];
    for (const other of readable)
      if (other.name === object.key.name && isNewerLife(other, object)) return false;
    return true;
  });
}
