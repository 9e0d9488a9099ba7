import { type AnyRecordedEvent, edgeSubject, type SeenThrough } from '@mcp/events';
import { type EdgeId, formatEdgeId } from '@mcp/mesh';
import type { Fact } from './fact.js';
import type { EdgePoll } from './seen-edge.js';
import { WatchedEdge } from './watched-edge.js';

export interface EdgeLimits {
  /** How long an idle edge is remembered. */
  readonly retentionMs: number;
  /** Edges that the log may have at a time. */
  readonly most: number;
}

export const defaultEdgeLimits: EdgeLimits = { retentionMs: 30 * 24 * 3_600_000, most: 100_000 };

/**
 * Which edges there are: a fold of the log, beside what polls have shown since.
 *
 * An edge is there after two polls that had it, and idle after four that saw no traffic on it while the proxy that would tell was scraped.
 * Another security is believed after two polls, other details after four. Polls in which an edge is frozen, and parts that are missing,
 * count for nothing. The evidence is of this process only; a new one waits for as many polls again.
 *
 * Where there is no room for a new edge, the idle ones that were silent for longest are forgotten; where none is idle, the new one waits.
 */
export class EdgeFacts {
  readonly #edges = new Map<string, WatchedEdge>();
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
    } else if (event.type === 'EdgeForgotten') {
      const key = event.subject.slice(edgePrefix.length);
      if (this.#edges.get(key)?.recorded !== undefined) this.#recorded -= 1;
      this.#edges.delete(key);
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
    }
    if (whole) this.#missOthers(poll);
  }

  /** What the log does not say yet, some thousand facts at most. Asked again before they are recorded, it says the same again. */
  decide(): Fact[] {
    const seen = this.#seen;
    if (seen === undefined) return [];
    const facts: Fact[] = [];
    const newcomers: Fact[] = [];
    for (const edge of this.#edges.values()) {
      if (facts.length >= factsAtOnce) break;
      if (edge.recorded === undefined && newcomers.length >= factsAtOnce) continue;
      const data = edge.due(seen);
      if (data !== undefined) {
        const found = data.what === 'first-seen' ? newcomers : facts;
        found.push({ subject: edgeSubject(data), type: 'EdgeObserved', occurredAt: seen.asOf, data });
      } else if (edge.recorded?.activity === 'idle') {
        const silentMs = seen.asOf - edge.lastSeenAt;
        if (silentMs > this.limits.retentionMs) facts.push(forgotten(edge.recorded, 'retention', seen));
      }
    }
    const gone = facts.filter(({ type }) => type === 'EdgeForgotten').length;
    const room = this.limits.most - this.#recorded + gone;
    const evicted = newcomers.length > room ? this.#silent(newcomers.length - room, seen) : [];
    const admitted = newcomers.slice(0, Math.max(0, room + evicted.length));
    this.#leftOut += newcomers.length - admitted.length;
    return [...facts, ...evicted, ...admitted];
  }

  /** Forgets up to so many idle edges that nothing else is due of, those that were silent for longest first. */
  #silent(count: number, seen: SeenThrough): Fact[] {
    return [...this.#edges.values()]
      .filter((edge) => edge.recorded?.activity === 'idle' && edge.due(seen) === undefined)
      .filter((edge) => seen.asOf - edge.lastSeenAt <= this.limits.retentionMs)
      .sort((a, b) => a.lastSeenAt - b.lastSeenAt)
      .slice(0, count)
      .flatMap(({ recorded }) => (recorded && forgotten(recorded, 'too-many', seen)) || []);
  }

  #missOthers(poll: EdgePoll): void {
    for (const [key, edge] of this.#edges) {
      if (edge.poll === this.#poll) continue;
      if (!isWatched(edge, poll)) continue;
      if (edge.recorded === undefined) this.#edges.delete(key);
      else edge.miss();
    }
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

function forgotten(id: EdgeId, why: 'retention' | 'too-many', seen: SeenThrough): Fact {
  return {
    subject: edgeSubject(id),
    type: 'EdgeForgotten',
    occurredAt: seen.asOf,
    data: { why },
    tombstone: true,
  };
}
