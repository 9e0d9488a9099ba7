import { type AnyRecordedEvent, edgeSubject, type SeenThrough } from '@mcp/events';
import { type EdgeId, formatEdgeId } from '@mcp/mesh';
import type { Fact } from './fact.js';
import { IdleEdges } from './idle-edges.js';
import type { EdgePoll } from './seen-edge.js';
import { WatchedEdge } from './watched-edge.js';

export interface EdgeLimits {
  /** How long an idle edge is remembered. */
  readonly retentionMs: number;
  /** Edges that the log may have at a time. */
  readonly most: number;
}

export const defaultEdgeLimits: EdgeLimits = { retentionMs: 30 * 24 * 3_600_000, most: 100_000 };

/** An edge that was idle for less is not forgotten to make room, or edges without room would push each other out all day. */
const settledMs = 24 * 3_600_000;

/**
 * Which edges there are: a fold of the log, beside what polls have shown since.
 *
 * An edge is there after two polls that had it, and idle after four that saw no traffic on it while the proxy that would tell was scraped.
 * Worse security is believed after two polls, all else after four; and the more often an edge changes, the longer it has to be otherwise
 * before that is told: it makes 50 events a day at most, whatever polls show. Polls in which an edge is frozen, and parts that are missing,
 * count for nothing. The evidence is of this process only; a new one waits for as many polls again.
 *
 * Where there is no room for a new edge, the idle ones that were silent for longest are forgotten; where none was idle for a day, the new
 * one waits.
 */
export class EdgeFacts {
  readonly #edges = new Map<string, WatchedEdge>();
  /** Those of which the log does not say all yet. */
  readonly #due = new Set<WatchedEdge>();
  readonly #idle = new IdleEdges();
  #recorded = 0;
  #poll = 0;
  #seen: SeenThrough | undefined;
  #leftOut = 0;

  constructor(private readonly limits: EdgeLimits = defaultEdgeLimits) {}

  /** Edges that are in the log. */
  get size(): number {
    return this.#recorded;
  }

  /** Edges of the last poll that found no room. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Takes each event of the log once, in order; those that `decide` led to as well. */
  evolve(event: AnyRecordedEvent): void {
    if (event.type === 'EdgeObserved') {
      const edge = this.#edgeOf(formatEdgeId(event.data));
      if (edge.recorded === undefined) this.#recorded += 1;
      edge.evolve(event.data);
      this.#due.delete(edge);
      this.#idle.note(edge);
    } else if (event.type === 'EdgeForgotten') {
      const key = event.subject.slice(edgePrefix.length);
      const edge = this.#edges.get(key);
      if (edge === undefined) return;
      if (edge.recorded !== undefined) this.#recorded -= 1;
      this.#drop(key, edge);
    }
  }

  /**
   * What a poll shows; polls come in the order of their time. Yields after every so many edges, so that the caller can pause, and is to be taken to
   * its end before anything else is asked.
   */
  *take(poll: EdgePoll): Generator<undefined> {
    this.#poll += 1;
    this.#seen = poll.seen;
    this.#leftOut = 0;
    const { whole } = poll;
    let taken = 0;
    for (const seen of poll.edges) {
      if (++taken % edgesAtOnce === 0) yield;
      const key = formatEdgeId(seen.id);
      if (!this.#edges.has(key)) {
        if (seen.frozen) continue;
        // as many again may wait for their second poll
        if (this.#edges.size >= 2 * this.limits.most) {
          this.#leftOut += 1;
          continue;
        }
      }
      const edge = this.#edgeOf(key);
      edge.poll = this.#poll;
      edge.see(seen, poll.seen.asOf, () => whole && isWatched(edge, poll));
      if (!seen.hadTraffic) endIfGone(edge, poll);
      this.#note(edge, poll.seen);
    }
    yield* this.#missOthers(poll);
  }

  /**
   * What the log does not say yet, some thousand facts at most; takes as long as there are. Asked again before they are recorded, it says the
   * same again.
   */
  decide(): Fact[] {
    const seen = this.#seen;
    if (seen === undefined) return [];
    const facts: Fact[] = [];
    const newcomers: Fact[] = [];
    for (const edge of this.#due) {
      if (facts.length >= factsAtOnce) break;
      if (edge.recorded === undefined && newcomers.length >= factsAtOnce) continue;
      const data = edge.due(seen);
      if (data === undefined) continue;
      const found = data.what === 'first-seen' ? newcomers : facts;
      found.push({ subject: edgeSubject(data), type: 'EdgeObserved', occurredAt: seen.asOf, data });
    }
    const outlived = this.#silentFor(this.limits.retentionMs, factsAtOnce - facts.length, 'retention', seen);
    const room = this.limits.most - this.#recorded + outlived.length;
    const without = newcomers.length - room;
    // those that are forgotten anyway come first, and have made their room
    const evicted =
      without > 0
        ? this.#silentFor(settledMs, outlived.length + without, 'too-many', seen).slice(outlived.length)
        : [];
    const admitted = newcomers.slice(0, Math.max(0, room + evicted.length));
    this.#leftOut += newcomers.length - admitted.length;
    return [...facts, ...outlived, ...evicted, ...admitted];
  }

  /** Up to so many idle edges that nothing else is due of, those that were silent for longest first. */
  #silentFor(ms: number, most: number, why: 'retention' | 'too-many', seen: SeenThrough): Fact[] {
    const facts: Fact[] = [];
    for (const edge of this.#idle.silentSince(seen.asOf - ms)) {
      if (facts.length >= most) break;
      if (edge.recorded !== undefined && !this.#due.has(edge))
        facts.push(forgotten(edge.recorded, why, seen));
    }
    return facts;
  }

  *#missOthers(poll: EdgePoll): Generator<undefined> {
    let missed = 0;
    for (const [key, edge] of this.#edges) {
      if (edge.poll === this.#poll) continue;
      if (++missed % edgesAtOnce === 0) yield;
      const missing = poll.whole && isWatched(edge, poll);
      if (missing && edge.recorded === undefined) {
        this.#drop(key, edge);
        continue;
      }
      if (missing) edge.miss(poll.seen.asOf);
      endIfGone(edge, poll);
      this.#note(edge, poll.seen);
    }
  }

  #note(edge: WatchedEdge, seen: SeenThrough): void {
    if (edge.due(seen) === undefined) this.#due.delete(edge);
    else this.#due.add(edge);
  }

  #drop(key: string, edge: WatchedEdge): void {
    this.#edges.delete(key);
    this.#due.delete(edge);
    this.#idle.drop(edge);
  }

  #edgeOf(key: string): WatchedEdge {
    let edge = this.#edges.get(key);
    if (edge === undefined) this.#edges.set(key, (edge = new WatchedEdge()));
    return edge;
  }
}

/** Some milliseconds each. */
const edgesAtOnce = 1_000;
const factsAtOnce = 2_000;
const edgePrefix = 'edge/';

/** Whether all of the proxies were scraped that tell of it: else some of its traffic may not show. */
function isWatched({ teller }: WatchedEdge, poll: EdgePoll): boolean {
  return teller === undefined || poll.watched(teller);
}

/** The log knows sooner than telemetry that a workload is no more. */
function endIfGone(edge: WatchedEdge, poll: EdgePoll): void {
  const { recorded } = edge;
  if (recorded?.activity !== 'active') return;
  if (poll.gone(recorded.source) || poll.gone(recorded.destination)) edge.end();
}

function forgotten(id: EdgeId, why: 'retention' | 'too-many', seen: SeenThrough): Fact {
  return {
    subject: edgeSubject(id),
    type: 'EdgeForgotten',
    occurredAt: seen.asOf,
    data: { why },
    tombstone: true,
  };
}
