import type { EventData, EventType } from './catalog.js';
import type { LogPosition } from './position.js';

/** Who caused an event, and how that is known. A field manager seen on an object is not an actor. */
export interface Actor extends ClusterUser {
  readonly provenBy: 'none' | 'token' | 'kubernetes' | 'mesh' | 'component';
  /** The address at the other end of the connection that the call came by. Absent where nobody called, or it is not known. Proves nothing. */
  readonly from?: string;
}

/** Someone as an API server knows them. All but the name is absent where the proof is neither `kubernetes` nor `mesh`. */
export interface ClusterUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  /** What authorization may depend on besides, such as the scopes of a token. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a writer hands to the log. `occurredAt` is the source's time, in milliseconds since the epoch. */
export interface NewEvent<T extends EventType = EventType> {
  readonly id: string;
  readonly type: T;
  readonly version: number;
  readonly occurredAt: number;
  readonly actor: Actor;
  readonly data: EventData<T>;
  /** Why, in the words of who asked. */
  readonly reason?: string;
  /** Id of the event or request that led to this one. */
  readonly causation?: string;
  /** The whole story that this event belongs to: the change id. */
  readonly correlation?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** The API server's version of the object that this event tells of. */
  readonly resourceVersion?: string;
}

/** An event in the log, immutable. `position` is the place right after it. */
export interface RecordedEvent<T extends EventType = EventType> extends NewEvent<T> {
  readonly subject: string;
  /** How many events the subject has had, this one included. */
  readonly subjectVersion: number;
  /** When the log took it, in milliseconds since the epoch; never decreases along the log. */
  readonly recordedAt: number;
  readonly position: LogPosition;
}

/** A recorded event of any type, to `switch` over by `type`. */
export type AnyRecordedEvent = { [T in EventType]: RecordedEvent<T> }[EventType];
