import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type EventLog, openEmbeddedLog, openEmbeddedSeries } from '@mcp/event-log';
import { silentLogger } from '@mcp/runtime';
import type { TrafficReading, TrafficSource } from '@mcp/sources';
import { TrafficReader } from '../../apps/collector/src/traffic/traffic-reader.js';
import type { TellingMesh } from './telling-mesh.js';

export interface PollFigures {
  readonly tookMs: number;
  /** Of all threads of the process. */
  readonly processorMs: number;
  /** The longest that the event loop was held. */
  readonly blockMs: number;
}

/** A reader of traffic with an embedded log and series, that is given one reading at a time. */
export interface PolledCollector {
  /** From a reading to the wish for the next. */
  poll(reading: TrafficReading): Promise<PollFigures>;
  /** Kills it, and measures the next until that asks for its first reading. */
  restart(): Promise<PollFigures>;
  /** Facts that it has appended. */
  readonly recorded: () => number;
  readonly log: EventLog;
  close(): Promise<void>;
}

export async function polledCollector(mesh: TellingMesh): Promise<PolledCollector> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const log = await openEmbeddedLog({ dataDir, mesh: 'bench' });
  await mesh.writeTo(log);
  const series = openEmbeddedSeries({ dataDir });
  let [recorded, now] = [0, 0];
  let give: (reading: TrafficReading) => void = () => undefined;
  let isAsked: () => void = () => undefined;
  const source: TrafficSource = {
    read: () =>
      new Promise((resolve) => {
        give = resolve;
        isAsked();
      }),
  };
  const asked = (): Promise<void> => new Promise((resolve) => (isAsked = resolve));
  let stop = new AbortController();
  let running = Promise.resolve();
  const start = async (): Promise<void> => {
    stop = new AbortController();
    const metrics = {
      polled: () => undefined,
      recorded: (count: number) => void (recorded += count),
      measured: () => undefined,
    };
    const reader = new TrafficReader(
      { source, series, pollMs: 1, rememberDays: 30 },
      { log, logger: silentLogger, outside: { now: () => now, newId: randomUUID }, metrics },
    );
    const isBegun = asked();
    running = reader.run(await log.claim('collector', 'bench'), stop.signal);
    await Promise.race([isBegun, running]);
  };
  await start();
  return {
    log,
    recorded: () => recorded,
    poll: (reading) =>
      measured(async () => {
        now = reading.at;
        const done = asked();
        give(reading);
        await Promise.race([done, running]);
      }),
    async restart() {
      stop.abort();
      await running;
      return measured(start);
    },
    async close() {
      stop.abort();
      await running;
      await series.close();
      await log.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** What this machine does to a process that does nothing but spin in slices of 10 ms, for two seconds. */
export function spinning(): Promise<PollFigures> {
  return measured(async () => {
    for (let slice = 0; slice < 200; slice += 1) {
      const begun = performance.now();
      while (performance.now() - begun < 10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
}

async function measured(work: () => Promise<unknown>): Promise<PollFigures> {
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [begun, used] = [performance.now(), process.cpuUsage()];
  await work();
  const tookMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(used);
  // the turn in which it ended counts too
  await new Promise((resolve) => setTimeout(resolve, 2));
  delay.disable();
  return { tookMs, processorMs: (user + system) / 1000, blockMs: delay.max / 1e6 };
}
