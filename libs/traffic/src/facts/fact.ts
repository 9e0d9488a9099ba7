import type { EventData, Subject } from '@mcp/events';

type FactType =
  | 'EdgeObserved'
  | 'EdgeForgotten'
  | 'TrafficRefused'
  | 'RefusalForgotten'
  | 'UsageRecorded'
  | 'UsageForgotten'
  | 'TelemetryChanged';

/**
 * Something that the log ought to say and does not yet. Whoever records it adds the id, the actor and the version that it expects.
 * `occurredAt` is of the telemetry's clock and goes into the event as it is: what is due next is told by it.
 */
export type Fact = {
  readonly [T in FactType]: {
    readonly subject: Subject;
    readonly type: T;
    readonly occurredAt: number;
    readonly data: EventData<T>;
    /** The last event of its subject. */
    readonly tombstone?: true;
  };
}[FactType];
