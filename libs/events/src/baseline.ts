import { deepEqual } from '@mcp/mesh';
import { BaselineChanges } from './baseline-changes.js';
import { managedKinds } from './catalog.js';
import type { AnyRecordedEvent, RecordedEvent } from './envelope.js';
import { isNewerLife } from './lives.js';
import type { AnyDeletedEvent, AnyObservedEvent } from './object-events.js';
import { isDeleted, isObserved, objectOfSubject } from './object-events.js';
import { PodShapeTable } from './pod-shape-table.js';
import type { LogPosition } from './position.js';
import type { Subject } from './subject.js';
import { desiredSubject } from './subject.js';

type StateEvent = AnyObservedEvent | RecordedEvent<'ObjectUnreadable'>;
type ManagedEvent = RecordedEvent<`${(typeof managedKinds)[number]}Observed`>;

/** A desired object, and the observations without which one could not tell that it was ever as desired. */
interface Wish {
  readonly set: RecordedEvent<'DesiredStateSet'>;
  reached?: Proof;
  /** Observed as desired after its change was applied, which is what makes the change converged. */
  converged?: Proof;
}

/** `end`: the object's deletion, without which the observation would bring it back. */
interface Proof {
  readonly event: ManagedEvent;
  end?: AnyDeletedEvent;
}

/**
 * The events that must survive when the older part of a log is dropped: a fold over them gives what a fold over all
 * gives. A fold itself; ask for `events` after the last event that is to be dropped.
 *
 * They are the last event of every living subject; every event of a change that has not ended or is the newest of its
 * object; the observations that show that a desired object was as desired; the pod shapes that a pod has or was about
 * to get. They stay as recorded and in their order.
 */
export class Baseline {
  /** The place after the last event taken; undefined before the first. */
  position: LogPosition | undefined;
  readonly #last = new Map<Subject, AnyRecordedEvent>();
  readonly #podShapes = new PodShapeTable<RecordedEvent<'PodShapeObserved'>>();
  readonly #wishes = new Map<Subject, Wish>();
  /** The living objects of the managed kinds, by the subject of what is desired of them. */
  readonly #lives = new Map<Subject, Map<Subject, StateEvent>>();
  readonly #changes = new BaselineChanges();

  evolve(recorded: RecordedEvent): void {
    // the type of an event decides the type of its data; only a union of all types lets the compiler see that
    const event = recorded as AnyRecordedEvent;
    this.position = event.position;
    if (isObserved(event)) return this.#observe(event);
    if (isDeleted(event)) return this.#end(event);
    switch (event.type) {
      case 'ObjectUnreadable':
        return this.#observe(event);
      case 'PodShapeObserved':
        this.#podShapes.record(event.data.hash, event);
        return;
      case 'SourceIdentified':
      case 'ScopeDeclared':
      case 'SourceStateChanged':
        this.#last.set(event.subject, event);
        return;
      case 'DesiredStateSet':
        this.#wishes.set(event.subject, { set: event });
        this.#prove(event.subject);
        return;
      case 'ChangeRequested':
        this.#changes.request(event);
        return;
      case 'ApplyStarted':
      case 'DryRunPassed':
      case 'ChangeApplied':
      case 'ChangeRejected':
      case 'ChangeConflicted':
      case 'ChangeRefused':
      case 'ChangeSuperseded':
      case 'ApplyDeferred': {
        const desired = this.#changes.takeOutcome(event);
        if (desired !== undefined) this.#prove(desired);
      }
    }
  }

  /** In the order of the log. */
  events(): readonly AnyRecordedEvent[] {
    const proofs = [...this.#wishes.values()].flatMap(({ set, reached, converged }) => [
      set,
      ...[reached, converged].flatMap((proof) => (proof === undefined ? [] : eventsOf(proof))),
    ]);
    const all = [...this.#last.values(), ...this.#podShapes.values(), ...proofs, ...this.#changes.events()];
    return [...new Set<AnyRecordedEvent>(all)].sort((a, b) => a.position.sequence - b.position.sequence);
  }

  #observe(event: StateEvent): void {
    const before = this.#last.get(event.subject);
    this.#podShapes.move(shapeIn(before), shapeIn(event));
    this.#last.set(event.subject, event);
    const desired = desiredSubjectOf(event.subject);
    if (desired === undefined) return;
    const lives = this.#lives.get(desired) ?? new Map<Subject, StateEvent>();
    this.#lives.set(desired, lives.set(event.subject, event));
    this.#prove(desired);
  }

  #end(event: AnyDeletedEvent): void {
    this.#podShapes.move(shapeIn(this.#last.get(event.subject)), undefined);
    this.#last.delete(event.subject);
    const desired = desiredSubjectOf(event.subject);
    if (desired === undefined) return;
    const lives = this.#lives.get(desired);
    lives?.delete(event.subject);
    if (lives?.size === 0) this.#lives.delete(desired);
    const wish = this.#wishes.get(desired);
    for (const proof of [wish?.reached, wish?.converged])
      if (proof?.event.subject === event.subject) proof.end ??= event;
    this.#prove(desired);
  }

  /** Remembers the observation that first shows a desired object as desired. */
  #prove(desired: Subject): void {
    const wish = this.#wishes.get(desired);
    const lives = this.#lives.get(desired);
    if (wish === undefined || lives === undefined || wish.converged !== undefined) return;
    const [newest] = [...lives.values()].sort((a, b) => (isNewerLife(a.data, b.data) ? -1 : 1));
    if (newest === undefined || !isManaged(newest)) return;
    if (!deepEqual(newest.data.spec, wish.set.data.spec)) return;
    wish.reached ??= { event: newest };
    if (this.#changes.isApplied(wish.set.data.changeId)) wish.converged = { event: newest };
  }
}

function eventsOf({ event, end }: Proof): readonly AnyRecordedEvent[] {
  return end === undefined ? [event] : [event, end];
}

function shapeIn(event: AnyRecordedEvent | undefined): string | undefined {
  return event?.type === 'PodObserved' ? event.data.shape : undefined;
}

function isManaged(event: StateEvent): event is ManagedEvent {
  return managedKinds.some((kind) => event.type === `${kind}Observed`);
}

/** Undefined where the subject is no object that anything could be desired of. */
function desiredSubjectOf(subject: Subject): Subject | undefined {
  const object = objectOfSubject(subject);
  const kind = managedKinds.find((managed) => managed === object?.kind);
  return object === undefined || kind === undefined ? undefined : desiredSubject({ ...object, kind });
}
