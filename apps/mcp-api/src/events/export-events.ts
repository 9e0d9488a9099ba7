import { setImmediate as breath } from 'node:timers/promises';
import { ExportedEvent, ExportEventsResponse, type LogPlace } from '@mcp/contracts';
import { type EventLog, positionOf, type StoredEvent } from '@mcp/event-log';
import type { LogPosition } from '@mcp/events';
import { largestPageBytes } from '../graph/graph-pages.js';
import { withPositionOf } from '../position-from.js';

const readAtOnce = 500;

/** Gives the log as it is kept. Messages are encoded. */
export class ExportEvents {
  constructor(private readonly log: EventLog) {}

  /** `after` absent: as far back as the log goes. Fails for a place that the log does not have as `withPositionOf` does. */
  async *from(after: LogPosition | undefined, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const first = after ?? (await this.log.oldest());
    // that there is such a place is found out before anything is sent
    await withPositionOf('after', async () =>
      this.log.readStored(first, { batchSize: 1, signal })[Symbol.asyncIterator]().next(),
    );
    yield encoded(first, []);
    let from = first;
    let last = first;
    let events: ExportedEvent[] = [];
    let bytes = 0;
    for await (const batch of this.log.readStored(first, { batchSize: readAtOnce, signal })) {
      for (const event of batch.map(exported)) {
        const size = ExportedEvent.encode(event).finish().byteLength;
        if (bytes + size > largestPageBytes && events.length > 0) {
          yield encoded(from, events);
          from = last;
          [events, bytes] = [[], 0];
        }
        events.push(event);
        bytes += size;
        last = positionOf(first.log, event);
      }
      if (events.length > 0) yield encoded(from, events);
      from = last;
      [events, bytes] = [[], 0];
      // an embedded log has the next batch at once
      await breath();
    }
  }
}

function exported({
  sequence,
  digest,
  subject,
  subjectVersion,
  recordedAt,
  body,
}: StoredEvent): ExportedEvent {
  return { sequence, digest, subject, subjectVersion, recordedAtMs: recordedAt, body };
}

function encoded(from: LogPosition, events: readonly ExportedEvent[]): Uint8Array {
  return ExportEventsResponse.encode({ from: placeToProto(from), events: [...events] }).finish();
}

export function placeToProto({ log, sequence, digest }: LogPosition): LogPlace {
  return { log, sequence, digest };
}
