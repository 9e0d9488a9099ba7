import { type AnyRecordedEvent, refusalSubject, type Subject } from '@mcp/events';
import { formatWorkloadRef } from '@mcp/mesh';
import type { CounterDifference } from './counter-difference.js';
import type { Fact } from './fact.js';
import {
  forgottenFact,
  isPending,
  type Refused,
  refusedFact,
  refusedOf,
  type RefusalTally,
} from './refusal-tally.js';

export interface RefusalLimits {
  /** Least time between two events of one subject. */
  readonly pauseMs: number;
  readonly retentionMs: number;
  /** What was silent for so long goes where there is no room. */
  readonly crowdedRetentionMs: number;
  readonly most: number;
  /** Of one workload: whoever makes up identities against one must not take the room of all. */
  readonly mostPerWorkload: number;
}

export const defaultRefusalLimits: RefusalLimits = {
  pauseMs: 60_000,
  retentionMs: 30 * 24 * 3_600_000,
  crowdedRetentionMs: 24 * 3_600_000,
  most: 20_000,
  mostPerWorkload: 200,
};

/** One line of a checkpoint. */
export type RefusalRecord = readonly ['refusal', Omit<RefusalTally, 'recordedAt'>];

/**
 * Who was refused what: a fold of the log, beside what was counted since. The first refusal of a subject is due at once, what follows once
 * a minute; the counts wait until they are recorded, and `flush` asks for all of them.
 *
 * The number of subjects is bounded, for each workload and over all, since whoever can run a pod can make up identities. Where there is no room for
 * another client, its refusals are counted for the clients that are not identified, under the same Server and route: the number stays
 * right and the name is lost. `unnamed` counts them. Only where there is no room for that either are they dropped and counted.
 */
export class RefusalFacts {
  readonly #tallies = new Map<Subject, RefusalTally>();
  readonly #perWorkload = new Map<string, number>();
  #unnamed = 0;
  #dropped = 0;

  constructor(private readonly limits: RefusalLimits = defaultRefusalLimits) {}

  get size(): number {
    return this.#tallies.size;
  }

  /** Refusals whose client was not named because there was no room. */
  get unnamed(): number {
    return this.#unnamed;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Takes each event of the log once, in order; those that `decide` led to as well. */
  evolve(event: AnyRecordedEvent): void {
    if (event.type === 'TrafficRefused') {
      const { total, firstAt, lastAt } = event.data;
      const tally = this.#tallies.get(event.subject) ?? this.#open(event.subject, event.data, firstAt);
      tally.recordedTotal = total;
      tally.recordedAt = event.occurredAt;
      tally.total = Math.max(tally.total, total);
      tally.lastAt = Math.max(tally.lastAt, lastAt);
    } else if (event.type === 'RefusalForgotten') {
      const tally = this.#tallies.get(event.subject);
      if (tally !== undefined) this.#close(event.subject, tally);
    }
  }

  /** Counts those that are refusals. */
  take(differences: readonly CounterDifference[], at: number): void {
    for (const difference of differences) {
      const { what, count } = difference;
      if (what === 'allowed') continue;
      const tally = this.#tallyOf({ ...difference, what }, count, at);
      if (tally === undefined) {
        this.#dropped += count;
        continue;
      }
      tally.total += count;
      tally.lastAt = at;
    }
  }

  /** What the log does not say yet and is due. Asked again before it is recorded, it says the same again. */
  decide(at: number): Fact[] {
    const facts: Fact[] = [];
    for (const [subject, tally] of this.#tallies) {
      const { recordedAt } = tally;
      if (isPending(tally)) {
        if (recordedAt === undefined || at - recordedAt >= this.limits.pauseMs)
          facts.push(refusedFact(subject, tally, at));
        continue;
      }
      const silentMs = at - tally.lastAt;
      const crowded = !this.#hasRoom(tally.refused);
      if (silentMs > (crowded ? this.limits.crowdedRetentionMs : this.limits.retentionMs))
        facts.push(forgottenFact(subject, crowded ? 'too-many' : 'retention', at));
    }
    return facts;
  }

  /** All that the log does not say yet. */
  flush(at: number): Fact[] {
    return [...this.#tallies]
      .filter(([, tally]) => isPending(tally))
      .map(([subject, tally]) => refusedFact(subject, tally, at));
  }

  /** What was counted, for a checkpoint that also has the counters. */
  *records(): Generator<RefusalRecord> {
    for (const { refused, total, firstAt, lastAt, recordedTotal } of this.#tallies.values())
      yield ['refusal', { refused, total, firstAt, lastAt, recordedTotal }];
  }

  /** Before the records of another: whatever is not in them was not counted by it. */
  restart(): void {
    for (const tally of this.#tallies.values()) tally.total = 0;
  }

  /**
   * Takes the records of another, after the log was folded and before anything is counted. Where the log has more than the record, it was
   * recorded after the checkpoint, and is about to be counted again.
   */
  restore([, { refused, total, firstAt, lastAt, recordedTotal }]: RefusalRecord): void {
    const subject = refusalSubject(refused);
    const known = this.#tallies.get(subject);
    if (known !== undefined) {
      known.total = total;
      return;
    }
    // what the log had and has not any more was forgotten
    const pending = total - recordedTotal;
    if (pending <= 0) return;
    const tally = this.#open(subject, refused, recordedTotal === 0 ? firstAt : lastAt);
    tally.total = pending;
    tally.lastAt = lastAt;
  }

  #tallyOf(refused: Refused, count: number, at: number): RefusalTally | undefined {
    const subject = refusalSubject(refused);
    const known = this.#tallies.get(subject);
    if (known !== undefined) return known;
    if (this.#hasRoom(refused)) return this.#open(subject, refused, at);
    const rest: Refused = { ...refused, client: { kind: 'unidentified' } };
    const restSubject = refusalSubject(rest);
    const tally =
      this.#tallies.get(restSubject) ??
      // as many again: Servers and routes are not made by clients
      (this.#tallies.size < 2 * this.limits.most ? this.#open(restSubject, rest, at) : undefined);
    if (tally !== undefined) this.#unnamed += count;
    return tally;
  }

  #hasRoom({ workload }: Refused): boolean {
    const ofWorkload = this.#perWorkload.get(formatWorkloadRef(workload)) ?? 0;
    return this.#tallies.size < this.limits.most && ofWorkload < this.limits.mostPerWorkload;
  }

  #open(subject: Subject, refused: Refused, at: number): RefusalTally {
    const tally: RefusalTally = {
      refused: refusedOf(refused),
      total: 0,
      firstAt: at,
      lastAt: at,
      recordedTotal: 0,
      recordedAt: undefined,
    };
    this.#tallies.set(subject, tally);
    this.#count(refused, 1);
    return tally;
  }

  /** A new life where something was counted since it was decided. */
  #close(subject: Subject, tally: RefusalTally): void {
    this.#tallies.delete(subject);
    this.#count(tally.refused, -1);
    if (isPending(tally))
      this.#open(subject, tally.refused, tally.lastAt).total = tally.total - tally.recordedTotal;
  }

  #count({ workload }: Refused, by: number): void {
    const key = formatWorkloadRef(workload);
    const count = (this.#perWorkload.get(key) ?? 0) + by;
    if (count === 0) this.#perWorkload.delete(key);
    else this.#perWorkload.set(key, count);
  }
}
