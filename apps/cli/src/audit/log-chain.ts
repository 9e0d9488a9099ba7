import { createHash } from 'node:crypto';
import type { ExportedEvent, LogPlace } from '@mcp/contracts';

/** Where a log is not what its digests say. */
export interface BrokenChain {
  readonly sequence: number;
  readonly message: string;
}

/**
 * Works out the chain of digests of a log, event by event, by the formula of the API's reference. It shares no code with the log that it is to find out.
 */
export class LogChain {
  #place: LogPlace;

  /** `start`: the place that the first event comes right after; its digest is believed. */
  constructor(start: LogPlace) {
    this.#place = start;
  }

  /** After the events that were taken. */
  get place(): LogPlace {
    return this.#place;
  }

  /** Takes the next events. Answers where they do not follow. */
  take(events: readonly ExportedEvent[]): BrokenChain | undefined {
    for (const event of events) {
      const { log, sequence, digest: before } = this.#place;
      if (event.sequence !== sequence + 1)
        return {
          sequence: sequence + 1,
          message: `event ${sequence + 1} is missing: ${event.sequence} follows ${sequence}`,
        };
      const digest = digestAfter(before, event);
      if (digest !== event.digest)
        return {
          sequence: event.sequence,
          message: `event ${event.sequence} (${event.subject}) is not what was recorded, or not at its place: its digest is ${event.digest}, and ${digest} by what it says`,
        };
      this.#place = { log, sequence: event.sequence, digest };
    }
    return undefined;
  }
}

function digestAfter(
  before: string,
  { sequence, body, subjectVersion, recordedAtMs, subject }: ExportedEvent,
): string {
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const chained = `${before} ${sequence} ${bodyHash} ${subjectVersion} ${recordedAtMs} ${subject}`;
  return createHash('sha1').update(chained).digest('hex');
}
