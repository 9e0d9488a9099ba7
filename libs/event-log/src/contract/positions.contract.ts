import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { formatPosition, parsePosition } from '@mcp/events';
import { startOf } from '../index.js';
import { type LogUnderTest, subject, write, readAll } from './log-under-test.contract.js';

/** Places in a log: their order, and those found by time. */
export function positionsContract(under: LogUnderTest): void {
  describe('positions', () => {
    it('are ordered within one log and have no order between two', async () => {
      const start = startOf(await under.log.identity());
      const { position } = await under.log.append({ writes: [write(subject(), 0)] });
      const parsed = parsePosition(formatPosition(position))!;
      expect([
        under.log.compare(start, position),
        under.log.compare(position, start),
        under.log.compare(position, parsed),
      ]).toEqual([-1, 1, 0]);
      expect(() => under.log.compare(position, { ...position, log: 'another-log' })).toThrow(
        expect.objectContaining({ code: 'POSITION_OF_ANOTHER_LOG' }),
      );
    });

    it('are found by time: after the last event recorded at or before it', async () => {
      for (let burst = 0; burst < 4; burst += 1) {
        await under.log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
        await pause(5);
      }
      const events = await readAll(under.log, startOf(await under.log.identity()));
      const times = [...new Set(events.slice(-8).map(({ recordedAt }) => recordedAt))];
      expect(times.length).toBeGreaterThan(1);
      for (const time of times) {
        const last = events.findLast(({ recordedAt }) => recordedAt <= time)!;
        expect(await under.log.positionAt(time)).toEqual(last.position);
      }
      const start = startOf(await under.log.identity());
      expect(await under.log.positionAt(events[0]!.recordedAt - 1)).toEqual(start);
      expect(await under.log.oldest()).toEqual(start);
      expect(await under.log.keptSince()).toBe(events[0]!.recordedAt);
      expect(await under.log.positionAt(Date.now() + 60_000)).toEqual(await under.log.head());
    });
  });
}
