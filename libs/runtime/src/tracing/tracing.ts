import type { Tracer } from './tracer.js';

/** The tracing of one process. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what waits, for 2 s at most. Never fails. */
  close(): Promise<void>;
}

/** What became of a span: the receiver has it, it could not be sent, or too many waited already. */
export const spanEnds = ['sent', 'failed', 'dropped'] as const;

export type CountSpans = (end: (typeof spanEnds)[number], by: number) => void;
