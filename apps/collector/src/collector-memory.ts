import {
  type AnyRecordedEvent,
  isDeleted,
  isObserved,
  type NewEvent,
  observationOf,
  PodShapeTable,
  type RecordedEvent,
  type SourceIdentity,
  type SourceState,
  type Subject,
} from '@mcp/events';
import type { ObjectStates, Problem, ResourceKind } from '@mcp/mesh';
import { formatResourceKey, keyOfObject, type ResourceKey } from '@mcp/mesh';

/** One life of one object, as the log has it last: its state, or why it cannot be read. */
export interface KnownObject {
  readonly subject: Subject;
  readonly version: number;
  readonly key: ResourceKey;
  readonly uid: string;
  readonly last: { readonly state: ObjectStates[ResourceKind] } | { readonly problem: Problem };
}

/** The log's own state of the cluster: what the collector compares each observation with. A fold; holds no clock and no connection. */
export class CollectorMemory {
  readonly #objects = new Map<Subject, KnownObject>();
  /** Living subjects of one name; more than one only while a re-creation is being recorded. */
  readonly #byKey = new Map<string, Set<Subject>>();
  readonly #shapes = new PodShapeTable<true>();
  readonly #sources = new Map<ResourceKind, { readonly state: SourceState; readonly version: number }>();
  source: SourceIdentity | undefined;
  scope: { readonly namespaces: readonly string[] | 'all'; readonly version: number } | undefined;

  get objects(): ReadonlyMap<Subject, KnownObject> {
    return this.#objects;
  }

  livesOf(key: ResourceKey): readonly KnownObject[] {
    const subjects = this.#byKey.get(formatResourceKey(key));
    if (subjects === undefined) return [];
    return [...subjects].flatMap((subject) => this.#objects.get(subject) ?? []);
  }

  /** Not a shape that no pod has any more: a trimmed log may have dropped it, and other folds forget it likewise. */
  knowsShape(hash: string): boolean {
    return this.#shapes.get(hash) !== undefined;
  }

  sourceState(kind: ResourceKind): { readonly state: SourceState; readonly version: number } | undefined {
    return this.#sources.get(kind);
  }

  evolve(event: RecordedEvent): void {
    this.remember(event.subject, event.subjectVersion, event);
  }

  /** As `evolve`, for an event that is about to be recorded as this version of its subject. */
  remember(subject: Subject, version: number, event: NewEvent): void {
    // the type of an event decides the type of its data; a union of all lets the switch see that
    const known = event as AnyRecordedEvent;
    switch (known.type) {
      case 'SourceIdentified':
        this.source = known.data;
        return;
      case 'ScopeDeclared':
        this.scope = { namespaces: known.data.namespaces, version };
        return;
      case 'SourceStateChanged':
        this.#sources.set(known.data.kind, { state: known.data, version });
        return;
      case 'PodShapeObserved':
        this.#shapes.record(known.data.hash, true);
        return;
      case 'ObjectUnreadable':
        this.#set({
          subject,
          version,
          key: known.data.key,
          uid: known.data.uid,
          last: { problem: known.data.problem },
        });
        return;
      default:
        if (isObserved(known)) {
          const { kind, state } = observationOf(known);
          const key = keyOfObject(kind, state);
          this.#set({ subject, version, key, uid: state.uid, last: { state } });
        } else if (isDeleted(known)) {
          this.#drop(subject);
        }
      // what others record, desired state and outcomes, is not about the cluster as it was seen
    }
  }

  #set(object: KnownObject): void {
    this.#shapes.move(shapeOf(this.#objects.get(object.subject)), shapeOf(object));
    this.#objects.set(object.subject, object);
    const name = formatResourceKey(object.key);
    const lives = this.#byKey.get(name);
    if (lives === undefined) this.#byKey.set(name, new Set([object.subject]));
    else lives.add(object.subject);
  }

  #drop(subject: Subject): void {
    const object = this.#objects.get(subject);
    if (object === undefined) return;
    this.#shapes.move(shapeOf(object), undefined);
    this.#objects.delete(subject);
    const name = formatResourceKey(object.key);
    const lives = this.#byKey.get(name);
    lives?.delete(subject);
    if (lives?.size === 0) this.#byKey.delete(name);
  }
}

function shapeOf(object: KnownObject | undefined): string | undefined {
  return object !== undefined && 'state' in object.last && 'shape' in object.last.state
    ? object.last.state.shape
    : undefined;
}
