import { join } from 'node:path';
import {
  EmbeddedRequestBoard,
  type EventLog,
  openEmbeddedLog,
  openEmbeddedSeries,
  type RequestBoard,
  type SeriesRetention,
  type TrafficSeries,
} from '@mcp/event-log';
import type { SourceIdentity } from '@mcp/events';
import { connectRedisLog, nameOf, type RedisEventLog, RedisRequestBoard, redisSeries } from '@mcp/redis';
import {
  type EventLogSettings,
  type Health,
  type Logger,
  type PartHealth,
  type TrafficSettings,
} from '@mcp/runtime';
import { redisPlace } from './redis-place.js';

/** The log of a mesh, and the board and the samples of traffic beside it. */
export interface OpenedLog {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly series: TrafficSeries;
  /** Where it is, for a person; without credentials. */
  readonly place: string;
  close(): Promise<void>;
}

/** How often the store is asked whether it may be trusted with events, in milliseconds. */
const healthEveryMs = 5_000;

/**
 * The log on Redis. Its health is known before this returns.
 * Fails with `ConfigurationError` where no server is named or its settings contradict each other, with `LogUnavailable` where it does not answer.
 */
export async function openSharedLog(
  settings: EventLogSettings,
  { keepSamples }: Pick<TrafficSettings, 'keepSamples'>,
  health: Health,
  logger?: Logger,
): Promise<OpenedLog> {
  const { mesh, redisReplicas } = settings;
  const place = redisPlace(settings);
  const log = await connectRedisLog({ ...place, mesh, minReplicas: redisReplicas });
  const onTrouble = (error: unknown) =>
    logger?.warn('questions of other apps cannot be served now', { error });
  const board = new RedisRequestBoard({ ...place, mesh, onTrouble });
  const series = redisSeries({ ...place, mesh, retention: retentionOf(keepSamples) });
  let state: PartHealth = { ready: true, reason: 'connected' };
  const take = (now: PartHealth) => {
    if (now.reason !== state.reason) {
      const told = now.reason === 'connected' ? 'info' : 'warn';
      logger?.[told]('the state of Redis changed', { state: now.reason });
    }
    state = now;
  };
  take(await healthOf(log));
  const look = setInterval(() => {
    void healthOf(log).then(take);
  }, healthEveryMs);
  health.register('event log', () => state);
  return {
    log,
    board,
    series,
    place: `mesh ${mesh} on ${nameOf(place)}`,
    async close() {
      clearInterval(look);
      await Promise.all([log.close(), board.close(), series.close()]);
    },
  };
}

async function healthOf(log: RedisEventLog): Promise<PartHealth> {
  try {
    const health = await log.health();
    if (!health.ok) return { ready: false, reason: health.reason };
    return { ready: true, reason: health.note === undefined ? 'connected' : `connected; ${health.note}` };
  } catch (error) {
    return { ready: false, reason: String(error) };
  }
}

/** The log in a folder of this machine, for one process; one folder for each source. */
export async function openOwnLog(
  settings: EventLogSettings,
  { keepSamples }: Pick<TrafficSettings, 'keepSamples'>,
  source: SourceIdentity,
): Promise<OpenedLog> {
  const name = `${settings.mesh}-${source.source}-${source.id.replace(/[^A-Za-z0-9]+/g, '-')}`;
  const dataDir = join(settings.dataDir, name);
  const log = await openEmbeddedLog({ dataDir, mesh: settings.mesh });
  const series = openEmbeddedSeries({ dataDir, retention: retentionOf(keepSamples) });
  const board = new EmbeddedRequestBoard();
  return {
    log,
    board,
    series,
    place: dataDir,
    async close() {
      await board.close();
      // the log guards the folder that both are in
      await series.close();
      await log.close();
    },
  };
}

function retentionOf([poll, minute, hour]: TrafficSettings['keepSamples']): SeriesRetention {
  return { poll, minute, hour };
}
