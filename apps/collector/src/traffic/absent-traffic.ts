import type { Epoch } from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition, RecordedEvent } from '@mcp/events';
import { TelemetryFacts } from '@mcp/traffic';
import { factAppends } from './fact-appends.js';
import { untilDone } from './retries.js';
import type { TrafficSurroundings, TrafficTask } from './traffic-task.js';
import { Trouble } from './trouble.js';

/** There is nothing to read traffic from; the log says so. */
export class AbsentTraffic implements TrafficTask {
  #telemetry = new TelemetryFacts();
  #version = 0;
  #position: LogPosition | undefined;

  constructor(
    private readonly reason: string,
    private readonly around: TrafficSurroundings,
  ) {}

  evolve(event: RecordedEvent): void {
    if (this.#position !== undefined && event.position.sequence <= this.#position.sequence) return;
    this.#position = event.position;
    // the type of an event decides the type of its data; only a union of all types shows that
    this.#telemetry.evolve(event as AnyRecordedEvent);
    if (event.type === 'TelemetryChanged') this.#version = event.subjectVersion;
  }

  async run(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const trouble = new Trouble(this.around.logger, {
      begins: 'that there is no traffic to read cannot be recorded, and is tried again',
      ends: 'that there is no traffic to read is recorded',
    });
    await untilDone(signal, trouble, () => this.#say(epoch, signal));
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  async farewell(): Promise<void> {
    // it is absent still
  }

  async #say(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { log, outside, metrics } = this.around;
    await this.#catchUp(signal);
    this.#telemetry.take({ what: 'absent', at: outside.now(), reason: this.reason });
    for (const writes of factAppends(this.#telemetry.decide(), () => this.#version, outside.newId)) {
      await log.append({ writes, epoch });
      metrics.recorded(writes.length);
    }
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    const { log } = this.around;
    const from = this.#position ?? { log: await log.identity(), sequence: 0, digest: '' };
    for await (const batch of log.read(from, { signal })) for (const event of batch) this.evolve(event);
    signal.throwIfAborted();
  }
}
