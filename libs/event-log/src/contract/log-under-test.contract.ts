import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { LogPosition, NewEvent, RecordedEvent } from '@mcp/events';
import type { EventLog, Write } from '../index.js';

/** How an adapter gives a log to its test, with the hands to damage it that no log offers. */
export interface EventLogHarness {
  /** Another handle on the same log, as another process would have it; absent where only one process may have it. */
  readonly another?: () => Promise<EventLog>;
  readonly open: () => Promise<EventLog>;
  /** Closes `log`, changes what is stored, and opens it again. */
  readonly damage: (log: EventLog, damage: Damage) => Promise<EventLog>;
  readonly cleanup: () => Promise<void>;
}

export type Damage =
  | { readonly kind: 'remove event'; readonly sequence: number }
  | { readonly kind: 'alter event'; readonly sequence: number }
  | { readonly kind: 'tear snapshot'; readonly projection: string };

/** The log that a suite is about; some tests open it anew, so it is asked for each time. */
export interface LogUnderTest {
  log: EventLog;
  readonly harness: EventLogHarness;
  /** Another handle on it where the adapter has such, or the same. */
  readonly another: () => Promise<EventLog>;
}

/** One log for all tests of the enclosing `describe`. */
export function logUnderTest(factory: () => Promise<EventLogHarness>): LogUnderTest {
  const opened: EventLog[] = [];
  const under = {
    another: async () => {
      if (under.harness.another === undefined) return under.log;
      const other = await under.harness.another();
      opened.push(other);
      return other;
    },
  } as { -readonly [K in keyof LogUnderTest]: LogUnderTest[K] };
  beforeAll(async () => {
    under.harness = await factory();
    under.log = await under.harness.open();
  });
  afterAll(async () => {
    await Promise.all(opened.map((other) => other.close()));
    await under.log.close();
    await under.harness.cleanup();
  });
  return under;
}

export function subject(): string {
  return `Pod/shop/web/${randomUUID()}`;
}

export function newEvent(): NewEvent {
  return {
    id: randomUUID(),
    type: 'ScopeDeclared',
    version: 1,
    occurredAt: 1_700_000_000_000,
    actor: { name: 'collector', provenBy: 'component' },
    data: { namespaces: ['shop', 'bücher'] },
  };
}

export function deletion(): NewEvent {
  return { ...newEvent(), type: 'PodDeleted', data: { detectedLate: false } };
}

export function write(about: string, expectedVersion: Write['expectedVersion']): Write {
  return { subject: about, expectedVersion, event: newEvent() };
}

export async function readAll(log: EventLog, from: LogPosition, options?: Parameters<EventLog['read']>[1]) {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read(from, options)) events.push(...batch);
  return events;
}

/** Follows in the background; `ended` settles when the following does. */
export function collect(following: AsyncIterable<readonly RecordedEvent[]>) {
  const events: RecordedEvent[] = [];
  const collected = { events, empties: 0, ended: Promise.resolve() };
  collected.ended = (async () => {
    for await (const batch of following) {
      events.push(...batch);
      if (batch.length === 0) collected.empties += 1;
    }
  })();
  collected.ended.catch(() => undefined);
  return collected;
}

export async function until(reached: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!reached()) {
    if (Date.now() > deadline) throw new Error(`not reached within ${withinMs} ms`);
    await pause(5);
  }
}
