import type { AnyRecordedEvent, RecordedEvent } from './envelope.js';

/** What the reconciler records on the subject of a change after it was asked for. */
export const outcomeTypes = [
  'ApplyStarted',
  'DryRunPassed',
  'ChangeApplied',
  'ChangeRejected',
  'ChangeConflicted',
  'ChangeRefused',
  'ChangeSuperseded',
  'ApplyDeferred',
] as const;

export type OutcomeType = (typeof outcomeTypes)[number];

export type OutcomeEvent = { [T in OutcomeType]: RecordedEvent<T> }[OutcomeType];

const known: ReadonlySet<string> = new Set(outcomeTypes);

export function isOutcome(event: AnyRecordedEvent): event is OutcomeEvent {
  return known.has(event.type);
}
