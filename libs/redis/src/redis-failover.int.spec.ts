import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isEventLogError, startOf, type EventLog, type Write } from '@mcp/event-log';
import type { RecordedEvent } from '@mcp/events';
import { RedisCluster, SentinelTrio } from '@mcp/testing';
import { connectRedisLog, type RedisEventLog, type RedisPlace } from './index.js';
import { meshKeys } from './keys.js';

const mesh = 'demo';
const keys = meshKeys(mesh);
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

const open = async (place: RedisPlace, minReplicas = 0): Promise<RedisEventLog> => {
  const log = await connectRedisLog({ ...place, mesh, minReplicas });
  running.push({ stop: () => log.close() });
  return log;
};

describe('a master behind sentinels that is killed under a run of appends', () => {
  it('loses nothing that was acknowledged when that means every replica that may be promoted', async () => {
    const trio = await SentinelTrio.start({ replicas: 2 });
    running.push(trio);
    const place = { sentinels: trio.addresses, master: trio.master };
    const log = await open(place, 2);
    const follower = follow(await open(place));
    const appends = appending(log);
    await until(() => appends.acknowledged.length > 200);
    const { killed } = await trio.failOver();
    // two replicas must have each append, so there is none acknowledged until the old master is one of them
    await killed.restart();
    const before = appends.acknowledged.length;
    await until(() => appends.acknowledged.length > before + 200, 60_000);
    await appends.stop();
    await expectWhole(log, appends.acknowledged);
    await until(async () => follower.events.length >= (await log.head()).sequence);
    expect(follower.events).toEqual(await readAll(log));
  }, 120_000);

  it('may lose what only the master had, and the follower who had seen it says so and rebuilds', async () => {
    const trio = await SentinelTrio.start({ replicas: 1 });
    running.push(trio);
    const place = { sentinels: trio.addresses, master: trio.master };
    const log = await open(place);
    expect(await log.health()).toEqual({ ok: true, note: expect.stringContaining('1 replica') });
    await log.append({ writes: [write(), write()] });
    const [master, replica] = trio.servers as [(typeof trio.servers)[0], (typeof trio.servers)[0]];
    await until(async () => (await replica.command(`XLEN ${keys.log}`)).startsWith(':2'));
    const follower = follow(await open(place));
    // nothing more reaches it, and nothing is on its way to it
    replica.pause();
    await master.command('CLIENT KILL TYPE replica');
    await log.append({ writes: [write()] });
    await until(() => follower.events.length === 3);
    await master.kill();
    replica.resume();
    await until(async () => (await trio.current()) === replica, 30_000);
    const { position } = await eventually(() => log.append({ writes: [write()] }));
    expect(position.sequence).toBe(3);
    await expect(follower.ended).rejects.toMatchObject({ code: 'POSITION_LOST' });
    expect(await readAll(log)).toHaveLength(3);
  }, 120_000);
});

describe('a Redis Cluster', () => {
  it('whose slot moves under a run of appends loses and doubles nothing, and its followers move along', async () => {
    const cluster = await RedisCluster.start();
    running.push(cluster);
    const place = { clusterNodes: cluster.addresses.slice(0, 1) };
    const log = await open(place);
    const follower = follow(await open(place));
    const appends = appending(log);
    await until(() => appends.acknowledged.length > 100);
    const from = (await cluster.ownerOf(keys.meta))!;
    const others = cluster.masters.filter((master) => master !== from);
    for (const to of [...others, from]) {
      await cluster.move(keys.meta, to);
      const before = appends.acknowledged.length;
      await until(() => appends.acknowledged.length > before + 50);
    }
    await appends.stop();
    await expectWhole(log, appends.acknowledged);
    await until(async () => follower.events.length >= (await log.head()).sequence);
    expect(follower.events).toEqual(await readAll(log));
  }, 120_000);

  it('refuses what is asked for long while its slot moves, with nothing recorded, and answers after', async () => {
    const cluster = await RedisCluster.start();
    running.push(cluster);
    const log = await open({ clusterNodes: cluster.addresses });
    await log.append({ writes: [write()] });
    const from = (await cluster.ownerOf(keys.meta))!;
    const to = cluster.masters.find((master) => master !== from)!;
    const moving = cluster.move(keys.meta, to, 3000);
    const slot = (await from.command(`CLUSTER KEYSLOT ${keys.meta}`)).slice(1).trim();
    // its keys are on two nodes
    await until(async () => /^:[1-9]/.test(await to.command(`CLUSTER COUNTKEYSINSLOT ${slot}`)));
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await moving;
    const { position } = await log.append({ writes: [write()] });
    expect(position.sequence).toBe(2);
    await log.append({ writes: [write()] });
    expect((await readAll(log)).map((event) => event.position.sequence)).toEqual([1, 2, 3]);
  }, 120_000);

  it('whose owner of the slot is killed goes on with its replica, and loses nothing acknowledged by it', async () => {
    const cluster = await RedisCluster.start({ replicated: 3 });
    running.push(cluster);
    const owner = (await cluster.ownerOf(keys.meta))!;
    // an entrance that is gone after the failover
    const place = { clusterNodes: [{ host: '127.0.0.1', port: owner.port }, ...cluster.addresses] };
    const log = await open(place, 1);
    const follower = follow(await open(place));
    const appends = appending(log);
    await until(() => appends.acknowledged.length > 100);
    await owner.kill();
    await until(async () => (await cluster.ownerOf(keys.meta)) !== undefined, 30_000);
    expect(await cluster.ownerOf(keys.meta)).not.toBe(owner);
    await owner.restart();
    const before = appends.acknowledged.length;
    await until(() => appends.acknowledged.length > before + 100, 60_000);
    await appends.stop();
    await expectWhole(log, appends.acknowledged);
    await until(async () => follower.events.length >= (await log.head()).sequence);
    expect(follower.events).toEqual(await readAll(log));
  }, 120_000);
});

/** Four writers who go on until they are stopped, and what was acknowledged to them. */
function appending(log: EventLog) {
  const acknowledged: { readonly id: string; readonly sequence: number }[] = [];
  let stopped = false;
  const writing = Array.from({ length: 4 }, async () => {
    while (!stopped) {
      const about = write();
      try {
        const { position } = await log.append({ writes: [about] });
        acknowledged.push({ id: about.event.id, sequence: position.sequence });
      } catch (error) {
        if (!isEventLogError(error, 'LOG_UNAVAILABLE') && !isEventLogError(error, 'OUTCOME_UNKNOWN'))
          throw error;
      }
    }
  });
  const stop = async () => {
    stopped = true;
    await Promise.all(writing);
  };
  running.push({ stop });
  return { acknowledged, stop };
}

/** Every acknowledged event is where it was said to be; none is there twice, and no position is left out. */
async function expectWhole(log: EventLog, acknowledged: readonly { id: string; sequence: number }[]) {
  const events = await readAll(log);
  expect(events.map(({ position }) => position.sequence)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(acknowledged.filter(({ id, sequence }) => events[sequence - 1]?.id !== id)).toEqual([]);
}

function write() {
  const data = { namespaces: 'all' } as const;
  const actor = { name: 'collector', provenBy: 'component' } as const;
  const event = { id: randomUUID(), type: 'ScopeDeclared', version: 1, occurredAt: 0, actor, data } as const;
  return { subject: `Pod/shop/web/${randomUUID()}`, expectedVersion: 0, event } satisfies Write;
}

function follow(log: EventLog) {
  const following = { events: [] as RecordedEvent[], ended: Promise.resolve() };
  const abort = new AbortController();
  following.ended = (async () => {
    for await (const batch of log.follow(startOf(await log.identity()), abort.signal))
      following.events.push(...batch);
  })();
  following.ended.catch(() => undefined);
  running.push({ stop: async () => abort.abort() });
  return following;
}

async function readAll(log: EventLog): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read(startOf(await log.identity()), { verify: 'every-event' }))
    events.push(...batch);
  return events;
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  let done: { readonly answer: T } | undefined;
  await until(async () => {
    done = await attempt().then(
      (answer) => ({ answer }),
      () => undefined,
    );
    return done !== undefined;
  });
  return done!.answer;
}

async function until(reached: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`not reached within ${withinMs} ms`);
    await pause(20);
  }
}
