import type { EventLog } from '@mcp/event-log';
import { PassedPlaces, PositionLost } from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition, RecordedEvent } from '@mcp/events';
import { sameDigest } from '@mcp/events';
import { Breath } from './breath.js';
import type { Fold, FoldedState } from './fold.js';

/** Events between two looks at the clock. */
const eventsPerLook = 64;

/** A state on its way through the log. */
export class Folding<State> {
  readonly #breath = new Breath();
  #now: FoldedState<State>;
  /** Events taken since a snapshot was last saved, or since the start. */
  #unsaved = 0;
  readonly #passed = new PassedPlaces();

  private constructor(
    private readonly log: EventLog,
    private readonly fold: Fold<State>,
    start: FoldedState<State>,
  ) {
    this.#now = start;
    this.#passed.pass(start.position);
  }

  /** At the beginning of the log: its baseline, where it was trimmed. */
  static async fromZero<State>(log: EventLog, fold: Fold<State>): Promise<Folding<State>> {
    const position = { log: await log.identity(), sequence: 0, digest: '' };
    return new Folding(log, fold, { state: fold.initial(), position, recordedAt: 0 });
  }

  /**
   * At the newest usable snapshot that is not after `atMost`; at the beginning where there is none. A snapshot that cannot be
   * read is as good as none; `unreadable` is told why.
   */
  static async fromSnapshot<State>(
    log: EventLog,
    fold: Fold<State>,
    { atMost, unreadable }: { readonly atMost?: LogPosition; readonly unreadable?: (error: Error) => void },
  ): Promise<Folding<State>> {
    const snapshot = await log.snapshots.load(fold.name, fold.version, atMost);
    if (snapshot === undefined) return Folding.fromZero(log, fold);
    try {
      const { state, recordedAt } = await restored(fold, snapshot.chunks);
      return new Folding(log, fold, { state, position: snapshot.position, recordedAt });
    } catch (cause) {
      unreadable?.(new Error(`the snapshot of ${fold.name} cannot be read`, { cause }));
      return Folding.fromZero(log, fold);
    }
  }

  get now(): FoldedState<State> {
    return this.#now;
  }

  get unsaved(): number {
    return this.#unsaved;
  }

  /**
   * Whether it came by this place. False where it came by another one with the same sequence: one of the two is of a tail that
   * the log has lost. Undefined where it does not remember.
   */
  cameBy(place: LogPosition): boolean | undefined {
    return this.#passed.has(place);
  }

  /**
   * Takes events in order. Pauses between some of them, so that the event loop is not held for long; `taken` is told of those
   * taken before each pause and at the end, when `now` is after them.
   */
  async take(
    events: readonly RecordedEvent[],
    taken?: (events: readonly AnyRecordedEvent[]) => void,
  ): Promise<void> {
    // the type of an event decides the type of its data, which only a union of all types shows
    const rest = events as readonly AnyRecordedEvent[];
    for (let from = 0; from < rest.length;) {
      const to = this.#takeSome(rest, from);
      taken?.(rest.slice(from, to));
      from = to;
      await this.#breath.take();
    }
  }

  /** Takes what the log has up to its present end, or up to `until`. Fails as `EventLog.read` does. */
  async replay(until?: LogPosition, signal?: AbortSignal): Promise<void> {
    const options = { ...(until !== undefined && { until }), ...(signal !== undefined && { signal }) };
    for await (const batch of this.log.read(this.#now.position, options)) await this.take(batch);
    signal?.throwIfAborted();
    if (until === undefined || until.sequence === 0) return;
    // nothing was read where the state was there already, so the log has not compared the two yet
    const { sequence, digest } = this.#now.position;
    if (sequence === until.sequence && !sameDigest(digest, until.digest)) throw new PositionLost(until);
  }

  /** Saves a snapshot, one of those that lie so many events apart. The state must not be taken further meanwhile. */
  async save(every: number): Promise<void> {
    const { name: projection, version } = this.fold;
    const { position } = this.#now;
    await this.log.snapshots.save({ projection, version, position, every, chunks: this.#chunks() });
    this.#unsaved = 0;
  }

  #takeSome(events: readonly AnyRecordedEvent[], from: number): number {
    let { state } = this.#now;
    let to = from;
    let last: AnyRecordedEvent | undefined;
    do {
      for (const end = Math.min(to + eventsPerLook, events.length); to < end; to++) {
        last = events[to];
        if (last === undefined) continue;
        state = this.fold.evolve(state, last);
        this.#passed.pass(last.position);
      }
    } while (to < events.length && !this.#breath.due);
    this.#unsaved += to - from;
    if (last !== undefined) this.#now = { state, position: last.position, recordedAt: last.recordedAt };
    return to;
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    yield encodeHeader(this.#now);
    for (const chunk of this.fold.encode(this.#now.state)) {
      yield chunk;
      await this.#breath.take();
    }
  }
}

async function restored<State>(
  fold: Fold<State>,
  [header, ...chunks]: readonly Uint8Array[],
): Promise<{ readonly state: State; readonly recordedAt: number }> {
  if (header === undefined) throw new Error('it is empty');
  const { recordedAt } = decodeHeader(header);
  const breath = new Breath();
  let state = fold.initial();
  for (const chunk of chunks) {
    state = fold.restore(state, chunk);
    await breath.take();
  }
  return { state, recordedAt };
}

/** The first chunk of every snapshot: what the position does not tell. */
function encodeHeader({ recordedAt }: { readonly recordedAt: number }): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ recordedAt }));
}

function decodeHeader(chunk: Uint8Array): { readonly recordedAt: number } {
  return JSON.parse(new TextDecoder().decode(chunk)) as { readonly recordedAt: number };
}
