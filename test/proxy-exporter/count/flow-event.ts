import type { Outcome } from '../mesh/flow.js';

/** Something that happened in a flow, `n` times at once. */
export type FlowEvent =
  | Responded
  /** `first`: held from the beginning of a process; only the transport counts these. */
  | { readonly kind: 'opened'; readonly n: number; readonly first: boolean }
  | { readonly kind: 'closed'; readonly n: number }
  | { readonly kind: 'carried'; readonly written: number; readonly read: number };

export interface Responded {
  readonly kind: 'responded';
  readonly outcome: Outcome;
  readonly n: number;
}

/** As the other side of a proxy has it: what is written to one was read from the other. */
export const mirroredBytes = (event: FlowEvent): FlowEvent =>
  event.kind === 'carried' ? { ...event, written: event.read, read: event.written } : event;

/** How the flow travels when it happens, and when that is: milliseconds since the epoch. */
export interface Moment {
  readonly overMesh: boolean;
  readonly at: number;
}
