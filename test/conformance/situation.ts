import { meshViewOf } from '@mcp/graph';
import type { WatchedKind } from '@mcp/linkerd';
import { observe, watchedKinds } from '@mcp/linkerd';
import type { DefaultPolicy } from '@mcp/mesh';
import { defaultPolicies } from '@mcp/mesh';
import type { MeshView } from '@mcp/policy';
import type { ObservedObject } from '@mcp/sources';
import type { ClusterSettings, RawObject } from './corpus.js';

/** The mesh of a case, read from its Kubernetes objects by the parsers that read a cluster. */
export function meshOf(cluster: ClusterSettings, resources: readonly RawObject[]): MeshView {
  const observed = resources.flatMap((raw) => observedObject(raw) ?? []);
  return meshViewOf({
    objects: observed.flatMap((object) => ('state' in object ? [meshed(object)] : [])),
    unreadable: observed.flatMap((object) => ('state' in object ? [] : [object])),
    settings: { ...cluster, defaultPolicy: defaultPolicyOf(cluster.defaultPolicy) },
  });
}

/** Undefined for a kind that is not watched. */
export function observedObject(raw: RawObject): ObservedObject | undefined {
  const watched = kinds.find((kind) => isOf(kind, raw));
  return watched && observe(watched, complete(raw));
}

const kinds = watchedKinds({});

function isOf({ group, versions, objectKind, onlyNamed }: WatchedKind, raw: RawObject): boolean {
  const [version = '', rawGroup = ''] = raw.apiVersion.split('/').reverse();
  return (
    onlyNamed === undefined &&
    group === rawGroup &&
    objectKind === raw.kind &&
    versions.some((served) => served === version)
  );
}

/** Cases leave out what an API server fills in and nothing depends on. */
function complete(raw: RawObject): RawObject {
  const { kind, metadata } = raw;
  return {
    ...raw,
    metadata: {
      uid: `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
      creationTimestamp: '1970-01-01T00:00:00Z',
      ...metadata,
    },
  };
}

/** Cases leave out the container of the proxy too: every pod is taken as one that has it. */
function meshed<T extends Extract<ObservedObject, { readonly state: unknown }>>(object: T): T {
  const { podShape } = object;
  return podShape === undefined ? object : { ...object, podShape: { ...podShape, meshed: true } };
}

function defaultPolicyOf(name: string): DefaultPolicy {
  const policy = defaultPolicies.find((known) => known === name);
  if (policy === undefined)
    throw new Error(`cluster.defaultPolicy is ${name}, not one of ${defaultPolicies.join(', ')}`);
  return policy;
}
