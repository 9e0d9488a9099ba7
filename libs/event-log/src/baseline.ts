import type { LogPosition, RecordedEvent } from '@mcp/events';
import { sameDigest } from '@mcp/events';
import { LogCorrupt } from './errors.js';
import { encodeRecorded, type StoredEvent } from './stored-event.js';

const chunkLength = 500;

/**
 * A baseline in the form it is stored in, in chunks. It always ends with the event at `below` itself, added where the caller left
 * it out (a tombstone, most often): so a reader of the baseline alone stands at exactly that place.
 *
 * An event of another log, beyond `below` or out of order is a bug of the caller.
 */
export async function* baselineChunks(
  below: LogPosition,
  eventAtBelow: StoredEvent,
  baseline: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
): AsyncGenerator<readonly StoredEvent[]> {
  if (!sameDigest(below.digest, eventAtBelow.digest))
    throw new LogCorrupt('trim: the baseline has another end');
  let chunk: StoredEvent[] = [];
  let last = 0;
  for await (const event of baseline) {
    const { log, sequence } = event.position;
    if (log !== below.log || sequence <= last || sequence > below.sequence)
      throw new TypeError(
        `trim: event ${sequence} cannot be in the baseline of ${below.sequence}, after ${last}`,
      );
    last = sequence;
    chunk.push(encodeRecorded(event));
    if (chunk.length === chunkLength) {
      yield chunk;
      chunk = [];
    }
  }
  if (last !== below.sequence) chunk.push(eventAtBelow);
  if (chunk.length > 0) yield chunk;
}
