import {
  desiredStatesFold,
  dependentsOf,
  hasEnded,
  isWork,
  objectsWithWork,
  workOn,
  type DesiredStates,
} from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import { changeIdOf, isOutcome, type AnyRecordedEvent, type LogPosition } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { Projection } from '@mcp/projections';
import type { Logger } from '@mcp/runtime';
import type { DesiredView } from './desired-view.js';

/** The desired states as a projection of the log. */
export class ProjectedView implements DesiredView {
  readonly #listeners = new Set<(object: string) => void>();
  readonly #projection: Projection<DesiredStates>;

  constructor(log: EventLog, logger: Logger) {
    this.#projection = new Projection({
      log,
      fold: desiredStatesFold(),
      onBatch: (events) => this.#tellOf(events),
      onRebuilt: (reason) => {
        logger.warn('the log lost events; what it has was read anew', { error: reason });
        for (const object of objectsWithWork(this.states)) this.#tell(object);
      },
      onTrouble: (error) => logger.warn('the log is not reachable; trying again', { error }),
    });
  }

  get states(): DesiredStates {
    return this.#projection.now.state;
  }

  /** The end of the log was reached, and contact is good. */
  get live(): boolean {
    return this.#projection.lag().phase === 'live';
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#projection.run(signal);
  }

  caughtUpTo(position: LogPosition, signal: AbortSignal): Promise<void> {
    return this.#projection.reached(position, signal);
  }

  onWork(listener: (object: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tellOf(events: readonly AnyRecordedEvent[]): void {
    if (this.#listeners.size === 0) return;
    for (const event of events) {
      if (event.type === 'DesiredStateSet') this.#tell(formatResourceKey(event.data.key));
      if (isOutcome(event)) this.#tellAfter(event);
    }
  }

  /** What became of one change may make it the turn of others. */
  #tellAfter({ subject }: AnyRecordedEvent): void {
    const change = this.states.changes.get(changeIdOf(subject));
    if (change === undefined) return;
    const object = formatResourceKey(change.key);
    if (hasEnded(change) && workOn(this.states, object).length > 0) this.#tell(object);
    if (isWork(change)) return;
    for (const { key } of dependentsOf(this.states, change)) this.#tell(formatResourceKey(key));
  }

  #tell(object: string): void {
    for (const listener of this.#listeners) listener(object);
  }
}
