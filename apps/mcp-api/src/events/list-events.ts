import { setImmediate as breath } from 'node:timers/promises';
import { ListEventsResponse, LoggedEvent } from '@mcp/contracts';
import type { DesiredStates } from '@mcp/desired-state';
import { type EventLog, isEventLogError } from '@mcp/event-log';
import { formatPosition, type AnyRecordedEvent, type LogPosition, type RecordedEvent } from '@mcp/events';
import type { VisibleNamespaces } from '@mcp/mesh';
import type { Following } from '../following.js';
import { largestPageBytes } from '../graph/graph-pages.js';
import { questionKey } from '../policy-answers/thread/page-token.js';
import { positionFrom, withPositionOf } from '../position-from.js';
import { loggedEventToProto } from '../to-proto/logged-event.to-proto.js';
import { formatPlace, parsePlace } from '../traffic/page-place.js';
import { dataBefore } from './data-before.js';
import { seenData, seenEvent } from './seen-event.js';

interface EventsAsked {
  /** Empty: anyone. */
  readonly actor: string;
  /** All that begin so, where it ends with a slash. Empty: all. */
  readonly subject: string;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
  /** A position; empty for none. Not beside `since`. */
  readonly after: string;
}

export interface EventsQuestion extends EventsAsked {
  /** 0: the largest. */
  readonly pageSize: number;
  /** 0: as much as fits. */
  readonly pageBytes: number;
  readonly pageToken: string;
}

export const largestPage = 1_000;

/** Events that one page is made of, at most: some 100 ms of reading. */
const readForPage = 10_000;
const readAtOnce = 500;

/** A tag and a length of up to three bytes. */
const overheadBytes = 4;

/** A part of the log. */
interface Stretch {
  readonly from: LogPosition;
  readonly until: LogPosition;
  readonly beginsLate: boolean;
}

/** Answers what was recorded, from the log itself, page by page. Answers are encoded. */
export class ListEvents {
  constructor(
    private readonly log: EventLog,
    private readonly desired: Following<DesiredStates>,
  ) {}

  /**
   * Fails with INVALID_REQUEST for a page token of something else, and for what the log does not have a position for as `withPositionOf`
   * does.
   */
  async page(
    { pageSize, pageBytes, pageToken, ...asked }: EventsQuestion,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const question = questionKey([asked, visible.key]);
    const place = parsePlace(pageToken, question, isPlace);
    const stretch = place === undefined ? await this.#stretch(asked) : continued(place);
    const most = pageSize === 0 ? largestPage : pageSize;
    const page = new EventPage(asked, visible, most, pageBytes === 0 ? largestPageBytes : pageBytes);
    const field = place === undefined ? 'after' : 'page_token';
    const end = await withPositionOf(field, () => this.#fill(page, stretch, signal));
    const isLast = this.log.compare(end, stretch.until) >= 0;
    const position = formatPosition(end);
    return ListEventsResponse.encode({
      events: page.events,
      position,
      nextPageToken: isLast ? '' : formatPlace(question, [position, formatPosition(stretch.until)]),
      beginsLate: stretch.beginsLate,
      ...(place === undefined ? await this.#oldest() : { oldestPosition: '', oldestAt: undefined }),
    }).finish();
  }

  /** Answers how far the log was read. */
  async #fill(page: EventPage, { from, until }: Stretch, signal: AbortSignal): Promise<LogPosition> {
    let end = from;
    let read = 0;
    const states = () => this.desired.now.state;
    for await (const batch of this.log.read(from, { until, batchSize: readAtOnce, signal })) {
      // the type of an event decides the type of its data, which only a union of all types shows
      for (const event of batch as readonly AnyRecordedEvent[]) {
        if (!page.take(event, states())) return end;
        end = event.position;
        read += 1;
        if (read === readForPage) return end;
      }
      // an embedded log has the next batch at once
      await breath();
    }
    signal.throwIfAborted();
    return end;
  }

  async #stretch({ since, until, after }: EventsAsked): Promise<Stretch> {
    const end =
      until === undefined
        ? await this.log.head()
        : await withPositionOf('until', () => this.log.positionAt(until.getTime() - 1));
    if (after !== '') return { from: positionFrom(after, 'after'), until: end, beginsLate: false };
    const from = since && (await this.#before(since));
    const oldest = await this.log.oldest();
    return { from: from ?? oldest, until: end, beginsLate: from === undefined && oldest.sequence > 0 };
  }

  async #oldest(): Promise<Pick<ListEventsResponse, 'oldestPosition' | 'oldestAt'>> {
    const oldest = await this.log.oldest();
    const since = await this.log.keptSince();
    return {
      oldestPosition: formatPosition(oldest),
      oldestAt: since === undefined ? undefined : new Date(since),
    };
  }

  /** Undefined where the log no longer has it. */
  async #before(time: Date): Promise<LogPosition | undefined> {
    try {
      return await this.log.positionAt(time.getTime() - 1);
    } catch (error) {
      if (isEventLogError(error, 'POSITION_TRIMMED')) return undefined;
      throw error;
    }
  }
}

/** The events of one page, as they come from the log. */
class EventPage {
  readonly events: LoggedEvent[] = [];
  readonly #last = new Map<string, RecordedEvent>();
  readonly #types: ReadonlySet<string>;
  #bytes = 0;

  constructor(
    private readonly asked: EventsAsked,
    private readonly visible: VisibleNamespaces,
    private readonly most: number,
    private readonly bytes: number,
  ) {
    this.#types = new Set(asked.types);
  }

  /** False, and nothing is taken, where it does not fit any more. */
  take(event: AnyRecordedEvent, states: DesiredStates): boolean {
    const seen = seenEvent(states, event, this.visible);
    if (seen !== undefined && this.#isAskedFor(seen)) {
      if (this.events.length === this.most) return false;
      const told = loggedEventToProto(
        seen,
        seenData(dataBefore(event, this.#last.get(event.subject), states), this.visible),
      );
      this.#bytes += LoggedEvent.encode(told).finish().byteLength + overheadBytes;
      if (this.#bytes > this.bytes && this.events.length > 0) return false;
      this.events.push(told);
    }
    this.#last.set(event.subject, event);
    return true;
  }

  #isAskedFor({ actor, subject, type }: AnyRecordedEvent): boolean {
    const { asked } = this;
    return (
      (asked.actor === '' || actor.name === asked.actor) &&
      (asked.subject === '' ||
        subject === asked.subject ||
        (asked.subject.endsWith('/') && subject.startsWith(asked.subject))) &&
      (this.#types.size === 0 || this.#types.has(type))
    );
  }
}

function continued([from, until]: readonly [string, string]): Stretch {
  return {
    from: positionFrom(from, 'page_token'),
    until: positionFrom(until, 'page_token'),
    beginsLate: false,
  };
}

function isPlace(parts: readonly unknown[]): parts is readonly [string, string] {
  return parts.length === 2 && parts.every((part) => typeof part === 'string');
}
