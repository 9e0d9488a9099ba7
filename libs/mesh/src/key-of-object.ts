import type { ObjectStates } from './object-state.js';
import type { ResourceKey, ResourceKind } from './resource-kind.js';

/**
 * The key of an object in this state. Controllers of different kinds may share a name, so a controller's key says its kind
 * before a dot: `Deployment.web`.
 */
export function keyOfObject<K extends ResourceKind>(kind: K, state: ObjectStates[K]): ResourceKey {
  const name = kind === 'Controller' && 'kind' in state ? `${state.kind}.${state.name}` : state.name;
  return { kind, namespace: state.namespace, name };
}
