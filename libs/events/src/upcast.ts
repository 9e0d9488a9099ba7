import type { EventType } from './catalog.js';
import type { AnyRecordedEvent, RecordedEvent } from './envelope.js';
import { eventSchemas } from './schema/events.js';
import type { Schema } from './schema/schema.js';

/** An event as some version of this software wrote it. */
export interface WrittenEvent extends Omit<RecordedEvent, 'type' | 'data'> {
  readonly type: string;
  readonly data: unknown;
}

/**
 * The event is of a type, or of a version of its type, that this software does not know: newer software wrote it. A fold
 * that left it out would give wrong answers, so nothing that reads it may go on.
 */
export class UnknownEvent extends Error {
  readonly code = 'UNKNOWN_EVENT';
  constructor({ type, version, position }: WrittenEvent) {
    super(
      `event ${position.sequence} is a ${type} of version ${version}, which newer software wrote; ` +
        'upgrade this process before it reads this log (UNKNOWN_EVENT)',
    );
  }
}

/** The event is not what its type and version promise: something else than this software wrote it. */
export class MalformedEvent extends Error {
  readonly code = 'MALFORMED_EVENT';
  constructor({ type, version, position }: WrittenEvent, path: string, fault: string) {
    super(
      `event ${position.sequence}, a ${type} of version ${version}: ${['data', path].filter(Boolean).join('.')} ` +
        `${fault}; the log was not written by this software alone (MALFORMED_EVENT)`,
    );
  }
}

/** Turns the data of one version into that of the next. */
export type Upcaster = (data: unknown) => unknown;

/** For each type that has changed: the first turns version 1 into 2, and so on. */
export type Upcasters = Partial<Readonly<Record<EventType, readonly Upcaster[]>>>;

/** No released type has changed yet. */
const upcasters: Upcasters = {};

/** The version of a type that is written now. */
export function versionOfType(type: EventType): number {
  return presentVersion(upcasters, type);
}

/**
 * The event as this software knows it: brought to the present version of its type, and its data checked. What is of the present
 * version already is given back as it is. Where logs are read, before any fold sees the event.
 *
 * Fails with `UnknownEvent` or `MalformedEvent`.
 */
export const upcast = upcastWith(eventSchemas, upcasters);

/** `upcast` for other tables than the present ones. */
export function upcastWith(
  schemas: ReadonlyMap<string, Schema<unknown>>,
  steps: Upcasters,
): (written: WrittenEvent) => AnyRecordedEvent {
  return (written) => {
    const schema = schemas.get(written.type);
    if (schema === undefined) throw new UnknownEvent(written);
    const event = toPresent(written, steps);
    const fault = schema.fault(event.data);
    if (fault !== undefined) throw new MalformedEvent(written, fault.path, fault.message);
    // the schema of the type says so
    return event as AnyRecordedEvent;
  };
}

function toPresent(written: WrittenEvent, steps: Upcasters): WrittenEvent {
  const type = written.type as EventType;
  const present = presentVersion(steps, type);
  const { version } = written;
  if (version === present) return written;
  if (!Number.isInteger(version) || version < 1 || version > present) throw new UnknownEvent(written);
  const data = (steps[type] ?? []).slice(version - 1).reduce((older, step) => step(older), written.data);
  return { ...written, version: present, data };
}

function presentVersion(steps: Upcasters, type: EventType): number {
  return (steps[type]?.length ?? 0) + 1;
}
