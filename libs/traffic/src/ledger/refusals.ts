import type { AnyRecordedEvent, RefusedTraffic, Subject } from '@mcp/events';
import { type ClientSeen, deepEqual, type Refusal, type WorkloadRef } from '@mcp/mesh';

/** What was refused to whom, over the life of its subject. */
export interface RefusalSeen extends RefusedTraffic {
  readonly subject: Subject;
}

/** What is left out is not asked for. */
export interface RefusalFilter {
  readonly namespace?: string;
  readonly workload?: WorkloadRef;
  readonly client?: ClientSeen;
  readonly kinds?: readonly Refusal[];
  /** Between its first and its last, it overlaps `from <= at < to`. */
  readonly from?: number;
  readonly to?: number;
}

/** A place in the order of refusals: right after this one. */
export type RefusalPlace = Pick<RefusalSeen, 'lastAt' | 'subject'>;

export interface RefusalPage {
  readonly refusals: readonly RefusalSeen[];
  /** Where the next page begins; undefined where there is none. */
  readonly next?: RefusalPlace;
}

/** Who is refused what, latest first, and by subject where two are of one time. A fold of events; it holds no clock. */
export class Refusals {
  readonly #refusals = new Map<Subject, RefusalSeen>();
  /** Undefined after an event, until someone asks. */
  #ordered: readonly RefusalSeen[] | undefined;

  get size(): number {
    return this.#refusals.size;
  }

  evolve(event: AnyRecordedEvent): void {
    if (event.type === 'TrafficRefused') this.restore({ ...event.data, subject: event.subject });
    else if (event.type === 'RefusalForgotten') {
      this.#refusals.delete(event.subject);
      this.#ordered = undefined;
    }
  }

  restore(refusal: RefusalSeen): void {
    this.#refusals.set(refusal.subject, refusal);
    this.#ordered = undefined;
  }

  /** At most `limit` of them, after a place that an earlier page has given. One that happens again meanwhile moves to the front. */
  page(
    filter: RefusalFilter,
    { after, limit }: { readonly after?: RefusalPlace; readonly limit: number },
  ): RefusalPage {
    const found: RefusalSeen[] = [];
    for (const refusal of this.all()) {
      if ((after !== undefined && compare(refusal, after) <= 0) || !matches(refusal, filter)) continue;
      const last = found.at(-1);
      if (found.length === limit && last !== undefined)
        return { refusals: found, next: { lastAt: last.lastAt, subject: last.subject } };
      found.push(refusal);
    }
    return { refusals: found };
  }

  all(): readonly RefusalSeen[] {
    this.#ordered ??= [...this.#refusals.values()].sort(compare);
    return this.#ordered;
  }
}

function compare(a: RefusalPlace, b: RefusalPlace): number {
  if (a.lastAt !== b.lastAt) return b.lastAt - a.lastAt;
  return a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0;
}

function matches(refusal: RefusalSeen, filter: RefusalFilter): boolean {
  const { namespace, workload, client, kinds, from = -Infinity, to = Infinity } = filter;
  return (
    (namespace === undefined || refusal.workload.namespace === namespace) &&
    (workload === undefined || deepEqual(refusal.workload, workload)) &&
    (client === undefined || deepEqual(refusal.client, client)) &&
    (kinds === undefined || kinds.includes(refusal.what)) &&
    refusal.lastAt >= from &&
    refusal.firstAt < to
  );
}
