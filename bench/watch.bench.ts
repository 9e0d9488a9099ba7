import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '@mcp/event-log';
import type { NewEvent } from '@mcp/events';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import type { Benchmark, Row } from './benchmark.js';
import { Child } from './child.js';
import { percentilesOf, slope, spreadOf, wallMs, type Percentiles, type Spread } from './figures.js';
import { ToldMesh } from './mesh/told-mesh.js';
import { writeLog } from './mesh/write-log.js';
import type { ApiReady, ApiState } from './processes/api.js';
import type { Watched, WatchersInput } from './processes/watchers.js';
import { bytesSpread, ms, number, plain } from './words.js';

const eventsPerSecond = 200;
const services = 1_000;
const clients = 4;
/** The server takes 100. */
const streamsPerConnection = 50;
const sampledPerClient = 10;
const warmUpMs = 10_000;
/** At the end: what was recorded last has time to arrive. */
const settleMs = 3_000;

interface Shape {
  /** Those that read. */
  readonly watchers: number;
  readonly seconds: number;
}

interface Outcome {
  readonly latency: Percentiles;
  readonly unseen: number;
  readonly deltasPerSecond: number;
  readonly eventsPerSecond: number;
  readonly skips: number;
  readonly bytesPerMinute: number;
  readonly rssBytes: number;
  readonly longestBlockMs: number;
}

export const watch: Benchmark = {
  name: 'watch',
  title: 'Watchers of the graph, one of them stalled',
  async run({ quick, minutes }) {
    const shape = quick ? { watchers: 100, seconds: 5 } : { watchers: 1_000, seconds: minutes * 60 };
    const all: Record<'all read' | 'one stalled', Outcome[]> = { 'all read': [], 'one stalled': [] };
    // there and back again, so that a machine that gets busier or calmer is no reason for a difference
    const order = quick ? [false, true] : [false, true, true, false];
    for (const stalled of order)
      all[stalled ? 'one stalled' : 'all read'].push(await measure(shape, stalled));

    const spread = (outcomes: readonly Outcome[], pick: (outcome: Outcome) => number) =>
      spreadOf(outcomes.map(pick));
    const row = (what: string, words: (spread: Spread) => string, pick: (outcome: Outcome) => number) => ({
      what,
      ours: words(spread(all['one stalled'], pick)),
      baseline: words(spread(all['all read'], pick)),
    });
    const p99 = (outcome: Outcome) => outcome.latency.p99;
    const worst = spread(all['one stalled'], p99);
    const unseen = spread(all['one stalled'], (outcome) => outcome.unseen).max;
    return {
      rows: [
        row('append to received, p50', ms, ({ latency }) => latency.p50),
        {
          ...row('append to received, p99', ms, p99),
          ratio: (worst.median / spread(all['all read'], p99).median).toFixed(2),
          target: '< 1 s',
          met: worst.median < 1_000 && unseen === 0,
        },
        row('events appended a second', plain, (one) => one.eventsPerSecond),
        row('deltas a second, to each watcher', plain, (one) => one.deltasPerSecond),
        row('times that a reading watcher was told of skipped deltas', plain, ({ skips }) => skips),
        row('memory of the API at the end', bytesSpread, ({ rssBytes }) => rssBytes),
        row('rise of that memory in a minute', bytesSpread, ({ bytesPerMinute }) => bytesPerMinute),
        row('longest block of the event loop of the API', ms, (one) => one.longestBlockMs),
      ] satisfies Row[],
      notes: [
        `${number(shape.watchers)} watchers of all of ${number(services)} services, in ${clients} client processes over connections of ${streamsPerConnection} streams; pods lose and regain their readiness, ${eventsPerSecond} events a second, each an append of its own, for ${shape.seconds} s after ${warmUpMs / 1000} s of warming up. Log on Redis.`,
        'Ours: beside these, one that opens a stream and never reads. Baseline: without it.',
        `Append to received: from just before the append to the first message that brings a watcher to that event or beyond it; every event, ${clients * sampledPerClient} of the watchers. Events that come while the API publishes share a delta.`,
        'Slope by least squares over the second half; the last deltas that the API keeps (32 MiB encoded) take some minutes to fill, so a run of one says little and `--minutes 10` says more. Runs in the order: all read, one stalled, one stalled, all read.',
      ],
    };
  },
};

async function measure({ watchers, seconds }: Shape, oneStalled: boolean): Promise<Outcome> {
  const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
  const log = await connectRedisLog({ url: server.url, mesh: 'bench' });
  const children: Child[] = [];
  const start = (module: string, input: unknown) => {
    const child = Child.start(module, input);
    children.push(child);
    return child;
  };
  try {
    await writeLog(log, new ToldMesh(services), 0);
    const api = start('api', { log: { redisUrl: server.url } });
    const { port } = await api.next<ApiReady>();
    const perClient = watchers / clients;
    const connections = Math.ceil(perClient / streamsPerConnection);
    const input: WatchersInput = {
      port,
      connections,
      streamsPerConnection: perClient / connections,
      sampled: sampledPerClient,
      stalled: false,
    };
    const reading: Child[] = [];
    for (let index = 0; index < clients; index += 1) {
      const client = start('watchers', input);
      await client.next();
      reading.push(client);
    }
    if (oneStalled) {
      await start('watchers', { ...input, connections: 1, streamsPerConnection: 1, stalled: true }).next();
    }

    const pods = await livingPods(log);
    await appendSteadily(log, pods, warmUpMs);
    for (const client of reading) await client.ask('begin');
    await api.ask<ApiState>('how');
    const states: { at: number; value: number }[] = [];
    let longestBlockMs = 0;
    const look = async () => {
      const { rssBytes, longestBlockMs: block } = await api.ask<ApiState>('how');
      longestBlockMs = Math.max(longestBlockMs, block);
      states.push({ at: wallMs() / 60_000, value: rssBytes });
    };
    const appended = await appendSteadily(log, pods, seconds * 1000, look);
    await sleep(settleMs);
    const watched: Watched[] = [];
    for (const client of reading) watched.push(await client.ask<Watched>('end'));
    const endings = watched.flatMap((one) => one.endings);
    if (endings.length > 0) throw new Error(`${endings.length} streams ended: ${endings[0]}`);
    const { latencies, unseen } = latenciesOf(appended, watched);
    const messages = watched.reduce((sum, one) => sum + one.messages, 0);
    return {
      latency: percentilesOf(latencies),
      unseen,
      deltasPerSecond: messages / watchers / seconds,
      eventsPerSecond: appended.length / seconds,
      skips: watched.reduce((sum, { skips }) => sum + skips, 0),
      bytesPerMinute: slope(states.slice(Math.floor(states.length / 2))),
      rssBytes: states.at(-1)?.value ?? 0,
      longestBlockMs,
    };
  } finally {
    for (const child of children) await child.end();
    await log.close();
    await server.stop();
  }
}

interface AppendedAt {
  readonly sequence: number;
  readonly atMs: number;
}

interface LivingPod {
  readonly subject: string;
  event: NewEvent<'PodObserved'>;
}

/** One event at a time, on a schedule that does not wait for the answers. */
async function appendSteadily(
  log: EventLog,
  pods: readonly LivingPod[],
  forMs: number,
  everySecond: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly AppendedAt[]> {
  const appended: AppendedAt[] = [];
  const under: Promise<void>[] = [];
  const begun = wallMs();
  const count = Math.floor((forMs / 1000) * eventsPerSecond);
  for (let number = 0; number < count; number += 1) {
    const dueMs = begun + (number * 1000) / eventsPerSecond;
    const waitMs = dueMs - wallMs();
    if (waitMs > 0) await sleep(waitMs);
    const pod = pods[(number * 37) % pods.length]!;
    pod.event = { ...pod.event, data: { ...pod.event.data, ready: !pod.event.data.ready } };
    const atMs = wallMs();
    const writes = [{ subject: pod.subject, expectedVersion: 'any' as const, event: pod.event }];
    under.push(
      log.append({ writes }).then(({ position: { sequence } }) => void appended.push({ sequence, atMs })),
    );
    if (number % eventsPerSecond === 0) under.push(everySecond());
  }
  await Promise.all(under);
  return appended.sort((a, b) => a.sequence - b.sequence);
}

async function livingPods(log: EventLog): Promise<LivingPod[]> {
  const pods: LivingPod[] = [];
  for await (const events of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
    for (const { subject, subjectVersion: _, recordedAt: __, position: ___, ...event } of events)
      if (event.type === 'PodObserved') pods.push({ subject, event: event as NewEvent<'PodObserved'> });
  return pods;
}

/** For each event and sampled watcher, how long until the watcher was brought to it or beyond it. */
function latenciesOf(appended: readonly AppendedAt[], watched: readonly Watched[]) {
  const latencies: number[] = [];
  let unseen = 0;
  for (const { sequences, atMs } of watched.flatMap(({ samples }) => samples)) {
    let next = 0;
    for (const event of appended) {
      while (next < sequences.length && sequences[next]! < event.sequence) next += 1;
      if (next === sequences.length) unseen += 1;
      else latencies.push(atMs[next]! - event.atMs);
    }
  }
  return { latencies, unseen };
}
