import { formatResourceKey } from '@mcp/mesh';
import type { DesiredKey, DesiredStates } from './desired-states.js';

/**
 * The objects of which a change is under way that may decide about the same callers as these: of the same namespace, and authentications, which
 * policies of any namespace may refer to. What the mesh shows is about to change there. Without these themselves, in no order.
 */
export function underWayBeside(states: DesiredStates, keys: readonly DesiredKey[]): readonly DesiredKey[] {
  const own = new Set(keys.map(formatResourceKey));
  const namespaces = new Set(keys.map(({ namespace }) => namespace));
  const anywhere = keys.some(isAuthentication);
  return [...states.objects.entries()]
    .filter(([id, { open }]) => open.length > 0 && !own.has(id))
    .map(([, { key }]) => key)
    .filter((key) => anywhere || isAuthentication(key) || namespaces.has(key.namespace));
}

function isAuthentication({ kind }: DesiredKey): boolean {
  return kind === 'MeshTLSAuthentication' || kind === 'NetworkAuthentication';
}
