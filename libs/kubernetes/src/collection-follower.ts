import { ApiDiscovery } from './api-discovery.js';
import { collectionPath, type ApiResource, type ServedResource } from './api-resource.js';
import { Backoff, pause } from './backoff.js';
import type { ClusterConnection } from './cluster-connection.js';
import { isKubernetesError, messageOf, NotFound, TooManyRequests, Unavailable } from './errors.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { listPages } from './list-pages.js';
import { ObjectStore, type StoredObject } from './object-store.js';
import { faultOf, type ReflectorMeter } from './reflector-meter.js';
import type { ReflectorState } from './reflector-state.js';
import type { ReflectorTiming } from './reflector-timing.js';
import { openWatch, type WatchEvent } from './watch-events.js';

export interface FollowedCollection<T> {
  readonly connection: ClusterConnection;
  readonly resource: ApiResource;
  readonly representation: 'whole' | 'metadata';
  readonly selectors: Readonly<Record<string, string>>;
  readonly slim: (object: KubernetesObject, version: string) => T;
  readonly meter: ReflectorMeter | undefined;
  readonly timing: ReflectorTiming;
  readonly random: () => number;
}

/** What a follower tells. Calls do not fail. */
export interface FollowerObserver<T> {
  listed(deletedLate: readonly StoredObject<T>[]): void;
  added(object: StoredObject<T>): void;
  updated(object: StoredObject<T>, previous: StoredObject<T>): void;
  deleted(object: StoredObject<T>): void;
  stateChanged(): void;
}

/** Up to where the collection is known, and at which API version it was read. */
interface Position {
  readonly version: string;
  readonly resourceVersion: string;
}

/** A watch without a single event that ends sooner is a server in trouble, not a server that ends watches in good order. */
const shortestGoodWatchMs = 1_000;

/** Lists and watches one collection, of a namespace or of the cluster, for as long as it runs. */
export class CollectionFollower<T> {
  readonly store = new ObjectStore<T>();
  state: ReflectorState = { phase: 'syncing', reason: 'the first list is under way' };
  listed = false;
  /** When the server last said anything about the collection; milliseconds since the epoch. */
  lastContactAt: number | undefined;
  private position: Position | undefined;
  private readonly backoff: Backoff;

  constructor(
    private readonly collection: FollowedCollection<T>,
    private readonly namespace: string | undefined,
    private readonly observer: FollowerObserver<T>,
  ) {
    this.backoff = new Backoff(collection.timing.backoff, collection.random);
  }

  async run(signal: AbortSignal): Promise<void> {
    const stopped = () => signal.aborted;
    while (!stopped()) {
      try {
        this.position ??= await this.list(signal);
        await this.watch(this.position, signal);
      } catch (error) {
        if (!stopped()) await pause(this.afterFailure(error), signal);
      }
    }
  }

  private async list(signal: AbortSignal): Promise<Position> {
    const version = await this.versionToRead(signal);
    const objects: StoredObject<T>[] = [];
    const resourceVersion = await listPages(
      this.collection.connection,
      {
        path: this.path(version),
        pageSize: this.collection.timing.pageSize,
        accept: this.accept('PartialObjectMetadataList'),
        selectors: this.collection.selectors,
        signal,
      },
      (page) => {
        this.lastContactAt = Date.now();
        for (const object of page) objects.push(this.stored(object, version));
      },
    );
    const deletedLate = this.store.replace(objects);
    this.listed = true;
    this.collection.meter?.listed();
    this.observer.listed(deletedLate);
    return { version, resourceVersion };
  }

  private async watch(from: Position, signal: AbortSignal): Promise<void> {
    const { minWatchSeconds, maxWatchSeconds, idleMs } = this.collection.timing;
    const openedAt = performance.now();
    const batches = await openWatch(this.collection.connection, {
      path: this.path(from.version),
      resourceVersion: from.resourceVersion,
      accept: this.accept('PartialObjectMetadata'),
      selectors: this.collection.selectors,
      timeoutSeconds: Math.round(
        minWatchSeconds + this.collection.random() * (maxWatchSeconds - minWatchSeconds),
      ),
      idleMs,
      signal,
    });
    this.lastContactAt = Date.now();
    this.collection.meter?.watching();
    this.enter({ phase: 'live', reason: 'watching' });
    let received = 0;
    for await (const batch of batches) {
      this.lastContactAt = Date.now();
      this.backoff.reset();
      received += batch.length;
      for (const event of batch) {
        if (signal.aborted) return;
        this.take(event, from.version);
      }
    }
    if (signal.aborted) return;
    if (received === 0 && performance.now() - openedAt < shortestGoodWatchMs) {
      throw new Unavailable(
        `watch ${this.path(from.version)}`,
        'the server ended it at once',
        200,
        undefined,
      );
    }
    this.backoff.reset();
    await this.noticeBetterVersion(from.version, signal);
  }

  private take(event: WatchEvent, version: string): void {
    if (event.type === 'BOOKMARK') {
      this.advance(version, event.resourceVersion);
      return;
    }
    const object = this.stored(event.object, version);
    if (event.type === 'DELETED') {
      if (this.store.delete(object) !== undefined) this.observer.deleted(object);
    } else {
      const put = this.store.put(object);
      if (put.put === 'recreated') this.observer.deleted(put.previous);
      if (put.put === 'updated') this.observer.updated(object, put.previous);
      if (put.put === 'added' || put.put === 'recreated') this.observer.added(object);
    }
    this.advance(version, object.resourceVersion);
  }

  /** Never backwards: a bookmark may be older than the list, and watching from there would replay the past. */
  private advance(version: string, resourceVersion: string): void {
    const known = this.position?.resourceVersion;
    if (known === undefined || !isOlder(resourceVersion, known)) this.position = { version, resourceVersion };
  }

  /** Decides what the failure means for what we know and how to go on; answers how long to wait. */
  private afterFailure(error: unknown): number {
    this.collection.meter?.failed(faultOf(error));
    const reason = messageOf(error);
    const code = isKubernetesError(error) ? error.code : undefined;
    // the position stays good when the server could not be reached or was busy; in all other cases it may not be
    const contactLost = (code === 'UNAVAILABLE' && !isServerTimeout(error)) || code === 'TOO_MANY_REQUESTS';
    if (!contactLost) this.position = undefined;
    if (code === 'NOT_FOUND' || code === 'FORBIDDEN' || code === 'UNAUTHORIZED') {
      this.enter({ phase: code === 'NOT_FOUND' ? 'absent' : 'forbidden', reason });
      return this.collection.timing.probeMs * (0.5 + this.collection.random() / 2);
    }
    this.enter({ phase: 'stale', reason });
    const told =
      error instanceof TooManyRequests || error instanceof Unavailable ? error.retryAfterMs : undefined;
    return this.backoff.nextMs(told);
  }

  private enter(state: ReflectorState): void {
    if (this.state.phase === state.phase && this.state.reason === state.reason) return;
    this.state = state;
    this.observer.stateChanged();
  }

  private async versionToRead(signal: AbortSignal): Promise<string> {
    const { resource, connection } = this.collection;
    if (resource.versions.length === 1) return resource.versions[0];
    const served = await new ApiDiscovery(connection).servedVersion(resource, signal);
    if (served !== undefined) return served;
    const wanted = resource.versions.join(', ');
    throw new NotFound(`list ${resource.plural}.${resource.group}`, `none of ${wanted} is served`, 404);
  }

  /** A version that we prefer may have come since. Failing to find out is no failure of the watch. */
  private async noticeBetterVersion(current: string, signal: AbortSignal): Promise<void> {
    try {
      if ((await this.versionToRead(signal)) !== current) this.position = undefined;
    } catch (error) {
      if (!isKubernetesError(error)) throw error;
    }
  }

  private stored(object: KubernetesObject, version: string): StoredObject<T> {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    return { namespace, name, uid, resourceVersion, value: this.collection.slim(object, version) };
  }

  private path(version: string): string {
    const { group, plural } = this.collection.resource;
    const served: ServedResource = { group, version, plural };
    return collectionPath(served, this.namespace);
  }

  private accept(metadataKind: string): string {
    return this.collection.representation === 'whole'
      ? 'application/json'
      : `application/json;as=${metadataKind};g=meta.k8s.io;v=v1`;
  }
}

/** 504: among others the answer when the server has not reached the version we ask for, which it may never do. */
function isServerTimeout(error: unknown): boolean {
  return error instanceof Unavailable && error.status === 504;
}

/** Resource versions of one collection are ordered as numbers; what is no number is not compared. */
function isOlder(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
