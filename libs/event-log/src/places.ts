import type { LogPosition } from '@mcp/events';
import { LogCorrupt, PositionOfAnotherLog, PositionTrimmed } from './errors.js';
import { positionOf, startOf, type EventStorage, type Place } from './event-storage.js';

/** `EventLog.compare` for every adapter. */
export function comparePositions(log: string, a: LogPosition, b: LogPosition): -1 | 0 | 1 {
  for (const position of [a, b]) if (position.log !== log) throw new PositionOfAnotherLog(position, log);
  return Math.sign(a.sequence - b.sequence) as -1 | 0 | 1;
}

/** `EventLog.oldest` for every adapter. */
export async function oldestPosition(storage: EventStorage): Promise<LogPosition> {
  const { log, trimmed } = (await storage.look(0, 0)).state;
  return trimmed === undefined ? startOf(log) : positionOf(log, trimmed);
}

/** `EventLog.keptSince` for every adapter. */
export async function keptSince(storage: EventStorage): Promise<number | undefined> {
  const { state, events } = await storage.look(1, 1);
  return (state.trimmed ?? events[0])?.recordedAt;
}

/**
 * `EventLog.positionAt` for every adapter. The log is its own index of time: sequences have no gap and `recordedAt` never
 * decreases, so a binary search finds the place (24 probes in a log of 10 million events), and there is nothing to keep in step.
 */
export async function positionAt(storage: EventStorage, recordedAt: number): Promise<LogPosition> {
  const { state } = await storage.look(0, 0);
  const { log, head, trimmed } = state;
  const start = startOf(log);
  if (head.recordedAt <= recordedAt) return positionOf(log, head);
  if (trimmed !== undefined && recordedAt < trimmed.recordedAt)
    throw new PositionTrimmed(start, trimmed.sequence);
  let found: Place = trimmed ?? { ...start, recordedAt: 0 };
  let beyond = head.sequence;
  while (beyond - found.sequence > 1) {
    const middle = Math.floor((found.sequence + beyond) / 2);
    const [probe] = await storage.page(middle, middle);
    if (probe === undefined) throw new LogCorrupt(`event ${middle} is missing`);
    if (probe.recordedAt <= recordedAt) found = probe;
    else beyond = middle;
  }
  return positionOf(log, found);
}
