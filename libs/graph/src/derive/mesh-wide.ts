import type { ControlPlaneState } from '@mcp/mesh';
import { isNewerLife } from '@mcp/mesh';
import { currentObjects } from '../current.js';
import type { ControlPlaneNode, GraphEntityOf } from '../entity.js';
import type { Facts } from '../facts.js';

const settings = [
  'trustDomain',
  'controlPlaneNamespace',
  'defaultPolicy',
  'clusterNetworks',
  'probeNetworks',
] as const satisfies readonly (keyof ControlPlaneState)[];

/** The control plane whose settings are known: the newest, where there are several. */
export function controlPlaneOf(facts: Facts): ControlPlaneState | undefined {
  const home = facts.namespaces.get('');
  if (home === undefined) return undefined;
  const [newest] = [...currentObjects(home, 'ControlPlane')].sort((a, b) => (isNewerLife(a, b) ? -1 : 1));
  return newest;
}

export function controlPlaneEntity(state: ControlPlaneState): GraphEntityOf<'ControlPlane'> {
  const { namespace: _namespace, name: _name, uid: _uid, createdAt: _createdAt, ...read } = state;
  const value: ControlPlaneNode = {
    ...read,
    problems: settings
      .filter((setting) => state[setting] === undefined)
      .map((setting) => ({
        code: 'SETTING_UNKNOWN',
        field: setting,
        message: `${setting} could not be read from the cluster and is not configured`,
      })),
  };
  return { kind: 'ControlPlane', key: 'ControlPlane', namespaces: [], value };
}

export function sourceEntities(facts: Facts): readonly GraphEntityOf<'Source'>[] {
  return [...facts.sources.values()].map(({ kind, phase, reason, since }) => ({
    kind: 'Source',
    key: `Source/${kind}`,
    namespaces: [],
    value: { kind, phase, reason, since },
  }));
}

export function telemetryEntities({ telemetry }: Facts): readonly GraphEntityOf<'Telemetry'>[] {
  return telemetry === undefined
    ? []
    : [{ kind: 'Telemetry', key: 'Telemetry', namespaces: [], value: telemetry }];
}
