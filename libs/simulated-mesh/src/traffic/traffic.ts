import type { ObjectStore } from '../object-store.js';
import { Calls } from './calls.js';
import type { Decider } from './decider.js';
import type { Flow } from './flow.js';
import type { Instance } from './instance.js';
import { everyInstance, hasPage } from './instance.js';
import type { Lane } from './lane.js';
import { lanesOf } from './lanes.js';
import { MeshReader, tellsOfMesh } from './mesh-now.js';
import { Progress } from './progress.js';
import { SimulatedProxy } from './proxy.js';

export interface TrafficOptions {
  readonly flows: readonly Flow[];
  readonly decider: Decider;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Between two marks, and how many are kept: rates are taken over a minute. */
export const markMs = 5_000;
const keptMarks = 12;
export const windowMs = markMs * keptMarks;

/** A process that was asleep made no calls meanwhile. */
const mostCaughtUpMs = 60_000;

/** How often calls are made that are due. */
const tickMs = 1_000;

/**
 * The calls of the mesh, and what its proxies counted of them. A call is decided by policy as it stands in the store at that moment.
 * Time is real time, and nothing is random: how many calls were made follows from how long their pods lived.
 *
 * Bounded: proxies go with their pods, and endpoints that were not called for ten minutes are forgotten.
 */
export class Traffic {
  readonly #reader: MeshReader;
  readonly #proxies = new Map<string, SimulatedProxy>();
  readonly #calls = new Calls((instance) => instance && this.#proxies.get(instance.key));
  /** When each of the last marks was made, oldest first. */
  readonly #marks: number[];
  #progress = new Map<string, Progress>();
  #lanes: readonly Lane[] = [];
  #stale = true;
  #at: number;

  constructor(
    private readonly store: ObjectStore,
    private readonly options: TrafficOptions,
  ) {
    this.#reader = new MeshReader(store);
    this.#at = options.now();
    this.#marks = [this.#at];
  }

  /** Follows the store, and makes calls as they become due. Returns the way to end it. */
  start(): () => void {
    const unsubscribe = this.store.subscribe(({ resource }) => {
      if (this.#stale || !tellsOfMesh(resource)) return;
      // what was due until now was decided by what held until now
      this.#callUntilNow();
      this.#stale = true;
    });
    this.advance();
    const ticking = setInterval(() => this.advance(), tickMs);
    ticking.unref();
    return () => {
      unsubscribe();
      clearInterval(ticking);
    };
  }

  /** Makes all calls that are due. */
  advance(): void {
    if (this.#stale) this.#look();
    this.#callUntilNow();
    if (this.#at - (this.#marks.at(-1) ?? 0) >= markMs) this.#mark();
  }

  /** When the last calls were made. */
  get at(): number {
    return this.#at;
  }

  get proxies(): Iterable<SimulatedProxy> {
    return this.#proxies.values();
  }

  proxyOf(namespace: string, pod: string): SimulatedProxy | undefined {
    for (const proxy of this.#proxies.values())
      if (proxy.instance.namespace === namespace && proxy.instance.name === pod) return proxy;
    return undefined;
  }

  /** How many marks the window has, and how long it is for a proxy: shorter for one that is younger. */
  windowOf({ startedAt }: SimulatedProxy): { readonly marks: number; readonly ms: number } {
    const marks = this.#marks.length;
    return { marks, ms: this.#at - Math.max(this.#marks[0] ?? this.#at, startedAt) };
  }

  #callUntilNow(): void {
    const now = this.options.now();
    const elapsedMs = Math.min(Math.max(0, now - this.#at), mostCaughtUpMs);
    this.#at = now;
    for (const lane of this.#lanes) {
      const progress = this.#progress.get(lane.key);
      if (progress === undefined || lane.choices.length === 0) continue;
      for (let due = progress.take(lane, elapsedMs); due > 0; due--) {
        const choice = progress.next(lane.choices);
        if (choice !== undefined) this.#calls.make(lane, choice, progress, now);
      }
    }
  }

  /** Takes the mesh as it is now. */
  #look(): void {
    this.#stale = false;
    const mesh = this.#reader.now();
    const moment = { ...mesh, decide: this.options.decider(mesh) };
    this.#lanes = lanesOf(moment, this.options.flows);
    this.#progress = new Map(
      this.#lanes.map(({ key }) => [key, this.#progress.get(key) ?? new Progress()] as const),
    );
    this.#calls.keepOnly(this.#lanes);
    const living = everyInstance(mesh.view).filter(hasPage);
    this.#keepProxiesOf(living);
  }

  #keepProxiesOf(living: readonly Instance[]): void {
    const keys = new Set(living.map(({ key }) => key));
    for (const key of this.#proxies.keys()) if (!keys.has(key)) this.#proxies.delete(key);
    for (const instance of living)
      if (!this.#proxies.has(instance.key))
        this.#proxies.set(instance.key, new SimulatedProxy(instance, this.options.now()));
  }

  #mark(): void {
    this.#marks.push(this.#at);
    if (this.#marks.length > keptMarks) this.#marks.shift();
    for (const proxy of this.#proxies.values()) proxy.mark(this.#at, keptMarks);
  }
}
