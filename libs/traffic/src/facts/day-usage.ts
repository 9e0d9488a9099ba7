import type { LedgerEdge, WorkloadUsage } from '@mcp/events';
import type { WorkloadRef } from '@mcp/mesh';
import { callerKey } from '../ledger/caller.js';
import type { CounterDifference } from './counter-difference.js';
import { dayOf } from './day.js';

/** At most three bytes a UTF-16 unit, it is safely below the mebibyte that one event may have. */
const mostCharacters = 300_000;
/** What the numbers of an edge may grow by after it was measured. */
const growth = 64;

const hourMs = 3_600_000;
/** A caller that the log does not have waits for a minute, and a minute more for every so many callers: the more, the larger the event. */
const newcomerWait = { ms: 60_000, callers: 50 };

type OpenEdge = { -readonly [K in keyof LedgerEdge]: LedgerEdge[K] };

/** What one workload was used for on one day, as counted until now, and how much of that the log has. */
export class DayUsage {
  observedMs = 0;
  readonly #edges = new Map<string, OpenEdge>();
  #dropped = 0;
  #calls = 0;
  #characters = 0;
  /** Undefined before the first event. */
  #recordedAt: number | undefined;
  #recordedMs = 0;
  #recordedCalls = 0;
  #recordedEdges = 0;

  constructor(
    readonly workload: WorkloadRef,
    readonly day: string,
    /** Of the first thing counted. */
    readonly beganAt: number,
  ) {}

  /** The log does not have all of it. Where it has more, it was recorded after the checkpoint that this was taken from. */
  get isPending(): boolean {
    if (this.#calls !== this.#recordedCalls) return this.#calls > this.#recordedCalls;
    return this.observedMs > this.#recordedMs;
  }

  isDue(at: number): boolean {
    if (!this.isPending) return false;
    const since = this.#recordedAt ?? this.beganAt;
    if (this.day < dayOf(at) || Math.floor(since / hourMs) < Math.floor(at / hourMs)) return true;
    const waitMs = newcomerWait.ms * Math.max(1, this.#edges.size / newcomerWait.callers);
    return this.#edges.size > this.#recordedEdges && at - since >= waitMs;
  }

  count({ what, client, port, protocol, route, count }: CounterDifference, at: number): void {
    this.#calls += count;
    const edge = this.#edgeOf({
      client,
      port,
      protocol,
      ...(route !== undefined && { route }),
      allowed: 0,
      denied: 0,
      firstAt: at,
      lastAt: at,
    });
    if (edge === undefined) {
      this.#dropped += count;
      return;
    }
    if (what === 'denied') edge.denied += count;
    else edge.allowed += count;
    edge.lastAt = at;
  }

  /** Everything until now, as an event carries it. */
  state(): WorkloadUsage {
    return { ...this.counted(), observedMs: Math.max(this.observedMs, this.#recordedMs) };
  }

  counted(): WorkloadUsage {
    const { workload, day, observedMs } = this;
    const edges = [...this.#edges.values()].map((edge) => ({ ...edge }));
    return { workload, day, observedMs, edges, dropped: this.#dropped };
  }

  /** Takes the place of what was counted. */
  restore({ observedMs, edges, dropped }: WorkloadUsage): void {
    this.observedMs = observedMs;
    this.#edges.clear();
    this.#characters = 0;
    this.#dropped = dropped;
    for (const edge of edges) this.#edgeOf(edge);
    this.#calls = callsOf(edges, dropped);
  }

  evolve({ observedMs, edges, dropped }: WorkloadUsage, at: number): void {
    this.#recordedAt = at;
    this.#recordedMs = observedMs;
    this.#recordedCalls = callsOf(edges, dropped);
    this.#recordedEdges = edges.length;
  }

  #edgeOf(edge: LedgerEdge): OpenEdge | undefined {
    const key = callerKey(edge);
    const known = this.#edges.get(key);
    if (known !== undefined) return known;
    const characters = JSON.stringify(edge).length + growth;
    if (this.#characters + characters > mostCharacters) return undefined;
    this.#characters += characters;
    const opened = { ...edge };
    this.#edges.set(key, opened);
    return opened;
  }
}

function callsOf(edges: readonly LedgerEdge[], dropped: number): number {
  return edges.reduce((calls, { allowed, denied }) => calls + allowed + denied, dropped);
}
