import { type EventData, type RefusedTraffic, type Subject } from '@mcp/events';
import type { Fact } from './fact.js';

/** What is refused to whom: what names a subject. */
export type Refused = Omit<RefusedTraffic, 'count' | 'total' | 'firstAt' | 'lastAt'>;

export interface RefusalTally {
  readonly refused: Refused;
  /** All that was counted, recorded or not. */
  total: number;
  firstAt: number;
  lastAt: number;
  recordedTotal: number;
  /** Undefined before the first event. */
  recordedAt: number | undefined;
}

export function isPending({ total, recordedTotal }: RefusalTally): boolean {
  return total > recordedTotal;
}

export function refusedOf(of: Refused): Refused {
  const { what, workload, port, protocol, server, route, client } = of;
  return { what, workload, port, protocol, server, ...(route !== undefined && { route }), client };
}

export function refusedFact(subject: Subject, tally: RefusalTally, at: number): Fact {
  const { refused, total, firstAt, lastAt, recordedTotal } = tally;
  const data: RefusedTraffic = { ...refused, count: total - recordedTotal, total, firstAt, lastAt };
  return { subject, type: 'TrafficRefused', occurredAt: at, data };
}

export function forgottenFact(subject: Subject, why: EventData<'RefusalForgotten'>['why'], at: number): Fact {
  return { subject, type: 'RefusalForgotten', occurredAt: at, data: { why }, tombstone: true };
}
