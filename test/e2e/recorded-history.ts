import type { RecordedEvent } from '@mcp/events';
import { connectRedisLog } from '@mcp/redis';

/** All events of a log that was never trimmed, as they are recorded. */
export class RecordedHistory {
  private constructor(readonly events: readonly RecordedEvent[]) {}

  static async of(place: { readonly url: string; readonly mesh: string }): Promise<RecordedHistory> {
    const log = await connectRedisLog(place);
    const events: RecordedEvent[] = [];
    try {
      const start = { log: await log.identity(), sequence: 0, digest: '' };
      for await (const batch of log.read(start)) events.push(...batch);
    } finally {
      await log.close();
    }
    return new RecordedHistory(events);
  }

  /** The types of the events of one change, in order. */
  ofChange(changeId: string): string[] {
    return this.events.filter(({ correlation }) => correlation === changeId).map(({ type }) => type);
  }

  /** What breaks an order: a place in the log, or a version of a subject, that does not follow the one before. */
  gaps(): string[] {
    const gaps: string[] = [];
    const versions = new Map<string, number>();
    for (const [index, { position, subject, subjectVersion, type }] of this.events.entries()) {
      if (position.sequence !== index + 1) gaps.push(`${position.sequence} at place ${index + 1}`);
      const before = versions.get(subject) ?? 0;
      if (subjectVersion !== before + 1) gaps.push(`${subject} at ${subjectVersion} after ${before}`);
      // what comes again after its end counts from 1
      versions.set(subject, /(Deleted|Forgotten)$/.test(type) ? 0 : subjectVersion);
    }
    return gaps;
  }
}
