import { monitorEventLoopDelay } from 'node:perf_hooks';
import { everyoneMay, nobodyIsAsked } from '@mcp/access';
import { EmbeddedRequestBoard, openEmbeddedLog, type EventLog } from '@mcp/event-log';
import { connectRedisLog } from '@mcp/redis';
import { Health, Metrics, silentLogger } from '@mcp/runtime';
import { listenOn, startMcpApi } from '../../apps/mcp-api/src/index.js';
import { answer, input, tell } from '../child.js';

/** The API as a process: tells when it is ready, then answers how it is. */
export interface ApiInput {
  readonly log: { readonly redisUrl: string } | { readonly dataDir: string };
  /** Reads the log from its first event. */
  readonly withoutSnapshots?: boolean;
}

export interface ApiReady {
  readonly port: number;
  /** From the start of the process, and from the opening of the log, in ms. */
  readonly sinceStartMs: number;
  readonly sinceOpenMs: number;
  readonly longestBlockMs: number;
}

export interface ApiState {
  readonly rssBytes: number;
  /** Since it was asked last. */
  readonly longestBlockMs: number;
}

const { log: place, withoutSnapshots = false } = input() as ApiInput;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const openedAt = performance.now();
const log: EventLog =
  'redisUrl' in place
    ? await connectRedisLog({ url: place.redisUrl, mesh: 'bench' })
    : await openEmbeddedLog({ dataDir: place.dataDir, mesh: 'bench' });
if (withoutSnapshots) Object.assign(log.snapshots, { load: () => Promise.resolve(undefined) });

const health = new Health();
const board = new EmbeddedRequestBoard();
const metrics = new Metrics({ ofProcess: false });
const { port } = await startMcpApi(
  listenOn('127.0.0.1', 0),
  {
    log,
    board,
    authenticator: nobodyIsAsked,
    authorizer: everyoneMay,
    logger: silentLogger,
    health,
    metrics,
  },
  new AbortController().signal,
);
health.started();
const look = setInterval(() => {
  if (!health.report().ready) return;
  clearInterval(look);
  const now = performance.now();
  tell({
    port,
    sinceStartMs: now,
    sinceOpenMs: now - openedAt,
    longestBlockMs: longestBlock(),
  } satisfies ApiReady);
}, 1);

answer(() => {
  const { rss: rssBytes } = process.memoryUsage();
  return { rssBytes, longestBlockMs: longestBlock() } satisfies ApiState;
});

function longestBlock(): number {
  const ms = delay.max / 1e6;
  delay.reset();
  return ms;
}
