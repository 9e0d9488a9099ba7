import type { EdgeState, SeenThrough } from '@mcp/events';
import type { TrafficEnd } from '@mcp/mesh';
import { Deviation, type EdgeTraits, isWorse, sameTraits } from './deviation.js';
import { mostRestless, patienceMs, restlessness } from './patience.js';
import type { SeenEdge } from './seen-edge.js';

/** Two polls up, four down: a single poll may be a proxy that has just been restarted, or a window that has just been missed. */
const polls = { up: 2, down: 4 };

/**
 * One edge: what the log says of it, and what polls have shown since.
 *
 * Traffic and worse security are told after two polls. All else has to last: for four polls, and for longer the more restless the edge is.
 * So an edge that alternates is told as active and by the worst of its security, and makes some dozen events a day at most.
 */
export class WatchedEdge {
  /** The poll that last had it, by the number that the polls are given. */
  poll = 0;
  #recorded: EdgeState | undefined;
  #latest: SeenEdge | undefined;
  #firstAt = 0;
  #lastAt = 0;
  /** Polls in a row that show it at work, while the log does not have it at work. */
  #sights = 0;
  /** Polls in a row that saw no traffic, and the last of them. */
  #quiet = 0;
  #quietAt = 0;
  #absent = false;
  /** One of its ends is no more, and it had no traffic since. */
  #over = false;
  #restlessness = 0;
  #deviation: Deviation | undefined;

  get recorded(): EdgeState | undefined {
    return this.#recorded;
  }

  get lastSeenAt(): number {
    return Math.max(this.#lastAt, this.#recorded?.lastSeenAt ?? 0);
  }

  evolve(state: EdgeState): void {
    const before = this.#recorded;
    if (before !== undefined)
      this.#restlessness = restlessness(this.#restlessness, state.seen.asOf - before.seen.asOf);
    this.#recorded = state;
    this.#sights = 0;
    this.#quiet = 0;
    this.#over = false;
    this.#deviation = undefined;
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
      this.#quieten(at);
    }
  }

  /** It was not in a poll that would have shown it. */
  miss(at: number): void {
    this.#absent = true;
    this.#quieten(at);
  }

  /** One of its ends is no more, and the poll had no traffic of it. */
  end(): void {
    this.#over = true;
  }

  /** What the log ought to say of it now; undefined where it says so already. It changes with what is seen, not with time. */
  due(seen: SeenThrough): EdgeState | undefined {
    const { recorded, lastSeenAt } = this;
    if (recorded === undefined)
      return this.#sights >= polls.up && this.#latest !== undefined
        ? this.#firstSeen(this.#latest, seen)
        : undefined;
    if (recorded.activity === 'idle')
      return this.#sights >= polls.up
        ? { ...recorded, what: 'resumed', activity: 'active', lastSeenAt, seen }
        : undefined;
    if (this.#isOver || this.#wasQuiet(recorded))
      return { ...recorded, what: 'went-idle', activity: 'idle', lastSeenAt, seen };
    const traits = this.#deviation?.traits(patienceMs(this.#restlessness));
    if (traits === undefined) return undefined;
    const what = traits.security === recorded.security ? 'details-changed' : 'security-changed';
    return { ...recorded, ...traits, what, lastSeenAt, seen };
  }

  /** What comes and goes all the time is not believed to be over. */
  get #isOver(): boolean {
    return this.#over && this.#restlessness < mostRestless;
  }

  #wasQuiet({ seen }: EdgeState): boolean {
    const sinceMs = this.#quietAt - Math.max(this.lastSeenAt, seen.asOf);
    return this.#quiet >= polls.down && sinceMs >= patienceMs(this.#restlessness);
  }

  #quieten(at: number): void {
    this.#sights = 0;
    this.#quiet += 1;
    this.#quietAt = at;
  }

  #sight(edge: SeenEdge, at: number, working: boolean, whole: () => boolean): void {
    this.#quiet = 0;
    this.#over = false;
    if (!working) this.#sights += 1;
    if (this.#sights === 1) this.#firstAt = at;
    this.#lastAt = at;
    this.#latest = edge;
    if (this.#recorded !== undefined && edge.hadTraffic) this.#compare(this.#recorded, edge, at, whole);
  }

  #firstSeen(edge: SeenEdge, seen: SeenThrough): EdgeState {
    const { security, insecureReasons, protocol, evidence, services, serverIdentities } = edge;
    return {
      ...edge.id,
      ...{ what: 'first-seen', activity: 'active', security, insecureReasons },
      ...{ protocol, evidence, services, serverIdentities },
      firstSeenAt: this.#firstAt,
      lastSeenAt: this.#lastAt,
      seen,
    };
  }

  #compare(recorded: EdgeState, edge: SeenEdge, at: number, whole: () => boolean): void {
    if (this.#deviation === undefined && sameTraits(edge, recorded)) return;
    const traits = shownOf(edge, recorded);
    if (this.#deviation === undefined && sameTraits(traits, recorded)) return;
    if (whole()) {
      const deviation = (this.#deviation ??= new Deviation(recorded, at));
      deviation.take(traits, at);
      const patience = patienceMs(this.#restlessness);
      if (!deviation.hasLasted(patience)) return;
      const told = deviation.traits(patience);
      if (told === undefined || sameTraits(told, recorded)) this.#deviation = undefined;
      // what does not show may be what made it other than mesh TLS
    } else if (recorded.security === 'mtls' || recorded.security === 'unknown') {
      if (this.#deviation !== undefined || isWorse(traits.security, recorded.security))
        (this.#deviation ??= new Deviation(recorded, at)).takePart(traits);
    }
  }
}

/** Telemetry that does not say takes nothing back, and between requests only the connection shows. */
function shownOf(edge: SeenEdge, recorded: EdgeTraits): EdgeTraits {
  const { security, insecureReasons } = edge.security === 'unknown' ? recorded : edge;
  const protocol = recorded.protocol === 'http' ? 'http' : edge.protocol;
  const { evidence, services, serverIdentities } = edge;
  return { security, insecureReasons, protocol, evidence, services, serverIdentities };
}
