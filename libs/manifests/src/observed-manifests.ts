import type { ControlPlaneSettings, WatchedKind } from '@mcp/linkerd';
import { configuredControlPlane, observe, watchedKinds } from '@mcp/linkerd';
import { keyOfObject } from '@mcp/mesh';
import type { ObservedObject } from '@mcp/sources';
import { withComputedConditions } from './computed-conditions.js';
import type { ManifestObject, ManifestObjects } from './manifests.js';

/** What was not understood of the manifests, and how often: `ConfigMap`, `Server.policy.linkerd.io/v9`, `Kustomization without a name`. */
export interface IgnoredManifests {
  readonly what: string;
  readonly count: number;
}

/**
 * What the manifests say of the mesh, each object read as it would be from a cluster, with the conditions that Linkerd's policy controller
 * would report. Objects of other kinds and versions are left out: `ignoredManifests` counts them.
 */
export function observedManifests(
  { objects }: ManifestObjects,
  options: { readonly scope: readonly string[] | 'all'; readonly controlPlane: ControlPlaneSettings },
): readonly ObservedObject[] {
  const kinds = watchedKinds(options.controlPlane);
  const observed = kinds.flatMap((watched) =>
    objects.filter((object) => isOf(watched, object)).map(({ raw }) => observe(watched, raw)),
  );
  const configured = configuredControlPlane(options.controlPlane);
  if (configured !== undefined && !observed.some(({ kind }) => kind === 'ControlPlane')) {
    const key = keyOfObject('ControlPlane', configured);
    observed.push({ kind: 'ControlPlane', key, resourceVersion: '', state: configured });
  }
  // what is out of scope counts for the status of what is in it
  return withComputedConditions(observed).filter((object) => inScope(object, options.scope));
}

export function isOf(watched: WatchedKind, { group, version, kind, raw }: ManifestObject): boolean {
  if (group !== watched.group || kind !== watched.objectKind || !watched.versions.includes(version))
    return false;
  const { name } = raw['metadata'] as { readonly name: string };
  return watched.onlyNamed === undefined || watched.onlyNamed === name;
}

/** The control plane is looked at wherever it is. */
function inScope({ kind, key }: ObservedObject, scope: readonly string[] | 'all'): boolean {
  if (scope === 'all' || kind === 'ControlPlane') return true;
  return scope.includes(kind === 'Namespace' ? key.name : key.namespace);
}

/** By name. */
export function ignoredManifests({ objects, notObjects }: ManifestObjects): readonly IgnoredManifests[] {
  const kinds = watchedKinds({});
  const counts = new Map<string, number>();
  for (const object of objects) {
    if (kinds.some((watched) => isOf(watched, object))) continue;
    const ofKnownKind = kinds.some(
      ({ group, objectKind }) => group === object.group && objectKind === object.kind,
    );
    const name = object.group === '' ? object.kind : `${object.kind}.${object.group}`;
    const what = ofKnownKind ? `${name}/${object.version}` : name;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  for (const what of notObjects) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => (a.what < b.what ? -1 : 1));
}
