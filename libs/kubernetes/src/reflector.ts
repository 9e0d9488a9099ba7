import type { ApiResource } from './api-resource.js';
import type { ClusterConnection } from './cluster-connection.js';
import { CollectionFollower, type FollowerObserver } from './collection-follower.js';
import type { KubernetesObject } from './kubernetes-object.js';
import type { ReplacedContent, StoredObject } from './object-store.js';
import type { ReflectorMeter } from './reflector-meter.js';
import { worstOf, type ReflectorState } from './reflector-state.js';
import { defaultTiming, type ReflectorTiming } from './reflector-timing.js';

/**
 * What the reflector tells, in this order: `replaced` with the whole content, then each thing that happens, and `replaced`
 * again whenever something may have been missed. The store has changed before the handler hears of it.
 *
 * Per object the order is that of the server. States between two that are told may be skipped; an object that was deleted
 * and created again under its name is always told as deleted and added. What a handler throws is counted and does not
 * stop anything: that call is lost, the following ones come.
 */
export interface ReflectorHandler<T> {
  /** From complete and successful lists only: what is not in `objects` is gone. */
  replaced(content: ReplacedContent<T>): void;
  added(object: StoredObject<T>): void;
  updated(object: StoredObject<T>, previous: StoredObject<T>): void;
  /** The object as it was last. */
  deleted(object: StoredObject<T>): void;
  stateChanged(state: ReflectorState): void;
}

export interface ReflectorOptions<T> {
  readonly connection: ClusterConnection;
  /** With several versions, the first that the server serves is read; that is asked anew with each list and watch. */
  readonly resource: ApiResource;
  /** `all` for kinds that are not in a namespace, too. */
  readonly namespaces: readonly string[] | 'all';
  /**
   * What to keep of an object, given the API version it was read at. Must not fail: an object that makes it fail leaves
   * the whole kind stale, as leaving the object out would be a wrong answer.
   */
  readonly slim: (object: KubernetesObject, version: string) => T;
  readonly handler: ReflectorHandler<T>;
  /** `metadata` has the server leave out everything but `metadata`. */
  readonly representation?: 'whole' | 'metadata';
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly meter?: ReflectorMeter;
  readonly timing?: Partial<ReflectorTiming>;
  readonly random?: () => number;
  /** Told of each exception of the handler, which is counted besides. */
  readonly onHandlerError?: (error: unknown) => void;
}

/**
 * Keeps a local store equal to a collection of the API server, in one, several or all namespaces.
 *
 * It never gives up: whatever happens becomes a state with a reason, and it tries again with growing, random pauses.
 * What is known is kept in every state; only a complete list or a watch event removes an object. A kind that the server no
 * longer has is `absent` with its last content, since the server's word for that cannot be told from one that is not up yet.
 * With several namespaces the first `replaced` comes when all of them were listed.
 */
export class Reflector<T> {
  /** How many calls of the handler have failed. */
  handlerErrors = 0;
  private readonly followers: readonly CollectionFollower<T>[];
  private told: ReflectorState | undefined;
  private synced = false;
  private life: 'new' | 'running' | 'stopped' = 'new';

  constructor(private readonly options: ReflectorOptions<T>) {
    const collection = {
      connection: options.connection,
      resource: options.resource,
      representation: options.representation ?? 'whole',
      selectors: {
        ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
        ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
      },
      slim: options.slim,
      meter: options.meter,
      timing: { ...defaultTiming, ...options.timing },
      random: options.random ?? Math.random,
    };
    const namespaces = options.namespaces === 'all' ? [undefined] : [...new Set(options.namespaces)];
    if (namespaces.length === 0) throw new Error('A reflector needs at least one namespace, or all.');
    this.followers = namespaces.map(
      (namespace) => new CollectionFollower(collection, namespace, this.observer()),
    );
  }

  get state(): ReflectorState {
    if (this.life === 'stopped') return { phase: 'stopped', reason: 'stopped' };
    return worstOf(this.followers.map((follower) => follower.state));
  }

  /** When the server last said anything, for the collection that heard least; undefined when one never heard. */
  get lastContactAt(): number | undefined {
    const contacts = this.followers.map(({ lastContactAt }) => lastContactAt);
    return contacts.every((contact) => contact !== undefined) ? Math.min(...contacts) : undefined;
  }

  /** The current content; may be incomplete before the first `replaced`. */
  objects(): StoredObject<T>[] {
    return this.followers.flatMap((follower) => [...follower.store.values()]);
  }

  /** How many objects are held. */
  get size(): number {
    return this.followers.reduce((sum, { store }) => sum + store.size, 0);
  }

  get(namespace: string | undefined, name: string): StoredObject<T> | undefined {
    for (const follower of this.followers) {
      const found = follower.store.get(namespace, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Follows until the signal aborts, then resolves; nothing is told afterwards, and no connection stays open. Once only. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.life !== 'new') throw new Error('A reflector runs once; make a new one.');
    this.life = 'running';
    this.tellState();
    await Promise.all(this.followers.map((follower) => follower.run(signal)));
    this.life = 'stopped';
    this.tellState();
  }

  private observer(): FollowerObserver<T> {
    const whenSynced = (call: (handler: ReflectorHandler<T>) => void) => {
      if (this.synced) this.tell(call);
    };
    return {
      listed: (deletedLate) => {
        // before the first complete content nobody was told of what is now gone
        const late = this.synced ? deletedLate : [];
        this.synced = this.followers.every((follower) => follower.listed);
        whenSynced((handler) => handler.replaced({ objects: this.objects(), deletedLate: late }));
      },
      added: (object) => whenSynced((handler) => handler.added(object)),
      updated: (object, previous) => whenSynced((handler) => handler.updated(object, previous)),
      deleted: (object) => whenSynced((handler) => handler.deleted(object)),
      stateChanged: () => this.tellState(),
    };
  }

  private tellState(): void {
    const { state } = this;
    if (this.told?.phase === state.phase && this.told.reason === state.reason) return;
    this.told = state;
    this.tell((handler) => handler.stateChanged(state));
  }

  private tell(call: (handler: ReflectorHandler<T>) => void): void {
    try {
      call(this.options.handler);
    } catch (error) {
      this.handlerErrors += 1;
      this.options.onHandlerError?.(error);
    }
  }
}
