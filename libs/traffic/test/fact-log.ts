import type { AnyRecordedEvent, EventData, EventType, Subject } from '@mcp/events';
import type { Fact } from '../src/facts/fact.js';

interface Folding {
  evolve(event: AnyRecordedEvent): void;
}

/** A log of facts in memory: enough of one to fold. What is recorded late is recorded at the time that it says. */
export class FactLog {
  readonly events: AnyRecordedEvent[] = [];
  readonly #versions = new Map<Subject, number>();

  /** Records the facts, and lets these take them. */
  record(facts: readonly Fact[], ...folds: readonly Folding[]): readonly Fact[] {
    for (const { subject, type, occurredAt, data, tombstone } of facts) {
      const event = this.#event(subject, type, occurredAt, data);
      if (tombstone === true) this.#versions.delete(subject);
      for (const fold of folds) fold.evolve(event);
    }
    return facts;
  }

  foldInto<T extends Folding>(fold: T): T {
    for (const event of this.events) fold.evolve(event);
    return fold;
  }

  #event<T extends EventType>(
    subject: Subject,
    type: T,
    occurredAt: number,
    data: EventData<T>,
  ): AnyRecordedEvent {
    const sequence = this.events.length + 1;
    const subjectVersion = (this.#versions.get(subject) ?? 0) + 1;
    this.#versions.set(subject, subjectVersion);
    const event = {
      id: `event-${sequence}`,
      type,
      version: 1,
      occurredAt,
      actor: { name: 'collector', provenBy: 'component' },
      data,
      subject,
      subjectVersion,
      recordedAt: occurredAt,
      position: { log: 'a-log', sequence, digest: String(sequence).padStart(16, '0') },
      // the type and the data came together
    } as AnyRecordedEvent;
    this.events.push(event);
    return event;
  }
}
