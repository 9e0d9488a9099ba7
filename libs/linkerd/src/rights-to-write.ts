import type { ResourceKey } from '@mcp/mesh';
import type { Deed } from '@mcp/sources';
import { watchedKinds } from './watched-kinds.js';

const resources = new Map(
  watchedKinds({}).map(({ kind, group, plural }) => [kind, { group, resource: plural }]),
);

/** What someone must be allowed to write the object by server-side apply: to patch it, and to create it where there is none. */
export function rightsToWrite({ kind, namespace, name }: ResourceKey, exists: boolean): readonly Deed[] {
  const resource = resources.get(kind);
  if (resource === undefined) throw new Error(`objects of kind ${kind} are not written`);
  const patch: Deed = { verb: 'patch', ...resource, namespace, name };
  return exists ? [patch] : [patch, { ...patch, verb: 'create' }];
}

/** What someone must be allowed to have the object deleted. */
export function rightsToDelete(key: ResourceKey): readonly Deed[] {
  const [patch] = rightsToWrite(key, true);
  return patch === undefined ? [] : [{ ...patch, verb: 'delete' }];
}
