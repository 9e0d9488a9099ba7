import type { EdgeState } from '@mcp/events';
import type { EdgeSecurity } from '@mcp/mesh';

/** What is told of an edge beside its being there, as one poll shows it or as the log has it. Lists are in order, each text once. */
export type EdgeTraits = Pick<
  EdgeState,
  'security' | 'insecureReasons' | 'protocol' | 'evidence' | 'services' | 'serverIdentities'
>;

/** One poll may be of a moment in which pods are replaced. */
const leastPolls = { worse: 2, more: 2, all: 4 };

/** What counts as worse. Whatever telemetry says is more than that it does not say. */
const rank: Readonly<Record<EdgeSecurity, number>> = {
  unknown: 0,
  mtls: 1,
  mixed: 2,
  opaque: 3,
  plaintext: 4,
};

export function isWorse(security: EdgeSecurity, than: EdgeSecurity): boolean {
  return rank[security] > rank[than];
}

/**
 * What polls have shown of an edge since the first that showed it otherwise than the log has it.
 *
 * Worse security is believed after two polls of four. All else is believed when the deviation has lasted: the worst security, and whatever was
 * shown, so that what alternates is told as a whole, and once. What only one poll has shown is not told.
 */
export class Deviation {
  #polls = 0;
  #morePolls = 0;
  #worsePolls = 0;
  #pollsSinceWorse = 0;
  #latestAt: number;
  /** Of the polls that were worse, the least; with the reasons of the last. */
  #worse: Pick<EdgeTraits, 'security' | 'insecureReasons'> | undefined;
  #shown: EdgeTraits | undefined;

  constructor(
    private readonly recorded: EdgeTraits,
    private readonly beganAt: number,
  ) {
    this.#latestAt = beganAt;
  }

  /** A poll in which a part of the edge's traffic may not have shown. */
  takePart(traits: EdgeTraits): void {
    const { security, insecureReasons } = traits;
    this.#pollsSinceWorse += 1;
    if (this.#pollsSinceWorse >= leastPolls.all) this.#worsePolls = 0;
    if (!isWorse(security, this.recorded.security)) return;
    const before = this.#worsePolls > 0 ? this.#worse?.security : undefined;
    const least = before !== undefined && isWorse(security, before) ? before : security;
    this.#worse = { security: least, insecureReasons };
    this.#worsePolls += 1;
    this.#pollsSinceWorse = 0;
  }

  /** A poll in which all of it showed. */
  take(traits: EdgeTraits, at: number): void {
    this.takePart(traits);
    this.#polls += 1;
    this.#latestAt = at;
    if (hasMore(traits, this.recorded)) this.#morePolls += 1;
    this.#shown = this.#shown === undefined ? traits : bothOf(this.#shown, traits);
  }

  /** What the log ought to have instead; undefined where that is not to be told, or not yet. */
  traits(patienceMs: number): EdgeTraits | undefined {
    if (this.#worsePolls >= leastPolls.worse && this.#worse !== undefined)
      return { ...this.recorded, ...this.#worse };
    if (this.#shown === undefined || !this.hasLasted(patienceMs)) return undefined;
    const security = isWorse(this.#shown.security, this.recorded.security)
      ? this.recorded.security
      : this.#shown.security;
    const shown = this.#morePolls >= leastPolls.more ? this.#shown : commonOf(this.#shown, this.recorded);
    return { ...shown, security };
  }

  hasLasted(patienceMs: number): boolean {
    return this.#polls >= leastPolls.all && this.#latestAt - this.beganAt >= patienceMs;
  }
}

/** As comparing them deeply would: asked for every edge of every poll. */
export function sameTraits(a: EdgeTraits, b: EdgeTraits): boolean {
  return a.security === b.security && sameDetails(a, b);
}

function sameDetails(a: EdgeTraits, b: EdgeTraits): boolean {
  return (
    a.protocol === b.protocol &&
    a.evidence === b.evidence &&
    sameTexts(a.services, b.services) &&
    sameTexts(a.serverIdentities, b.serverIdentities) &&
    sameTexts(a.insecureReasons, b.insecureReasons)
  );
}

function hasMore(traits: EdgeTraits, than: EdgeTraits): boolean {
  return !sameDetails(bothOf(than, traits), than);
}

/** What either says: a client's word before a server's, requests before connections. */
function bothOf(a: EdgeTraits, b: EdgeTraits): EdgeTraits {
  return {
    security: isWorse(b.security, a.security) ? b.security : a.security,
    insecureReasons: union(a.insecureReasons, b.insecureReasons),
    protocol: a.protocol === 'http' ? 'http' : b.protocol,
    evidence: a.evidence === 'client' ? 'client' : b.evidence,
    services: union(a.services, b.services),
    serverIdentities: union(a.serverIdentities, b.serverIdentities),
  };
}

/** What both say. */
function commonOf(a: EdgeTraits, b: EdgeTraits): EdgeTraits {
  return {
    security: isWorse(b.security, a.security) ? a.security : b.security,
    insecureReasons: common(a.insecureReasons, b.insecureReasons),
    protocol: a.protocol === 'http' ? b.protocol : a.protocol,
    evidence: a.evidence === 'client' ? b.evidence : a.evidence,
    services: common(a.services, b.services),
    serverIdentities: common(a.serverIdentities, b.serverIdentities),
  };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return sameTexts(a, b) ? a : [...new Set([...a, ...b])].sort();
}

function common(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.filter((text) => b.includes(text));
}
