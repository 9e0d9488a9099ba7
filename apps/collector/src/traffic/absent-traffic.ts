import type { Epoch } from '@mcp/event-log';
import type { AnyRecordedEvent } from '@mcp/events';
import { TelemetryFacts } from '@mcp/traffic';
import { factAppends } from './fact-appends.js';
import { untilDone } from './retries.js';
import type { TrafficSurroundings, TrafficTask } from './traffic-task.js';

/** There is nothing to read traffic from; the log says so. */
export class AbsentTraffic implements TrafficTask {
  constructor(
    private readonly reason: string,
    private readonly around: TrafficSurroundings,
  ) {}

  async run(epoch: Epoch, signal: AbortSignal): Promise<void> {
    await untilDone(signal, () => this.#say(epoch, signal));
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  async farewell(): Promise<void> {
    // it is absent still
  }

  async #say(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { log, outside, metrics } = this.around;
    const telemetry = new TelemetryFacts();
    let version = 0;
    const start = { log: await log.identity(), sequence: 0, digest: '' };
    for await (const batch of log.read(start, { signal }))
      for (const event of batch) {
        if (event.type !== 'TelemetryChanged') continue;
        // the type of an event decides the type of its data, which only a union of all types shows
        telemetry.evolve(event as AnyRecordedEvent);
        version = event.subjectVersion;
      }
    if (signal.aborted) return;
    telemetry.take({ what: 'absent', at: outside.now(), reason: this.reason });
    for (const writes of factAppends(telemetry.decide(), () => version, outside.newId)) {
      await log.append({ writes, epoch });
      metrics.recorded(writes.length);
    }
  }
}
