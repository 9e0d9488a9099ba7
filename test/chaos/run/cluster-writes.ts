import { managedKinds, type ManagedKind } from '@mcp/events';
import { managedObjects, readLiveObject } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';
import type { KubernetesObject } from '@mcp/kubernetes';
import type { KubeApiServer } from '@mcp/testing';
import type { ObjectWrite } from '../checker/history.js';

/** Each edit by hand leaves another number here. */
export const editMark = 'chaos.example/edit';

const kinds = new Map<string, ManagedKind>(
  managedKinds.map((kind) => [`${managedObjects(kind).group}/${managedObjects(kind).plural}`, kind]),
);

/** Every write of an object of a managed kind, as the store of the cluster has it. */
export async function clusterWrites(kube: KubeApiServer): Promise<ObjectWrite[]> {
  const writes = await kube.writesUnder('/registry/policy.linkerd.io/');
  return writes.flatMap(({ place, revision, object, former }): ObjectWrite[] => {
    const [, , group = '', plural = '', namespace = '', name = ''] = place.split('/');
    const kind = kinds.get(`${group}/${plural}`);
    const told = (object ?? former) as unknown as KubernetesObject | undefined;
    if (kind === undefined || told === undefined) return [];
    const write = {
      object: formatResourceKey({ kind, namespace, name }),
      uid: told.metadata.uid,
      revision,
    };
    return object === undefined ? [write] : [{ ...write, state: stateOf(kind, told) }];
  });
}

function stateOf(kind: ManagedKind, object: KubernetesObject): NonNullable<ObjectWrite['state']> {
  const { spec, change } = readLiveObject(kind, object);
  const edit = object.metadata.annotations?.[editMark];
  return { spec, ...(change && { change }), ...(edit !== undefined && { edit }) };
}
