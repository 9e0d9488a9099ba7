import { type AnyRecordedEvent, type Subject, usageSubject, type WorkloadUsage } from '@mcp/events';
import { formatWorkloadRef, type WorkloadRef } from '@mcp/mesh';
import type { CounterDifference } from './counter-difference.js';
import { dayBefore, dayMs, dayOf, startOfDay } from './day.js';
import { DayUsage } from './day-usage.js';
import type { Fact } from './fact.js';
import { longestPauseMs } from './pause.js';
import { RecountedCalls } from './recounted-calls.js';

export interface UsageLimits {
  /** Days before today that are remembered. */
  readonly retentionDays: number;
  /** Facts that are due at a time; the rest is due at the next. */
  readonly mostAtOnce: number;
}

export const defaultUsageLimits: UsageLimits = {
  retentionDays: 30,
  // a few milliseconds, where each has a hundred callers
  mostAtOnce: 100,
};

/** One line of a checkpoint. */
export type UsageRecord =
  | readonly ['usage', WorkloadUsage, { readonly beganAt: number }]
  | readonly ['observed', WorkloadRef, number];

/**
 * Who used which port of which workload, by days of UTC: a fold of the log, beside what was counted since. An event has the whole day until then;
 * it is due every hour, once more after the day has ended, and soon where a caller is not in the log yet.
 *
 * Counted are the requests and connections that a server let in, those let in by audit mode included, and those that it denied for want
 * of authorization. What was limited, found no route or was cut later is a refusal and no use. A difference counts for the day on which it was
 * seen. A day is bounded by the size of its event: the calls of callers beyond that are in `dropped`.
 */
export class UsageFacts {
  /** Today's, and those of before that the log does not have whole. */
  readonly #days = new Map<Subject, DayUsage>();
  readonly #observedAt = new Map<string, number>();
  /** What is in the log: the workloads of each day, by name. */
  readonly #recorded = new Map<string, Set<string>>();
  /** While a checkpoint is taken in: what the log has of the days. */
  readonly #inLog = new Map<Subject, WorkloadUsage>();
  readonly #recounted = new Map<Subject, RecountedCalls>();
  /** Each name once, however many days have it. */
  readonly #names = new Map<string, string>();

  constructor(private readonly limits: UsageLimits = defaultUsageLimits) {}

  /** Takes each event of the log once, in order; those that `decide` led to as well. */
  evolve(event: AnyRecordedEvent): void {
    if (event.type === 'UsageRecorded') this.#evolve(event.data, event.occurredAt);
    else if (event.type === 'UsageForgotten') {
      const [name, day] = namedBy(event.subject);
      this.#days.delete(event.subject);
      const names = this.#recorded.get(day);
      names?.delete(name);
      if (names?.size === 0) this.#recorded.delete(day);
    }
  }

  take(differences: readonly CounterDifference[], at: number): void {
    const day = dayOf(at);
    for (const difference of differences) {
      const { what, workload } = difference;
      if (what !== 'allowed' && what !== 'audited' && what !== 'denied') continue;
      const count = difference.count - this.#countedBefore(difference, day);
      if (count > 0) this.#dayOf(workload, day, at).count({ ...difference, count }, at);
    }
  }

  /** These workloads were seen whole: none of their proxies was overlooked. Asked for once a poll; polls are `paceMs` apart. */
  observe(workloads: Iterable<WorkloadRef>, at: number, paceMs: number): void {
    const longestMs = longestPauseMs(paceMs);
    const today = dayOf(at);
    const midnight = startOfDay(today);
    for (const workload of workloads) {
      const name = formatWorkloadRef(workload);
      const before = this.#observedAt.get(name);
      this.#observedAt.set(name, at);
      if (before === undefined || at - before > longestMs) continue;
      if (before < midnight) this.#dayOf(workload, dayOf(before), before).observedMs += midnight - before;
      this.#dayOf(workload, today, at).observedMs += at - Math.max(before, midnight);
    }
    this.#closeBefore(today);
    for (const subject of this.#recounted.keys())
      if (namedBy(subject)[1] < dayBefore(today)) this.#recounted.delete(subject);
    for (const [name, seenAt] of this.#observedAt) if (at - seenAt > longestMs) this.#observedAt.delete(name);
  }

  /** What the log does not say yet and is due. Asked again before it is recorded, it says the same again. */
  decide(at: number): Fact[] {
    const facts: Fact[] = [];
    for (const [subject, usage] of this.#days) {
      if (facts.length >= this.limits.mostAtOnce) return facts;
      if (usage.isDue(at)) facts.push(recordedFact(subject, usage, at));
    }
    return [...facts, ...this.#outlived(at, this.limits.mostAtOnce - facts.length)];
  }

  /** All that the log does not say yet. */
  flush(at: number): Fact[] {
    return [...this.#days]
      .filter(([, usage]) => usage.isPending)
      .map(([subject, usage]) => recordedFact(subject, usage, at));
  }

  /** What was counted, for a checkpoint that also has the counters. */
  *records(): Generator<UsageRecord> {
    for (const usage of this.#days.values()) yield ['usage', usage.counted(), { beganAt: usage.beganAt }];
    for (const [name, at] of this.#observedAt) yield ['observed', workloadNamed(name), at];
  }

  /** Before the records of another: whatever is not in them was not counted by it. Pauses after each workload. */
  *restart(): Generator<void> {
    for (const [subject, usage] of this.#days) {
      yield;
      const state = usage.counted();
      this.#inLog.set(subject, state);
      usage.restore({ ...state, observedMs: 0, edges: [], dropped: 0 });
    }
  }

  /**
   * Takes the records of another, after the log was folded and before anything is counted. Where the log has more than the record, it was
   * recorded after the checkpoint, and is about to be counted again.
   */
  restore(record: UsageRecord): void {
    if (record[0] === 'observed') {
      this.#observedAt.set(formatWorkloadRef(record[1]), record[2]);
      return;
    }
    const [, state, { beganAt }] = record;
    const { workload, day } = state;
    const closed = this.#recorded.get(day)?.has(formatWorkloadRef(workload)) === true;
    if (closed && !this.#days.has(usageSubject(workload, day))) return;
    this.#dayOf(workload, day, beganAt).restore(state);
  }

  /**
   * After the records of another, which polled last at that time: what it had not counted yet of a day that has
   * ended since, and the log has, does not count for another day. Pauses after each workload.
   */
  *restarted(polledAt: number): Generator<void> {
    for (const [subject, { day, edges }] of this.#inLog) {
      yield;
      if (day < dayOf(polledAt)) continue;
      const recounted = new RecountedCalls(edges, this.#days.get(subject)?.counted().edges ?? []);
      if (!recounted.isEmpty) this.#recounted.set(subject, recounted);
    }
    this.#inLog.clear();
  }

  /** How many calls of a difference the log has on an earlier day. */
  #countedBefore(difference: CounterDifference, today: string): number {
    if (this.#recounted.size === 0) return 0;
    const count = (day: string): number =>
      this.#recounted.get(usageSubject(difference.workload, day))?.find(difference) ?? 0;
    const before = count(dayBefore(today));
    // those of today are in what the checkpoint had of today, which is counted on from
    count(today);
    return before;
  }

  #evolve(state: WorkloadUsage, at: number): void {
    const name = this.#nameOf(formatWorkloadRef(state.workload));
    let names = this.#recorded.get(state.day);
    if (names === undefined) {
      this.#recorded.set(state.day, (names = new Set()));
      // a fold from the beginning comes by many days; only the last may go on, and a checkpoint may be of the one before
      this.#closeBefore(dayBefore(state.day));
    }
    names.add(name);
    const usage = this.#dayOf(state.workload, state.day, at);
    if (!usage.isPending) usage.restore(state);
    usage.evolve(state, at);
  }

  #closeBefore(day: string): void {
    for (const [subject, usage] of this.#days)
      if (usage.day < day && !usage.isPending) this.#days.delete(subject);
  }

  #outlived(at: number, most: number): Fact[] {
    const oldest = dayOf(at - this.limits.retentionDays * dayMs);
    const facts: Fact[] = [];
    for (const [day, names] of this.#recorded) {
      if (day >= oldest) continue;
      for (const name of names) {
        if (facts.length >= most) return facts;
        facts.push({
          subject: usageSubject(workloadNamed(name), day),
          type: 'UsageForgotten',
          occurredAt: at,
          data: { why: 'retention' },
          tombstone: true,
        });
      }
    }
    return facts;
  }

  #dayOf(workload: WorkloadRef, day: string, at: number): DayUsage {
    const subject = usageSubject(workload, day);
    let usage = this.#days.get(subject);
    if (usage === undefined) this.#days.set(subject, (usage = new DayUsage(workload, day, at)));
    return usage;
  }

  #nameOf(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, name);
    return name;
  }
}

function recordedFact(subject: Subject, usage: DayUsage, at: number): Fact {
  return { subject, type: 'UsageRecorded', occurredAt: at, data: usage.state() };
}

/** Name of the workload, and day. */
function namedBy(subject: Subject): readonly [string, string] {
  const end = subject.lastIndexOf('/');
  return [subject.slice(subject.indexOf('/') + 1, end), subject.slice(end + 1)];
}

function workloadNamed(text: string): WorkloadRef {
  const [namespace = '', kind = '', name = ''] = text.split('/');
  return { namespace, kind, name };
}
