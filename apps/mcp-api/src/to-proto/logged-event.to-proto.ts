import type { LoggedEvent } from '@mcp/contracts';
import { formatPosition, type RecordedEvent } from '@mcp/events';

/** `before`: what the event of its subject before it said; undefined where there was none, or it is not known. */
export function loggedEventToProto(event: RecordedEvent, before: unknown): LoggedEvent {
  const { id, type, subject, subjectVersion, actor, occurredAt, recordedAt } = event;
  return {
    id,
    type,
    subject,
    subjectVersion,
    actor: actor.name,
    actorProvenBy: actor.provenBy,
    reason: event.reason ?? '',
    occurredAt: new Date(occurredAt),
    recordedAt: new Date(recordedAt),
    position: formatPosition(event.position),
    causation: event.causation ?? '',
    correlation: event.correlation ?? '',
    traceparent: event.traceparent ?? '',
    data: JSON.stringify(event.data),
    calledFrom: actor.from ?? '',
    dataBefore: before === undefined ? '' : JSON.stringify(before),
  };
}
