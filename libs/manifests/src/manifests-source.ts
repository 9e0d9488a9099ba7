import type { SourceIdentity } from '@mcp/events';
import type { ControlPlaneSettings, WatchedKind } from '@mcp/linkerd';
import { configuredControlPlane, observe, watchedKinds } from '@mcp/linkerd';
import type { ResourceKind } from '@mcp/mesh';
import { keyOfObject, resourceKinds } from '@mcp/mesh';
import type { ClusterObserver, ClusterSource, ObservedObject } from '@mcp/sources';
import { withComputedConditions } from './computed-conditions.js';
import type { ManifestObject, Manifests } from './manifests.js';
import { refusedObjects } from './refused-objects.js';

/** What was not understood of the manifests, and how often: `ConfigMap`, `Server.policy.linkerd.io/v9`, `Kustomization without a name`. */
export interface IgnoredManifests {
  readonly what: string;
  readonly count: number;
}

/**
 * A still picture: everything is told once, and is as true as the manifests are. Controllers are workloads; their pods are
 * only there where the manifests have them, as a dump does: none is made up. What the policy controller would report of these
 * objects is computed. Objects that a cluster would refuse are told like others, since such objects can exist; the reason of their kind's
 * phase counts them.
 */
export class ManifestsSource implements ClusterSource {
  readonly scope: readonly string[] | 'all';
  readonly ignored: readonly IgnoredManifests[];
  readonly #manifests: Manifests;
  readonly #objects: readonly ObservedObject[];
  readonly #refused: ReadonlyMap<ResourceKind, string>;

  constructor(
    manifests: Manifests,
    options: { readonly scope: readonly string[] | 'all'; readonly controlPlane: ControlPlaneSettings },
  ) {
    const kinds = watchedKinds(options.controlPlane);
    this.scope = options.scope;
    this.#manifests = manifests;
    this.#objects = observedIn(manifests, kinds, options);
    this.#refused = refusedIn(manifests, kinds, options.scope);
    this.ignored = ignoredIn(manifests, kinds);
  }

  async identity(): Promise<SourceIdentity> {
    return { source: 'manifests', id: this.#manifests.path };
  }

  async run(observer: ClusterObserver, signal: AbortSignal): Promise<void> {
    for (const kind of resourceKinds) {
      const objects = this.#objects.filter((object) => object.kind === kind);
      observer.phaseChanged(kind, 'syncing', `reading ${this.#manifests.path}`);
      observer.listed(kind, objects);
      observer.phaseChanged(kind, 'live', this.#reason(kind, objects.length));
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #reason(kind: ResourceKind, count: number): string {
    const there = count === 0 ? 'no such object in the manifests' : `${count} in the manifests`;
    const ignored = this.ignored.map(({ what, count: times }) => `${times} ${what}`).join(', ');
    return [there, this.#refused.get(kind) ?? [], ignored === '' ? [] : `ignored there: ${ignored}`]
      .flat()
      .join('; ');
  }
}

function observedIn(
  { objects }: Manifests,
  kinds: readonly WatchedKind[],
  options: { readonly scope: readonly string[] | 'all'; readonly controlPlane: ControlPlaneSettings },
): readonly ObservedObject[] {
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

/** By kind. What is judged has a namespace. */
function refusedIn(
  { objects }: Manifests,
  kinds: readonly WatchedKind[],
  scope: readonly string[] | 'all',
): ReadonlyMap<ResourceKind, string> {
  const looked = objects.filter(({ raw }) => {
    const { namespace = '' } = raw['metadata'] as { readonly namespace?: string };
    return scope === 'all' || scope.includes(namespace);
  });
  return new Map(
    kinds.flatMap((watched) => {
      const refused = refusedObjects(looked.filter((object) => isOf(watched, object)));
      return refused === undefined ? [] : [[watched.kind, refused]];
    }),
  );
}

function isOf(watched: WatchedKind, { group, version, kind, raw }: ManifestObject): boolean {
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

function ignoredIn(
  { objects, notObjects }: Manifests,
  kinds: readonly WatchedKind[],
): readonly IgnoredManifests[] {
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
