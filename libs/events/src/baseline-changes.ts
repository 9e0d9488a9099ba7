import type { AnyRecordedEvent, RecordedEvent } from './envelope.js';
import type { OutcomeEvent, OutcomeType } from './outcome-events.js';
import type { Subject } from './subject.js';
import { changeSubject, desiredSubject } from './subject.js';

interface Change {
  readonly desired: Subject;
  readonly events: AnyRecordedEvent[];
  applied: boolean;
  deletes?: string | undefined;
  ended: boolean;
}

/** Keeps all events of each change that has not ended or is the newest of its object. */
export class BaselineChanges {
  readonly #changes = new Map<Subject, Change>();
  /** By the subject of the desired object. */
  readonly #newest = new Map<Subject, Subject>();
  readonly #sets: RecordedEvent<'ChangeSetRequested'>[] = [];
  /** By the subject of the set. */
  readonly #stagings = new Map<Subject, RecordedEvent<'StagingEnded'>>();

  request(event: RecordedEvent<'ChangeRequested'>): void {
    const desired = desiredSubject(event.data.key);
    const former = this.#newest.get(desired);
    this.#newest.set(desired, event.subject);
    this.#changes.set(event.subject, { desired, events: [event], applied: false, ended: false });
    if (former !== undefined) this.#dropIfDone(former);
  }

  requestSet(event: RecordedEvent<'ChangeSetRequested'>): void {
    this.#sets.push(event);
  }

  endStaging(event: RecordedEvent<'StagingEnded'>): void {
    this.#stagings.set(event.subject, event);
  }

  /** What the change asked for stays as long as it does: an older change that is still open is found by it. */
  set(event: RecordedEvent<'DesiredStateSet'>): void {
    this.#changes.get(changeSubject(event.data.changeId))?.events.push(event);
  }

  /** Answers what the change is about, if the change is known. */
  takeOutcome(event: OutcomeEvent): Subject | undefined {
    const change = this.#changes.get(event.subject);
    if (change === undefined) return undefined;
    change.events.push(event);
    if (!change.applied && event.type === 'ApplyStarted') change.deletes = event.data.liveUid;
    if (!change.applied && event.type === 'ChangeApplied') {
      change.applied = true;
      change.deletes = event.data.uid;
    }
    change.ended ||= ends(event.type);
    this.#dropIfDone(event.subject);
    return change.desired;
  }

  isApplied(changeId: string): boolean {
    return this.#changes.get(changeSubject(changeId))?.applied ?? false;
  }

  /** The uid of the object that the change deletes, or has deleted. */
  deletedBy(changeId: string): string | undefined {
    return this.#changes.get(changeSubject(changeId))?.deletes;
  }

  *events(): Iterable<AnyRecordedEvent> {
    for (const { events } of this.#changes.values()) yield* events;
    for (const set of this.#sets) {
      if (!set.data.changes.some((id) => this.#changes.has(changeSubject(id)))) continue;
      yield set;
      const ended = this.#stagings.get(set.subject);
      if (ended !== undefined) yield ended;
    }
  }

  #dropIfDone(subject: Subject): void {
    const change = this.#changes.get(subject);
    if (change?.ended === true && this.#newest.get(change.desired) !== subject) this.#changes.delete(subject);
  }
}

/** Whether nothing is left to do about the change. That an applied one has converged is the cluster's to show. */
function ends(type: OutcomeType): boolean {
  switch (type) {
    case 'ChangeApplied':
    case 'ChangeRejected':
    case 'ChangeConflicted':
    case 'ChangeRefused':
    case 'ChangeSuperseded':
      return true;
    case 'ApplyStarted':
    case 'DryRunPassed':
    case 'ApplyDeferred':
      return false;
  }
}
