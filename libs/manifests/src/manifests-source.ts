import type { SourceIdentity } from '@mcp/events';
import type { ControlPlaneSettings, WatchedKind } from '@mcp/linkerd';
import { watchedKinds } from '@mcp/linkerd';
import type { ResourceKind } from '@mcp/mesh';
import { resourceKinds } from '@mcp/mesh';
import type { ClusterObserver, ClusterSource, ObservedObject } from '@mcp/sources';
import type { Manifests } from './manifests.js';
import { type IgnoredManifests, ignoredManifests, isOf, observedManifests } from './observed-manifests.js';
import { refusedObjects } from './refused-objects.js';

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
    this.#objects = observedManifests(manifests, options);
    this.#refused = refusedIn(manifests, kinds, options.scope);
    this.ignored = ignoredManifests(manifests);
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
