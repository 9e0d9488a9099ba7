import type { WorkloadRef } from '@mcp/mesh';
import type { CounterSeen, ProxyClaim, TrafficReading } from '@mcp/sources';
import { atOnce } from '../at-once.js';

/** The counters of one proxy in one poll, where it is who it claims to be. */
export interface CountedProxy {
  /** Names its pod, and no other. */
  readonly pod: string;
  readonly workload: WorkloadRef;
  /** The last scrape worked. */
  readonly up: boolean;
  /** When its process began; undefined where not known. */
  readonly startedAt?: number;
  readonly sampleAgeMs?: number;
  /** More than 1: every counter is a sum over so many scrapes. */
  readonly scrapes: number;
  readonly counters: readonly CounterSeen[];
}

/** Whose proxy it is, as the cluster says; undefined where the cluster says otherwise than the claim. */
export type Ownership = (
  claim: ProxyClaim,
) => { readonly pod: string; readonly workload: WorkloadRef } | undefined;

const rowsAtOnce = 500;

export interface CountedProxies {
  readonly proxies: readonly CountedProxy[];
  /** Rows that are of no proxy that is who it claims to be. */
  readonly untrusted: number;
}

/** `countedInSteps` at once. */
export function countedProxies(reading: TrafficReading, ownerOf: Ownership): CountedProxies {
  return atOnce(countedInSteps(reading, ownerOf));
}

/** Gives each proxy of a reading its counters. A pod of two scrape jobs is one proxy, scraped twice. Pauses every millisecond or so. */
export function* countedInSteps(
  reading: TrafficReading,
  ownerOf: Ownership,
): Generator<void, CountedProxies> {
  const proxies = new Map<
    string,
    CountedProxy & { readonly ups: number; readonly counters: CounterSeen[] }
  >();
  for (const seen of reading.proxies) {
    const owner = ownerOf(seen);
    if (owner === undefined) continue;
    const other = proxies.get(owner.pod);
    const startedAt = seen.startedAt ?? other?.startedAt;
    const sampleAgeMs = seen.sampleAgeMs ?? other?.sampleAgeMs;
    const ups = (other?.ups ?? 0) + (seen.up ? 1 : 0);
    proxies.set(owner.pod, {
      ...owner,
      up: seen.up || other?.up === true,
      ...(startedAt !== undefined && { startedAt }),
      ...(sampleAgeMs !== undefined && { sampleAgeMs }),
      // a job that reaches it no more adds to no sum
      scrapes: Math.max(seen.scrapes, other?.scrapes ?? 1, ups),
      ups,
      counters: [],
    });
  }
  yield;
  let untrusted = 0;
  for (const [index, row] of reading.counters.entries()) {
    if (index % rowsAtOnce === 0) yield;
    const owner = ownerOf(row.serving);
    const proxy = owner && proxies.get(owner.pod);
    if (proxy === undefined) untrusted += 1;
    else proxy.counters.push(row);
  }
  return { proxies: Array.from(proxies.values(), ({ ups: _, ...proxy }) => proxy), untrusted };
}
