import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorPresence } from '@mcp/contracts';
import { formatPosition, type LogPosition } from '@mcp/events';
import type { MeshGraph } from '@mcp/graph';
import { WatcherHub, hubDefaults, type HubLimits } from '@mcp/grpc';
import type { FoldedState } from '@mcp/projections';
import type { Following } from '../following.js';
import { encodeEntity, type EncodedEntity } from './encoded-entity.js';
import { EncodedGraph, type EncodedDelta } from './encoded-graph.js';
import {
  deltaMessage,
  heartbeatMessage,
  openingMessage,
  skippedMessage,
  type PlaceInTime,
} from './graph-messages.js';
import { mapInSlices, sliceMs, stepInSlices } from '@mcp/runtime';
import type { NamespaceFilter } from './namespace-filter.js';
import { snapshotChunks } from './snapshot-chunks.js';

/** Deriving what changed and handing it out may take a third of the event loop, a slice at a time. */
const restPerWork = 2;
const longestRestMs = 1_000;
/** What changes while there is deriving is derived as well, as long as that gets less each time. */
const derivingPasses = 3;

interface PublishedDelta extends EncodedDelta {
  readonly at: PlaceInTime;
}

/** The graph as clients last got to see it. */
export interface PublishedGraph extends PlaceInTime {
  readonly logPosition: LogPosition;
  entities(filter: NamespaceFilter): readonly EncodedEntity[];
}

/** Encodes each change of the graph once, keeps the whole graph encoded, and gives both to watchers. */
export class GraphFeed {
  readonly hub: WatcherHub<PublishedDelta, NamespaceFilter>;
  #graph = new EncodedGraph();
  #published: FoldedState<unknown>;
  #ready = false;
  #rebuilt = 0;

  constructor(
    private readonly following: Following<MeshGraph>,
    private readonly collector: { readonly presence: CollectorPresence },
    readonly limits: HubLimits = hubDefaults,
  ) {
    this.#published = following.now;
    this.hub = new WatcherHub(
      {
        filterKey: (filter) => filter.key,
        delta: encodeDelta,
        snapshot: (filter) => this.#snapshot(filter),
        opening: openingMessage,
        skipped: skippedMessage,
        heartbeat: (position) => heartbeatMessage(position, collector.presence),
      },
      placeOf(this.#published),
      limits,
    );
  }

  /** Whether there is a graph to show: the log was read to its end once, and what it says is encoded. */
  get ready(): boolean {
    return this.#ready;
  }

  get published(): PublishedGraph {
    const graph = this.#graph;
    return {
      logPosition: this.#published.position,
      ...inTime(this.#published),
      entities: (filter) => graph.entities(filter),
    };
  }

  /** Tells a watcher that hears nothing else that all is well. */
  heartbeat(): Uint8Array {
    return heartbeatMessage(this.published.position, this.collector.presence);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.following.whenCaughtUp(signal);
        const derivingMs = await this.#derive();
        await this.#publish();
        const workedMs = derivingMs + (await this.#handOut());
        await sleep(Math.min(workedMs * restPerWork, longestRestMs), undefined, { signal });
        await this.following.movedFrom(this.#published.position, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Derives all but the little that changes last. Answers how long that took of the event loop, in milliseconds. */
  async #derive(): Promise<number> {
    let workedMs = 0;
    for (let pass = 0; pass < derivingPasses; pass += 1) {
      const passMs = await stepInSlices(this.following.now.state.derive());
      workedMs += passMs;
      if (passMs < sliceMs) break;
    }
    return workedMs;
  }

  /** Answers how long it took: the next delta must not come before the watchers that keep up have taken this one. */
  async #handOut(): Promise<number> {
    const begun = performance.now();
    await this.hub.handedOut();
    return performance.now() - begun;
  }

  async #publish(): Promise<void> {
    const { now, rebuilt } = this.following;
    const { upserted, removed } = now.state.takeChanges();
    const delta = { upserted: await mapInSlices(upserted, encodeEntity), removed, at: inTime(now) };

    const anew = rebuilt.times !== this.#rebuilt;
    if (anew) this.#graph = new EncodedGraph();
    this.#rebuilt = rebuilt.times;
    this.#graph.apply(delta);
    this.#published = now;
    if (anew || !this.#ready) this.hub.restart(placeOf(now), rebuilt.reason);
    else if (upserted.length + removed.length > 0) this.hub.publish(delta, placeOf(now), bytesOf(delta));
    else this.hub.advance(placeOf(now));
    this.#ready = true;
  }

  #snapshot(filter: NamespaceFilter): Promise<readonly Uint8Array[]> {
    return snapshotChunks(this.#graph.entities(filter), inTime(this.#published));
  }
}

function encodeDelta(
  { upserted, removed, at }: PublishedDelta,
  filter: NamespaceFilter,
): Uint8Array | undefined {
  const kept = { upserted: upserted.filter(filter.keeps), removed: removed.filter(filter.keeps) };
  return kept.upserted.length + kept.removed.length === 0 ? undefined : deltaMessage(kept, at);
}

function bytesOf({ upserted, removed }: EncodedDelta): number {
  const entities = upserted.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  return removed.reduce((sum, { key }) => sum + key.length, entities);
}

function placeOf({ position }: FoldedState<unknown>): { offset: number; position: string } {
  return { offset: position.sequence, position: formatPosition(position) };
}

function inTime({ position, recordedAt }: FoldedState<unknown>): PlaceInTime {
  return { position: formatPosition(position), recordedAt };
}
