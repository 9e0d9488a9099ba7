import { desiredStatesFold, isWork, type DesiredStates, type DesiredStatesFold } from '@mcp/desired-state';
import { isEventLogError, type EventLog } from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition, RecordedEvent } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import type { Logger } from '@mcp/runtime';
import type { Clock } from './clock.js';
import type { DesiredView } from './desired-view.js';

/** Between two tries to reach the log. */
const logRetryMs = 1000;

/** Folds the log and goes on as it grows. Where the log lost its tail, starts anew from what the log has. */
export class FollowedView implements DesiredView {
  readonly #fold: DesiredStatesFold = desiredStatesFold();
  readonly #listeners = new Set<(object: string) => void>();
  readonly #waiting = new Set<{ readonly sequence: number; readonly settle: () => void }>();
  #states: DesiredStates = this.#fold.initial();
  #position: LogPosition | undefined;
  #caughtUp = false;

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get states(): DesiredStates {
    return this.#states;
  }

  /** The end of the log was reached once, and contact is good. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  async run(signal: AbortSignal): Promise<void> {
    do {
      try {
        this.#position ??= await this.#rebuild(signal);
        for await (const batch of this.log.follow(this.#position, signal)) this.#take(batch);
      } catch (error) {
        this.#caughtUp = false;
        if (signal.aborted) return;
        if (isEventLogError(error, 'POSITION_LOST') || isEventLogError(error, 'POSITION_TRIMMED')) {
          this.logger.warn('the log no longer has what was read of it; reading it anew', { error });
          this.#position = undefined;
        } else if (isEventLogError(error, 'LOG_UNAVAILABLE')) {
          this.logger.warn('the log is not reachable; trying again', { error });
        } else throw error;
        await this.clock.sleep(logRetryMs, signal);
      }
    } while (!signal.aborted);
  }

  async caughtUpTo(position: LogPosition, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if ((this.#position?.sequence ?? -1) >= position.sequence) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const waiting = { sequence: position.sequence, settle };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', settle);
    });
  }

  onWork(listener: (object: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Builds the states aside, so that nobody sees half of them, up to the present end of the log. */
  async #rebuild(signal: AbortSignal): Promise<LogPosition> {
    const { name, version } = this.#fold;
    const snapshot = await this.log.snapshots.load(name, version);
    let states = snapshot === undefined ? this.#fold.initial() : this.#fold.decode(snapshot.chunks);
    let position = snapshot?.position ?? { log: await this.log.identity(), sequence: 0, digest: '' };
    for await (const batch of this.log.read(position, { signal })) {
      for (const event of batch) {
        states = this.#fold.evolve(states, event as AnyRecordedEvent);
        position = event.position;
      }
    }
    signal.throwIfAborted();
    this.#states = states;
    this.#settleUpTo(position);
    for (const object of objectsWithWork(states)) this.#tell(object);
    return position;
  }

  #take(batch: readonly RecordedEvent[]): void {
    for (const event of batch as readonly AnyRecordedEvent[]) {
      this.#states = this.#fold.evolve(this.#states, event);
      this.#position = event.position;
      if (event.type === 'DesiredStateSet') this.#tell(formatResourceKey(event.data.key));
    }
    if (batch.length === 0) this.#caughtUp = true;
    else if (this.#position !== undefined) this.#settleUpTo(this.#position);
  }

  #settleUpTo({ sequence }: LogPosition): void {
    for (const waiting of [...this.#waiting]) if (waiting.sequence <= sequence) waiting.settle();
  }

  #tell(object: string): void {
    for (const listener of this.#listeners) listener(object);
  }
}

/** The objects with a change that is neither applied nor ended. */
export function objectsWithWork(states: DesiredStates): string[] {
  return [...states.objects]
    .filter(([, object]) =>
      object.open.some((id) => {
        const change = states.changes.get(id);
        return change !== undefined && isWork(change);
      }),
    )
    .map(([id]) => id);
}
