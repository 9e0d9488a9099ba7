import { saysExactly } from '@mcp/mesh';
import { BaselineChanges } from './baseline-changes.js';
import type { ManagedKind } from './catalog.js';
import type { AnyRecordedEvent, RecordedEvent } from './envelope.js';
import type { AnyDeletedEvent, AnyObservedEvent, ManagedObservedEvent } from './object-events.js';
import { isDeleted, isManaged, isManagedObserved, isObserved, objectOfSubject } from './object-events.js';
import { isOutcome, type OutcomeEvent } from './outcome-events.js';
import { PodShapeTable } from './pod-shape-table.js';
import type { LogPosition } from './position.js';
import type { Subject } from './subject.js';
import { desiredSubject, objectSubject, sourceStateSubject } from './subject.js';

type StateEvent = AnyObservedEvent | RecordedEvent<'ObjectUnreadable'>;

/** A desired object, and the observations without which one could not tell that it was ever as desired. */
interface Wish {
  readonly set: RecordedEvent<'DesiredStateSet'>;
  readonly proofs: Map<Moment, Proof>;
  /** Where there is to be no object: the object that was deleted for that, where it was still seen to be there. */
  there?: AnyRecordedEvent | undefined;
  /** Its deletion, and the first one after which there was none. */
  readonly ends: AnyDeletedEvent[];
  /** Another object of that name, which was there when one ended. */
  other?: Proof<StateEvent> | undefined;
  /** The list that was live and did not have it, after the apply. */
  absence?: RecordedEvent<'SourceStateChanged'> | undefined;
  leftNone: boolean;
}

/**
 * When the object was as desired: first since that was asked for, which makes a later difference drift; when the apply was
 * recorded, and first after it, which is what makes a change converged.
 */
type Moment = 'since-asked' | 'at-apply' | 'since-apply';

/** `end`: the object's deletion, without which the observation would bring it back. */
interface Proof<Event extends StateEvent = ManagedObservedEvent> {
  readonly event: Event;
  end?: AnyDeletedEvent;
}

/**
 * The events that must survive when the older part of a log is dropped: a fold over them gives what a fold over all
 * gives. A fold itself; ask for `events` after the last event that is to be dropped.
 *
 * They are the last event of every living subject; every event of a change that has not ended or is the newest of its
 * object; the observations that show that a desired object was as desired, or one that there was to be none of gone; the pod shapes that a pod has or was about
 * to get. They stay as recorded and in their order.
 */
export class Baseline {
  /** The place after the last event taken; undefined before the first. */
  position: LogPosition | undefined;
  readonly #last = new Map<Subject, AnyRecordedEvent>();
  readonly #podShapes = new PodShapeTable<RecordedEvent<'PodShapeObserved'>>();
  readonly #wishes = new Map<Subject, Wish>();
  /** The readable objects of the managed kinds, by the subject of what is desired of them. */
  readonly #managed = new Map<Subject, Map<Subject, ManagedObservedEvent>>();
  /** All of the managed kinds, as `#managed`, those that cannot be read too. */
  readonly #lives = new Map<Subject, Set<Subject>>();
  readonly #changes = new BaselineChanges();

  evolve(recorded: RecordedEvent): void {
    // the type of an event decides the type of its data; only a union of all types lets the compiler see that
    const event = recorded as AnyRecordedEvent;
    this.position = event.position;
    if (isObserved(event)) return this.#observe(event);
    if (isDeleted(event)) return this.#end(event);
    if (isOutcome(event)) return this.#takeOutcome(event);
    switch (event.type) {
      case 'ObjectUnreadable':
        return this.#observe(event);
      case 'PodShapeObserved':
        this.#podShapes.record(event.data.hash, event);
        return;
      case 'SourceStateChanged':
        this.#last.set(event.subject, event);
        if (isManaged(event.data.kind)) this.#listed(event.data.kind, event);
        return;
      case 'SourceIdentified':
      case 'ScopeDeclared':
      case 'EdgeObserved':
      case 'TrafficRefused':
      case 'UsageRecorded':
      case 'TelemetryChanged':
      case 'DriftModeSet':
      case 'EnforcementStopped':
        this.#last.set(event.subject, event);
        return;
      case 'EdgeForgotten':
      case 'RefusalForgotten':
      case 'UsageForgotten':
        this.#last.delete(event.subject);
        return;
      case 'DesiredStateSet':
        this.#wishes.set(event.subject, { set: event, proofs: new Map(), ends: [], leftNone: false });
        this.#changes.set(event);
        this.#prove(event.subject, 'since-asked', this.#managedOf(event.subject).values());
        return;
      case 'ChangeRequested':
        this.#changes.request(event);
        return;
      case 'ChangeSetRequested':
        this.#changes.requestSet(event);
        return;
      case 'StagingEnded':
        this.#changes.endStaging(event);
        return;
      case 'ChangeDenied':
        // no state hangs on it
        return;
    }
  }

  /** In the order of the log. */
  events(): readonly AnyRecordedEvent[] {
    const wishes = [...this.#wishes.values()].flatMap(({ set, proofs, there, ends, other, absence }) => [
      set,
      ...[...proofs.values()].flatMap(eventsOf),
      ...(other === undefined ? [] : eventsOf(other)),
      ...(there === undefined ? [] : [there]),
      ...ends,
      ...(absence === undefined ? [] : [absence]),
    ]);
    const all = [...this.#last.values(), ...this.#podShapes.values(), ...wishes, ...this.#changes.events()];
    return [...new Set<AnyRecordedEvent>(all)].sort((a, b) => a.position.sequence - b.position.sequence);
  }

  #takeOutcome(event: OutcomeEvent): void {
    const desired = this.#changes.takeOutcome(event);
    if (desired === undefined || event.type !== 'ChangeApplied') return;
    this.#prove(desired, 'at-apply', this.#managedOf(desired).values());
    const wish = this.#wishes.get(desired);
    if (wish === undefined || wish.set.data.spec !== undefined) return;
    const { key } = wish.set.data;
    const { uid } = event.data;
    // of what was not there, as far as it was still seen
    const there =
      uid === undefined ? [...this.#livesOf(desired)].at(-1) : objectSubject(key.kind, { ...key, uid });
    if (there !== undefined) wish.there ??= this.#last.get(there);
    const listed = this.#last.get(sourceStateSubject(key.kind));
    if (listed?.type === 'SourceStateChanged') this.#noteAbsence(wish, listed);
  }

  /** The object that was deleted for the wish, seen only after that. */
  #noteThere(desired: Subject, event: StateEvent): void {
    const wish = this.#wishes.get(desired);
    if (wish === undefined || wish.set.data.spec !== undefined) return;
    const { changeId } = wish.set.data;
    const wasDeleted = this.#changes.deletedBy(changeId) === objectOfSubject(event.subject)?.uid;
    if (wasDeleted && this.#changes.isApplied(changeId)) wish.there ??= event;
  }

  #listed(kind: ManagedKind, event: RecordedEvent<'SourceStateChanged'>): void {
    for (const wish of this.#wishes.values())
      if (wish.set.data.key.kind === kind) this.#noteAbsence(wish, event);
  }

  #noteAbsence(wish: Wish, list: RecordedEvent<'SourceStateChanged'>): void {
    const { key, spec, changeId } = wish.set.data;
    if (list.data.phase !== 'live' || spec !== undefined || !this.#changes.isApplied(changeId)) return;
    const uid = this.#changes.deletedBy(changeId);
    const lives = this.#livesOf(wish.set.subject);
    const isThere = uid === undefined ? lives.size > 0 : lives.has(objectSubject(key.kind, { ...key, uid }));
    if (!isThere) wish.absence ??= list;
  }

  #observe(event: StateEvent): void {
    const before = this.#last.get(event.subject);
    this.#podShapes.move(shapeIn(before), shapeIn(event));
    this.#last.set(event.subject, event);
    const desired = desiredSubjectOf(event.subject);
    if (desired === undefined) return;
    this.#livesOf(desired).add(event.subject);
    this.#managedOf(desired).delete(event.subject);
    this.#noteThere(desired, event);
    if (!isManagedObserved(event)) return;
    this.#managedOf(desired).set(event.subject, event);
    this.#prove(desired, 'since-asked', [event]);
    this.#prove(desired, 'since-apply', [event]);
  }

  #end(event: AnyDeletedEvent): void {
    this.#podShapes.move(shapeIn(this.#last.get(event.subject)), undefined);
    this.#last.delete(event.subject);
    const desired = desiredSubjectOf(event.subject);
    if (desired === undefined) return;
    this.#managedOf(desired).delete(event.subject);
    this.#livesOf(desired).delete(event.subject);
    const wish = this.#wishes.get(desired);
    if (wish === undefined) return;
    for (const proof of [...wish.proofs.values(), ...(wish.other === undefined ? [] : [wish.other])])
      if (proof.event.subject === event.subject) proof.end ??= event;
    const { spec, changeId } = wish.set.data;
    if (spec !== undefined) return;
    const [other] = this.#livesOf(desired);
    const isFirst = other === undefined && !wish.leftNone;
    wish.leftNone ||= isFirst;
    if (!isFirst && this.#changes.deletedBy(changeId) !== objectOfSubject(event.subject)?.uid) return;
    wish.ends.push(event);
    const state = other === undefined ? undefined : this.#last.get(other);
    if (state !== undefined) wish.other ??= { event: state as StateEvent };
  }

  /** Remembers the first observation that shows a desired object as desired. */
  #prove(desired: Subject, moment: Moment, observations: Iterable<ManagedObservedEvent>): void {
    const wish = this.#wishes.get(desired);
    if (wish === undefined || wish.proofs.has(moment)) return;
    const { spec, changeId } = wish.set.data;
    if (moment !== 'since-asked' && !this.#changes.isApplied(changeId)) return;
    const event = [...observations].find(({ data }) => saysExactly(data, spec));
    if (event !== undefined) wish.proofs.set(moment, { event });
  }

  #livesOf(desired: Subject): Set<Subject> {
    let lives = this.#lives.get(desired);
    if (lives === undefined) this.#lives.set(desired, (lives = new Set<Subject>()));
    return lives;
  }

  #managedOf(desired: Subject): Map<Subject, ManagedObservedEvent> {
    let objects = this.#managed.get(desired);
    if (objects === undefined)
      this.#managed.set(desired, (objects = new Map<Subject, ManagedObservedEvent>()));
    return objects;
  }
}

function eventsOf({ event, end }: Proof<StateEvent>): readonly AnyRecordedEvent[] {
  return end === undefined ? [event] : [event, end];
}

function shapeIn(event: AnyRecordedEvent | undefined): string | undefined {
  return event?.type === 'PodObserved' ? event.data.shape : undefined;
}

/** Undefined where the subject is no object that anything could be desired of. */
function desiredSubjectOf(subject: Subject): Subject | undefined {
  const object = objectOfSubject(subject);
  return object === undefined || !isManaged(object.kind) ? undefined : desiredSubject(object);
}
