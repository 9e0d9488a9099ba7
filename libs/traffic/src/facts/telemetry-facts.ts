import {
  type AnyRecordedEvent,
  type ProxiesInShort,
  type TelemetryFault,
  telemetrySubject,
  type TelemetryState,
} from '@mcp/events';
import { deepEqual } from '@mcp/mesh';
import { type FaultNews, type FaultSeen, FaultWatch } from './fault-watch.js';
import type { Fact } from './fact.js';
import { longestPauseMs } from './pause.js';

/** How one try to look at traffic went; `at` is of the telemetry's clock where there is one, `paceMs` the time to the next look. */
export type TelemetryLook =
  | { readonly what: 'seen'; readonly at: number; readonly paceMs: number }
  /** The source failed, or showed no proxy. */
  | { readonly what: 'failed'; readonly at: number; readonly reason: string }
  /** There is no source that could be asked. */
  | { readonly what: 'absent'; readonly at: number; readonly reason: string };

/** What a reading that was seen says of how well it was seen. */
export interface TelemetryCondition {
  readonly at: number;
  readonly faults: readonly FaultSeen[];
  /** Whether this reading would have shown the fault. */
  readonly told: (fault: FaultSeen) => boolean;
  readonly proxies?: ProxiesInShort;
}

/** Proxies come and go all day: how they are in short is said with other news, and so often by itself. */
const proxiesEveryMs = 3_600_000;

/** A single poll fails where a Prometheus is restarted or a network hiccups. */
const failuresOfGap = 2;

/**
 * Whether traffic is being seen: a fold of the log, beside the looks since. A gap begins after the second look in a row that failed, and ends
 * with the first that worked; what is absent is said at once. A gap is from the `lastAt` of its event to the `lastAt` of the next live one.
 *
 * Where the look before is too long ago, nobody looked: that is a gap too, and is recorded when it ends.
 */
export class TelemetryFacts {
  #recorded: TelemetryState | undefined;
  /** As far as the log can tell, or the looks since. */
  #lastSeenAt = 0;
  #due: readonly TelemetryState[] = [];
  #failures = 0;
  #at = 0;
  #watch: FaultWatch | undefined;
  #proxies: ProxiesInShort | undefined;

  /** Takes each event of the log once, in order; those that `decide` led to as well. */
  evolve(event: AnyRecordedEvent): void {
    switch (event.type) {
      case 'TelemetryChanged':
        this.#recorded = event.data;
        this.#due = this.#due.slice(1);
        return this.seenUntil(event.data.lastAt);
      case 'EdgeObserved':
        return this.seenUntil(event.data.seen.asOf);
      case 'UsageRecorded':
        return this.seenUntil(event.occurredAt);
      default:
        return;
    }
  }

  /** For a checkpoint that knows better than the log: before the first look. */
  seenUntil(at: number): void {
    this.#lastSeenAt = Math.max(this.#lastSeenAt, at);
  }

  take(look: TelemetryLook): void {
    this.#at = look.at;
    switch (look.what) {
      case 'seen':
        this.#failures = 0;
        return this.#see(look.at, look.paceMs);
      case 'failed':
        this.#failures += 1;
        if (this.#failures >= failuresOfGap) this.#lose('gap', look.reason);
        return;
      case 'absent':
        return this.#lose('absent', look.reason);
    }
  }

  /** Those that last, in order. */
  get faults(): readonly TelemetryFault[] {
    return this.#faults.held;
  }

  /** After the look that is described so. Answers which faults began to last, and which have ended. */
  describe({ at, faults, told, proxies }: TelemetryCondition): FaultNews {
    this.#proxies = proxies;
    const news = this.#faults.take(faults, at, told);
    const latest = this.#latest;
    if (latest?.phase !== 'live') return news;
    const changed = news.began.length > 0 || news.ended.length > 0;
    if (latest.lastAt === at && this.#due.length > 0)
      this.#due = [...this.#due.slice(0, -1), this.#liveAt(at)];
    else if (changed || this.#proxiesAreNews(latest, at)) this.#due = [...this.#due, this.#liveAt(at)];
    return news;
  }

  /** The collector stops: from now on nobody looks. */
  stop(reason: string): void {
    if (this.#latest?.phase === 'live') this.#lose('gap', reason);
  }

  /** What the log does not say yet, in order. Asked again before it is recorded, it says the same again. */
  decide(): Fact[] {
    return this.#due.map((data) => ({
      subject: telemetrySubject,
      type: 'TelemetryChanged',
      occurredAt: this.#at,
      data,
    }));
  }

  get #latest(): TelemetryState | undefined {
    return this.#due.at(-1) ?? this.#recorded;
  }

  /** What lasts is what the log says, until it is looked at. */
  get #faults(): FaultWatch {
    if (this.#watch === undefined) {
      this.#watch = new FaultWatch();
      this.#watch.hold(this.#recorded?.faults ?? []);
    }
    return this.#watch;
  }

  #liveAt(at: number): TelemetryState {
    const faults = this.#faults.held;
    const proxies = this.#proxies;
    return {
      ...{ phase: 'live', reason: '', lastAt: at },
      ...(faults.length > 0 && { faults }),
      ...(proxies !== undefined && { proxies }),
    };
  }

  #proxiesAreNews({ proxies, lastAt }: TelemetryState, at: number): boolean {
    if (proxies === undefined) return this.#proxies !== undefined;
    if (at - lastAt < proxiesEveryMs || this.#proxies === undefined) return false;
    return !deepEqual(withoutEnds(proxies), withoutEnds(this.#proxies));
  }

  #see(at: number, paceMs: number): void {
    const before = this.#lastSeenAt;
    this.seenUntil(at);
    if (this.#latest?.phase === 'live') {
      if (before === 0 || at - before <= longestPauseMs(paceMs)) return;
      this.#due = [...this.#due, { phase: 'gap', reason: 'nobody looked', lastAt: before }];
    }
    this.#due = [...this.#due, this.#liveAt(at)];
  }

  /** Another reason for the same is no news: it changes with every way in which a network can fail. */
  #lose(phase: 'gap' | 'absent', reason: string): void {
    if (this.#latest?.phase === phase) return;
    this.#due = [...this.#due, { phase, reason, lastAt: this.#lastSeenAt }];
  }
}

/** Some certificate is always the next to end. */
function withoutEnds({ versions, scrapedTwice, certificates }: ProxiesInShort): unknown {
  return { versions, scrapedTwice, endingSoon: certificates?.endingSoon ?? 0 };
}
