import type { EdgeState, SeenThrough } from '@mcp/events';
import type { EdgeProtocol, EdgeSecurity, TrafficEnd } from '@mcp/mesh';
import type { SeenEdge } from './seen-edge.js';
import { Streak } from './streak.js';

/** Two polls up, four down: a single poll may be a proxy that has just been restarted, or a window that has just been missed. */
const polls = { up: 2, down: 4, security: 2, details: 4 };

/**
 * An edge that comes back within the hour is given twice as long before it is idle again, an hour of polls at most: one that is called
 * every two minutes would make sixty events an hour otherwise.
 */
const soonMs = 3_600_000;
const longestPatience = 240;

type Details = Pick<EdgeState, 'insecureReasons' | 'protocol' | 'evidence' | 'services' | 'serverIdentities'>;

/** One edge: what the log says of it, and what polls have shown since. */
export class WatchedEdge {
  /** The poll that last had it, by the number that the polls are given. */
  poll = 0;
  #recorded: EdgeState | undefined;
  #latest: SeenEdge | undefined;
  #firstAt = 0;
  #lastAt = 0;
  /** Polls in a row that show it at work, while the log does not have it at work. */
  #sights = 0;
  /** Polls in a row that saw no traffic. */
  #quiet = 0;
  #absent = false;
  #patience = polls.down;
  readonly #security = new Streak<EdgeSecurity>();
  readonly #details = new Streak<Details>();

  get recorded(): EdgeState | undefined {
    return this.#recorded;
  }

  get lastSeenAt(): number {
    return Math.max(this.#lastAt, this.#recorded?.lastSeenAt ?? 0);
  }

  evolve(state: EdgeState): void {
    if (state.what === 'resumed' && this.#recorded !== undefined) {
      const pauseMs = state.lastSeenAt - this.#recorded.lastSeenAt;
      this.#patience = pauseMs < soonMs ? Math.min(2 * this.#patience, longestPatience) : polls.down;
    }
    this.#recorded = state;
    this.#sights = 0;
    this.#quiet = 0;
    this.#security.end();
    this.#details.end();
  }

  /** Whose proxies tell of it. */
  get teller(): TrafficEnd | undefined {
    const known = this.#recorded ?? this.#latest?.id;
    const evidence = this.#recorded?.evidence ?? this.#latest?.evidence;
    return evidence === 'client' ? known?.source : known?.destination;
  }

  /**
   * It was in a poll. `whole` says whether all of its traffic would have shown. Where not, what is no news of traffic is no news of its
   * absence, and nothing is taken back.
   */
  see(edge: SeenEdge, at: number, whole: () => boolean): void {
    if (edge.frozen) return;
    const working = this.#recorded?.activity === 'active';
    // proxies drop the rows of what was idle for ten minutes, so one that appears tells of traffic, even where nothing moves in it any more
    const appeared = this.#recorded === undefined || this.#absent || this.#sights > 0;
    this.#absent = false;
    if (edge.hadTraffic || (appeared && !working)) {
      this.#sight(edge, at, working, whole);
    } else if (whole()) {
      this.#quiet += 1;
      this.#sights = 0;
    }
  }

  /** It was not in a poll that would have shown it. */
  miss(): void {
    this.#absent = true;
    this.#sights = 0;
    this.#quiet += 1;
  }

  /** What the log ought to say of it now; undefined where it says so already. */
  due(seen: SeenThrough): EdgeState | undefined {
    const { recorded } = this;
    if (recorded === undefined) {
      return this.#sights >= polls.up && this.#latest !== undefined
        ? this.#firstSeen(this.#latest, seen)
        : undefined;
    }
    const lastSeenAt = this.lastSeenAt;
    if (recorded.activity === 'idle') {
      if (this.#sights < polls.up) return undefined;
      return { ...recorded, what: 'resumed', activity: 'active', lastSeenAt, seen };
    }
    if (this.#quiet >= this.#patience)
      return { ...recorded, what: 'went-idle', activity: 'idle', lastSeenAt, seen };
    const security = this.#security.after(polls.security);
    if (security !== undefined) {
      const insecureReasons = this.#latest?.insecureReasons ?? [];
      return { ...recorded, what: 'security-changed', security, insecureReasons, lastSeenAt, seen };
    }
    const details = this.#details.after(polls.details);
    return details && { ...recorded, ...details, what: 'details-changed', lastSeenAt, seen };
  }

  #sight(edge: SeenEdge, at: number, working: boolean, whole: () => boolean): void {
    this.#quiet = 0;
    if (!working) this.#sights += 1;
    if (this.#sights === 1) this.#firstAt = at;
    this.#lastAt = at;
    this.#latest = edge;
    if (this.#recorded !== undefined && edge.hadTraffic) this.#compare(this.#recorded, edge, whole);
  }

  #firstSeen(edge: SeenEdge, seen: SeenThrough): EdgeState {
    return {
      ...edge.id,
      what: 'first-seen',
      activity: 'active',
      security: edge.security,
      ...detailsOf(edge),
      firstSeenAt: this.#firstAt,
      lastSeenAt: this.#lastAt,
      seen,
    };
  }

  #compare(recorded: EdgeState, edge: SeenEdge, whole: () => boolean): void {
    // telemetry that does not say takes nothing back
    if (edge.security === recorded.security || edge.security === 'unknown') this.#security.end();
    // what does not show may be what made it other than mesh TLS
    else if (recorded.security === 'mtls' || recorded.security === 'unknown' || whole())
      this.#security.take(edge.security);
    // between requests only the connection shows
    const protocol = recorded.protocol === 'http' ? 'http' : edge.protocol;
    if (saysTheSame(edge, protocol, recorded)) this.#details.end();
    else if (whole()) this.#details.take({ ...detailsOf(edge), protocol });
  }
}

/** As comparing the details would, without making them: asked for every edge of every poll. */
function saysTheSame(edge: SeenEdge, protocol: EdgeProtocol, recorded: EdgeState): boolean {
  return (
    protocol === recorded.protocol &&
    edge.evidence === recorded.evidence &&
    sameTexts(edge.services, recorded.services) &&
    sameTexts(edge.serverIdentities, recorded.serverIdentities) &&
    sameTexts(edge.insecureReasons, recorded.insecureReasons)
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function detailsOf({ insecureReasons, protocol, evidence, services, serverIdentities }: Details): Details {
  return { insecureReasons, protocol, evidence, services, serverIdentities };
}
