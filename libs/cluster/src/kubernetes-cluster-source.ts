import type { SourceIdentity, SourcePhase } from '@mcp/events';
import type { ClusterConnection, ReflectorMeter, ReflectorPhase, ReflectorTiming } from '@mcp/kubernetes';
import { isRecord, Reflector, worstOf } from '@mcp/kubernetes';
import type { ControlPlaneSettings, WatchedKind } from '@mcp/linkerd';
import { configuredControlPlane, observe, simulatedSeedLabel, watchedKinds } from '@mcp/linkerd';
import type { ResourceKind } from '@mcp/mesh';
import { keyOfObject } from '@mcp/mesh';
import type { ClusterObserver, ClusterSource, ObservedObject } from '@mcp/sources';
import { KindFeed, type PartFeed } from './kind-feed.js';

export interface KubernetesClusterSourceOptions {
  readonly connection: ClusterConnection;
  readonly scope: readonly string[] | 'all';
  /** Takes the place of what the control plane says of itself. */
  readonly controlPlane: ControlPlaneSettings;
  readonly timing?: Partial<ReflectorTiming>;
  /** Is told what following each collection takes. */
  readonly meter?: (of: FollowedCollection) => ReflectorMeter;
  /** Told of what the observer throws. */
  readonly onObserverError?: (error: unknown) => void;
}

/** A collection of the API server that is followed, as `cronjobs.batch`, and the kind that it feeds. */
export interface FollowedCollection {
  readonly kind: ResourceKind;
  readonly collection: string;
}

/** Each collection that is followed, whatever the configuration. */
export const followedCollections: readonly FollowedCollection[] = watchedKinds({}).map(followedAs);

export interface CollectionFigures extends FollowedCollection {
  readonly objects: number;
  /** Undefined while it is not followed. */
  readonly phase: ReflectorPhase | undefined;
}

/**
 * The cluster behind an API server, real or simulated. Reads only: get of the namespace kube-system, list and watch of the
 * watched kinds.
 */
export class KubernetesClusterSource implements ClusterSource {
  readonly scope: readonly string[] | 'all';
  #followed: readonly Followed[] = [];

  constructor(private readonly options: KubernetesClusterSourceOptions) {
    const { scope } = options;
    if (scope !== 'all' && scope.length === 0)
      throw new Error('The scope needs at least one namespace, or all.');
    this.scope = scope === 'all' ? scope : [...new Set(scope)].sort();
  }

  /** The uid of kube-system lives as long as the cluster. Fails as the API server does. */
  async identity(): Promise<SourceIdentity> {
    const { body } = await this.options.connection.request('GET', '/api/v1/namespaces/kube-system');
    const metadata = isRecord(body) && isRecord(body['metadata']) ? body['metadata'] : {};
    const seed = isRecord(metadata['labels']) ? metadata['labels'][simulatedSeedLabel] : undefined;
    if (typeof seed === 'string') return { source: 'simulated', id: seed };
    const { uid } = metadata;
    if (typeof uid === 'string' && uid !== '') return { source: 'kubernetes', id: uid };
    throw new Error(
      `GET /api/v1/namespaces/kube-system: the answer of ${this.options.connection.server} has no uid`,
    );
  }

  async run(observer: ClusterObserver, signal: AbortSignal): Promise<void> {
    const feeds = new Map<ResourceKind, KindFeed>();
    this.#followed = watchedKinds(this.options.controlPlane).flatMap((watched) => {
      const feed =
        feeds.get(watched.kind) ?? new KindFeed(watched.kind, observer, this.#fallback(watched.kind));
      feeds.set(watched.kind, feed);
      const { kind, collection } = followedAs(watched);
      return this.#collections(watched).map((part) => ({
        ...{ kind, collection },
        reflector: this.#reflector(watched, part, feed),
      }));
    });
    try {
      await Promise.all(this.#followed.map(({ reflector }) => reflector.run(signal)));
    } finally {
      this.#followed = [];
    }
  }

  /** Of each of `followedCollections`, now. */
  figures(): readonly CollectionFigures[] {
    return followedCollections.map(({ kind, collection }) => {
      const parts = this.#followed.filter((each) => each.kind === kind && each.collection === collection);
      return {
        ...{ kind, collection },
        objects: parts.reduce((sum, { reflector }) => sum + reflector.size, 0),
        phase: parts.length === 0 ? undefined : worstOf(parts.map(({ reflector }) => reflector.state)).phase,
      };
    });
  }

  /** The collections that hold what is in scope; as few as there can be. */
  #collections({ kind, namespaced, onlyNamed }: WatchedKind): readonly Collection[] {
    if (kind === 'ControlPlane') {
      const { controlPlaneNamespace } = this.options.controlPlane;
      const anywhere = this.scope === 'all' && controlPlaneNamespace === undefined;
      return [{ namespaces: anywhere ? 'all' : [controlPlaneNamespace ?? 'linkerd'], name: onlyNamed }];
    }
    if (namespaced || this.scope === 'all') return [{ namespaces: this.scope, name: onlyNamed }];
    // by name, a role may allow to list and watch a single namespace
    return this.scope.map((name) => ({ namespaces: 'all', name }));
  }

  #reflector(watched: WatchedKind, collection: Collection, feed: KindFeed): Reflector<ObservedObject> {
    const { connection, timing, onObserverError, meter } = this.options;
    const { group, versions, plural } = watched;
    const part: PartFeed = feed.add({
      name: followedAs(watched).collection,
      objects: () => reflector.objects().map(({ value }) => value),
    });
    const reflector = new Reflector<ObservedObject>({
      connection,
      resource: { group, versions, plural },
      namespaces: collection.namespaces,
      representation: watched.metadataOnly ? 'metadata' : 'whole',
      ...(collection.name !== undefined && { fieldSelector: `metadata.name=${collection.name}` }),
      // an object is parsed once, when it arrives; nothing else of it is kept
      slim: (object) => observe(watched, object),
      handler: {
        replaced: ({ deletedLate }) => part.replaced(deletedLate.map(({ value }) => value)),
        added: ({ value }) => part.observed(value),
        updated: ({ value }) => part.observed(value),
        deleted: ({ value, resourceVersion }) => part.deleted(value, resourceVersion),
        stateChanged: ({ phase, reason }) => {
          if (phase !== 'stopped') part.phaseChanged(phase satisfies SourcePhase, reason);
        },
      },
      ...(meter && { meter: meter(followedAs(watched)) }),
      ...(timing && { timing }),
      ...(onObserverError && { onHandlerError: onObserverError }),
    });
    return reflector;
  }

  #fallback(kind: ResourceKind): ObservedObject | undefined {
    const state = kind === 'ControlPlane' ? configuredControlPlane(this.options.controlPlane) : undefined;
    if (state === undefined) return undefined;
    return { kind: 'ControlPlane', key: keyOfObject('ControlPlane', state), resourceVersion: '', state };
  }
}

interface Followed extends FollowedCollection {
  readonly reflector: Reflector<ObservedObject>;
}

function followedAs({ kind, group, plural }: WatchedKind): FollowedCollection {
  return { kind, collection: group === '' ? plural : `${plural}.${group}` };
}

interface Collection {
  readonly namespaces: readonly string[] | 'all';
  readonly name: string | undefined;
}
