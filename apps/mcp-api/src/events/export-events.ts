import { setImmediate as breath } from 'node:timers/promises';
import { ExportedEvent, ExportEventsResponse, type LogPlace } from '@mcp/contracts';
import { encodeRecorded, type EventLog } from '@mcp/event-log';
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
      this.log.read(first, { batchSize: 1, signal })[Symbol.asyncIterator]().next(),
    );
    let last = first;
    yield encoded(first, []);
    let events: ExportedEvent[] = [];
    let bytes = 0;
    for await (const batch of this.log.read(first, { batchSize: readAtOnce, signal })) {
      for (const recorded of batch) {
        const { sequence, digest, subject, subjectVersion, recordedAt, body } = encodeRecorded(recorded);
        const event = { sequence, digest, subject, subjectVersion, recordedAtMs: recordedAt, body };
        const size = ExportedEvent.encode(event).finish().byteLength;
        if (bytes + size > largestPageBytes && events.length > 0) {
          yield encoded(last, events);
          last = recorded.position;
          [events, bytes] = [[], 0];
        }
        events.push(event);
        bytes += size;
      }
      if (events.length > 0) yield encoded(last, events);
      last = batch.at(-1)?.position ?? last;
      [events, bytes] = [[], 0];
      // an embedded log has the next batch at once
      await breath();
    }
  }
}

function encoded(from: LogPosition, events: readonly ExportedEvent[]): Uint8Array {
  return ExportEventsResponse.encode({ from: placeToProto(from), events: [...events] }).finish();
}

export function placeToProto({ log, sequence, digest }: LogPosition): LogPlace {
  return { log, sequence, digest };
}
