import type { TelemetryFault } from '@mcp/events';
import type { TrafficReading } from '@mcp/sources';
import { faultsOf, type MeasuredEdges, proxiesInShort, wouldTell } from '@mcp/traffic';
import type { TrafficMemory } from './traffic-memory.js';
import type { TrafficSurroundings } from './traffic-task.js';

/** Lets what is wrong with readings be known: in the log of events, and in that of the process once when it begins and once when it ends. */
export class ToldFaults {
  #knewInterval = false;

  constructor(private readonly around: Pick<TrafficSurroundings, 'logger' | 'outside'>) {}

  take(
    reading: TrafficReading,
    measured: MeasuredEdges,
    { directory, telemetry }: Pick<TrafficMemory, 'directory' | 'telemetry'>,
  ): void {
    const now = this.around.outside.now();
    const proxies = proxiesInShort(reading, measured);
    const { began, ended } = telemetry.describe({
      at: reading.at,
      faults: faultsOf(reading, { directory, measured, now, knewInterval: this.#knewInterval }),
      told: (fault) => wouldTell(reading, fault),
      ...(proxies !== undefined && { proxies }),
    });
    this.#knewInterval ||= reading.scrapeIntervalMs !== undefined;
    const { logger } = this.around;
    for (const fault of began)
      logger.warn('telemetry is not whole', { ...keysOf(fault), ...wordsOf(fault, reading) });
    for (const fault of ended) logger.info('telemetry is whole again', keysOf(fault));
  }
}

function keysOf({ since: _, message, ...fault }: TelemetryFault): Readonly<Record<string, unknown>> {
  return { ...fault, fault: message };
}

/** What the source itself said, which may change each time. */
function wordsOf(
  { code, part, counters }: TelemetryFault,
  { missing, missingDetails = [], incomplete }: TrafficReading,
): Readonly<Record<string, unknown>> {
  if (code === 'incomplete') return { reason: incomplete };
  if (part === undefined) return {};
  const asked = code === 'part-missing' ? missing : missingDetails;
  const ofIt = asked.filter(
    (one) =>
      one.part === part &&
      (counters === undefined || counters === `${one.counters?.what} ${one.counters?.protocol}`),
  );
  return { reason: ofIt.map(({ message }) => message).join('; ') };
}
