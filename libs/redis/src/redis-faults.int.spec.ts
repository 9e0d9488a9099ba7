import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isEventLogError, startOf, type EventLog, type Write } from '@mcp/event-log';
import type { LogPosition, RecordedEvent } from '@mcp/events';
import { CutProxy, RedisServer } from '@mcp/testing';
import { Commands, type Attempt } from './commands.js';
import { connectRedisLog, RedisEventLog } from './index.js';
import { meshKeys } from './keys.js';

const mesh = 'demo';
const keys = meshKeys(mesh);
const running: { stop(): Promise<void> }[] = [];
const logs: EventLog[] = [];

const start = async (options?: Parameters<typeof RedisServer.start>[0]) => {
  const server = await RedisServer.start(options);
  running.push(server);
  return server;
};
const proxyTo = async (server: RedisServer) => {
  const proxy = await CutProxy.start(server.port);
  running.push(proxy);
  return proxy;
};
const open = async (port: number, options: { minReplicas?: number } = {}) => {
  const log = await connectRedisLog({ url: `redis://127.0.0.1:${port}`, mesh, ...options });
  logs.push(log);
  return log;
};
/** Until the answer is called, or the test ends however it ends. */
const cutAgainAndAgain = (proxy: CutProxy) => {
  const cutting = setInterval(() => proxy.cut(), 40);
  const stop = async () => clearInterval(cutting);
  running.push({ stop });
  return stop;
};
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

describe('a Redis server that is killed', () => {
  it('has every acknowledged event when it is back, in order, and tells that appends are synced', async () => {
    const server = await start({ settings: { appendfsync: 'always' } });
    const log = await open(server.port);
    const acknowledged: string[] = [];
    let durability: string | undefined;
    let stopped = false;
    const writing = Array.from({ length: 4 }, async () => {
      while (!stopped) {
        const about = write();
        const appended = await log.append({ writes: [about] }).catch((error: unknown) => {
          if (isEventLogError(error)) return undefined;
          throw error;
        });
        if (appended === undefined) continue;
        durability = appended.durability;
        acknowledged.push(about.event.id);
      }
    });
    const abort = new AbortController();
    const following = collect(log.follow(startOf(await log.identity()), abort.signal));
    for (let killing = 0; killing < 2; killing += 1) {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 100);
      await server.kill();
      await server.restart();
    }
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 100);
    stopped = true;
    await Promise.all(writing);
    const events = await readAll(log);
    const ids = events.map(({ id }) => id);
    expect(acknowledged.filter((id) => !new Set(ids).has(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(durability).toBe('synced');
    await until(() => following.events.length >= ids.length);
    abort.abort();
    await following.ended;
    expect(following.events.map(({ id }) => id)).toEqual(ids);
  }, 60_000);

  it('while its baseline is followed gives the rest of the baseline, once, when it is back', async () => {
    const server = await start();
    const log = await open(server.port);
    await log.append({ writes: Array.from({ length: 2500 }, write) });
    const before = await readAll(log);
    await log.trim(before.at(-1)!.position, before);
    await log.append({ writes: [write()] });
    const after = await readAll(log);
    const abort = new AbortController();
    const given: RecordedEvent[] = [];
    let back: Promise<void> | undefined;
    for await (const batch of log.follow(startOf(await log.identity()), abort.signal)) {
      given.push(...batch);
      if (given.length === after.length) abort.abort();
      if (back !== undefined) continue;
      await server.kill();
      // longer than a reader is patient, so that the following itself has to begin anew
      back = pause(6000).then(() => server.restart());
    }
    await back;
    expect(given).toEqual(after);
  }, 60_000);

  it('while its baseline is followed, and trimmed further by then, says that the place is trimmed', async () => {
    const server = await start();
    const log = await open(server.port);
    await log.append({ writes: Array.from({ length: 1500 }, write) });
    const before = await readAll(log);
    await log.trim(before[1200]!.position, before.slice(0, 1201));
    const other = await open(server.port);
    const given: RecordedEvent[] = [];
    let back: Promise<void> | undefined;
    const following = (async () => {
      for await (const batch of log.follow(startOf(await log.identity()), new AbortController().signal)) {
        given.push(...batch);
        await other.trim(before.at(-1)!.position, before);
        await server.kill();
        back = pause(6000).then(() => server.restart());
      }
    })();
    await expect(following).rejects.toMatchObject({
      code: 'POSITION_TRIMMED',
      position: before[999]!.position,
    });
    await back;
    expect(given).toEqual(before.slice(0, 1000));
  }, 60_000);

  it('leaves an append unknown or refuses it untried, and in no case calls it failed', async () => {
    const server = await start();
    const log = await open(server.port);
    await log.append({ writes: [write()] });
    await server.kill();
    const inTheAir = log
      .append({ writes: [write()] })
      .catch((error: unknown) => (error as { code: string }).code);
    expect(['OUTCOME_UNKNOWN', 'LOG_UNAVAILABLE']).toContain(await inTheAir);
    // by now the connection is known to be gone: nothing was sent
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await expect(log.head()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});

describe('a Redis server that is paused', () => {
  it('makes an append unknown, keeps readers waiting, and goes on where it was', async () => {
    const server = await start();
    const log = await open(server.port);
    const about = write();
    const abort = new AbortController();
    const following = collect(log.follow(await log.head(), abort.signal));
    await until(() => following.empties > 0);
    server.pause();
    await expect(log.append({ writes: [about] })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await expect(log.head()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    server.resume();
    await log.append({ writes: [write()] });
    // whether the paused server took it in the end is not ours to say, but it did so once at most
    await until(() => following.events.length > 0);
    await pause(200);
    const events = await readAll(log);
    expect(events.filter(({ id }) => id === about.event.id).length).toBeLessThanOrEqual(1);
    abort.abort();
    await following.ended;
    expect(following.events).toEqual(events);
  }, 60_000);
});

describe('a connection that breaks', () => {
  let server: RedisServer;
  let proxy: CutProxy;
  beforeEach(async () => {
    server = await start();
    proxy = await proxyTo(server);
  });

  it.each([
    ['of an expected version', { expectedVersion: 0 as const }, undefined],
    ['of any version', { expectedVersion: 'any' as const }, undefined],
    ['with a key', { expectedVersion: 0 as const }, { scope: 's', key: 'k', bodyHash: 'b' }],
  ])(
    'after the server recorded an append %s gets its first result and records it once',
    async (_of, how, key) => {
      const log = await open(proxy.port);
      await log.append({ writes: [write()] });
      const dropped = proxy.dropNextReply();
      const about = { ...write(), ...how };
      const appended = await log.append({ writes: [about], ...(key && { idempotency: key }) });
      await dropped;
      const events = await readAll(log);
      expect(events.map(({ id }) => id).slice(1)).toEqual([about.event.id]);
      expect(appended).toMatchObject({
        duplicate: false,
        versions: [1],
        position: events.at(-1)!.position,
      });
    },
  );

  it('again and again under load loses, doubles and reorders nothing of any writer', async () => {
    const log = await open(proxy.port);
    const subjects = Array.from({ length: 8 }, () => `Pod/shop/web/${randomUUID()}`);
    const mend = cutAgainAndAgain(proxy);
    const abort = new AbortController();
    const following = collect(log.follow(await log.head(), abort.signal));
    const each = 100;
    await Promise.all(
      subjects.map(async (subject) => {
        for (let version = 0; version < each; version += 1)
          await log.append({ writes: [{ ...write(), subject, expectedVersion: 'any' }] });
      }),
    );
    await mend();
    await until(() => following.events.length >= each * subjects.length);
    abort.abort();
    await following.ended;
    const direct = await open(server.port);
    const events = await readAll(direct, undefined, 'every-event');
    expect(events).toHaveLength(each * subjects.length);
    expect(following.events).toEqual(events);
  }, 60_000);

  it('while the log is trimmed leaves it trimmed once and whole', async () => {
    const log = await open(proxy.port);
    const direct = await open(server.port);
    for (let part = 0; part < 8; part += 1)
      await direct.append({ writes: Array.from({ length: 200 }, write) });
    const before = await readAll(direct);
    const mend = cutAgainAndAgain(proxy);
    await log.trim(await direct.head(), before);
    await mend();
    expect(await readAll(direct)).toEqual(before);
    expect((await direct.size()).events).toBe(before.length);
  }, 60_000);

  it('after the server trimmed the log leaves one baseline on it', async () => {
    const log = await open(proxy.port);
    await log.append({ writes: Array.from({ length: 500 }, write) });
    const first = await readAll(log);
    await log.trim(first.at(-1)!.position, first);
    await log.append({ writes: [write()] });
    const second = (await readAll(log)).slice(1);
    let dropped: Promise<void> | undefined;
    const baseline = function* () {
      yield* second;
      // 500 events are one whole chunk, written by now: the next reply is that of the trim
      dropped = proxy.dropNextReply();
    };
    await log.trim(second.at(-1)!.position, baseline());
    await dropped;
    expect(await readAll(log)).toEqual(second);
    expect(await server.command(`KEYS ${keys.baseline('*')}`)).toMatch(/^\*1\r\n/);
  });

  it('half-open, is noticed within 15 s by follower, reader and writer, and nothing is missed', async () => {
    const log = await open(proxy.port);
    const direct = await open(server.port);
    const abort = new AbortController();
    const following = collect(log.follow(await log.head(), abort.signal));
    await until(() => following.empties > 0);
    proxy.stallConnections();
    const stalledAt = Date.now();
    const about = write();
    await direct.append({ writes: [about] });
    await until(() => following.events.length > 0, 20_000);
    expect(Date.now() - stalledAt).toBeLessThan(15_000);
    await log.append({ writes: [write()] });
    await until(() => following.events.length > 1);
    abort.abort();
    await following.ended;
    expect(following.events).toEqual(await readAll(direct));
  }, 60_000);
});

describe('a replica that is promoted', () => {
  /** The replica lacks what was acknowledged last, and gives its positions to other events. */
  const loseTheTail = async () => {
    const master = await start();
    const replication = await proxyTo(master);
    const replica = await start({ replicaOf: replication });
    const proxy = await proxyTo(master);
    const log = await open(proxy.port);
    for (let index = 0; index < 5; index += 1) await log.append({ writes: [write()] });
    await until(async () => (await replica.command(`XLEN ${keys.log}`)).startsWith(':5'));
    replication.stall();
    await log.append({ writes: [write(), write()] });
    return { master, replica, proxy, log };
  };
  const promote = async (master: RedisServer, replica: RedisServer, proxy: CutProxy) => {
    await master.kill();
    expect(await replica.command('REPLICAOF NO ONE')).toMatch(/^\+OK/);
    proxy.retarget(replica.port);
    proxy.cut();
  };

  it('without the tail makes a follower of the lost tail say so, though its positions are used again', async () => {
    const { master, replica, proxy, log } = await loseTheTail();
    const following = collect(log.follow(startOf(await log.identity()), new AbortController().signal));
    await until(() => following.events.length === 7);
    const lost = following.events.at(-1)!.position;
    await promote(master, replica, proxy);
    const other = await open(replica.port);
    await other.append({ writes: [write(), write(), write()] });
    await expect(following.ended).rejects.toMatchObject({ code: 'POSITION_LOST', position: lost });
    expect(following.events).toHaveLength(7);
    await expect(readAll(log, lost)).rejects.toMatchObject({ code: 'POSITION_LOST' });
    expect(await readAll(log, undefined, 'every-event')).toHaveLength(8);
  }, 60_000);

  it('without the tail makes a follower that stands ahead of it say so before anything is written', async () => {
    const { master, replica, proxy, log } = await loseTheTail();
    const following = collect(log.follow(await log.head(), new AbortController().signal));
    await until(() => following.empties > 0);
    await promote(master, replica, proxy);
    await expect(following.ended).rejects.toMatchObject({ code: 'POSITION_LOST' });
  }, 60_000);

  it('has everything that was acknowledged when appends wait for it', async () => {
    const master = await start();
    const replication = await proxyTo(master);
    const replica = await start({ replicaOf: replication });
    const proxy = await proxyTo(master);
    await until(async () => (await replica.command('INFO replication')).includes('master_link_status:up'));
    const log = await open(proxy.port, { minReplicas: 1 });
    const { position } = await log.append({ writes: [write()] });
    replication.stall();
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    // recorded, its reply lost, sent again: the wait on the new connection is for what the old one wrote
    const dropped = proxy.dropNextReply();
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await dropped;
    await promote(master, replica, proxy);
    const kept = await readAll(log);
    expect(kept.map((event) => event.position)).toEqual([position]);
  }, 60_000);

  it('with only a part of a baseline drops nothing: the trim fails and the log is as it was', async () => {
    const master = await start();
    const replication = await proxyTo(master);
    const replica = await start({ replicaOf: replication });
    const proxy = await proxyTo(master);
    const log = await open(proxy.port);
    const writes = Array.from({ length: 700 }, write);
    await log.append({ writes });
    await until(async () => (await replica.command(`XLEN ${keys.log}`)).startsWith(':700'));
    const before = await readAll(log);
    replication.stall();
    // the first chunk goes to the master alone, the second to what was its replica
    const baseline = async function* () {
      yield* before.slice(0, 500);
      await promote(master, replica, proxy);
      yield* before.slice(500);
    };
    await expect(log.trim(before.at(-1)!.position, baseline())).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
    });
    expect(await readAll(log, undefined, 'every-event')).toEqual(before);
  }, 60_000);

  it('without the trim drops nothing, though the master had answered', async () => {
    const master = await start();
    const replication = await proxyTo(master);
    const replica = await start({ replicaOf: replication });
    const proxy = await proxyTo(master);
    const identity = await (await open(proxy.port)).identity();
    const options = { url: `redis://127.0.0.1:${proxy.port}`, mesh };
    const promoting = new (class extends Commands {
      override async ask<T>(attempted: string, attempt: Attempt<T>): Promise<T> {
        const answer = await super.ask(attempted, attempt);
        if (Array.isArray(answer) && answer[0] === 'DONE') await promote(master, replica, proxy);
        return answer;
      }
    })(options, keys, 'mcp-log');
    const log = new RedisEventLog(options, promoting, keys, identity);
    logs.push(log);
    await log.append({ writes: Array.from({ length: 20 }, write) });
    await until(async () => (await replica.command(`XLEN ${keys.log}`)).startsWith(':20'));
    const before = await readAll(log);
    replication.stall();
    await expect(log.trim(before.at(-1)!.position, before)).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
    });
    expect(await readAll(log, undefined, 'every-event')).toEqual(before);
  }, 60_000);
});

describe('a trim', () => {
  it('ends at the first chunk of its baseline that the server does not take, and drops nothing', async () => {
    const server = await start();
    const log = await open(server.port);
    await log.append({ writes: Array.from({ length: 1500 }, write) });
    const before = await readAll(log);
    let asked = 0;
    const baseline = async function* () {
      for (const event of before) {
        if (asked === 500) {
          const [key] = /\S+baseline\S+/.exec(await server.command(`KEYS ${keys.baseline('*')}`))!;
          await server.command(`SET ${key} spoilt`);
        }
        asked += 1;
        yield event;
      }
    };
    await expect(log.trim(before.at(-1)!.position, baseline())).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
    });
    expect(asked).toBe(1000);
    expect(await readAll(log)).toEqual(before);
  });
});

describe('a write to the stream by other hands', () => {
  it.each([['99-0'], ['4-0'], ['3-1']])(
    'at %s is noticed by writers or readers, and by followers',
    async (id) => {
      const server = await start();
      const log = await open(server.port);
      for (let index = 0; index < 3; index += 1) await log.append({ writes: [write()] });
      const following = collect(log.follow(startOf(await log.identity()), new AbortController().signal));
      await until(() => following.empties > 0);
      expect(await server.command(`XADD ${keys.log} ${id} h "${'0'.repeat(40)} 1 1 stray" e {}`)).toContain(
        id,
      );
      await expect(following.ended).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      await expect(readAll(log)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      await log.append({ writes: [write()] }).catch(() => undefined);
      await expect(readAll(log)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      expect(following.events).toHaveLength(3);
    },
  );
});

describe('a server that has another log now', () => {
  it('is noticed by readers, followers and writers', async () => {
    const server = await start();
    const log = await open(server.port);
    const { position } = await log.append({ writes: [write()] });
    await server.command('FLUSHALL');
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    const other = await open(server.port);
    expect(await other.identity()).not.toBe(await log.identity());
    await expect(readAll(log, position)).rejects.toMatchObject({ code: 'POSITION_OF_ANOTHER_LOG' });
    const following = collect(log.follow(position, new AbortController().signal));
    await expect(following.ended).rejects.toMatchObject({ code: 'POSITION_OF_ANOTHER_LOG' });
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });
});

describe('a server that cannot be reached', () => {
  it('is told by where it should be, without the password, and opens no log', async () => {
    const server = await start();
    await server.kill();
    const url = `redis://mcp:secret@127.0.0.1:${server.port}`;
    const refused = await connectRedisLog({ url, mesh }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'LOG_UNAVAILABLE' });
    const told = inspect(refused);
    expect(told).toContain(`redis://127.0.0.1:${server.port}`);
    expect(told).not.toContain('secret');
  });
});

describe('what a server promises', () => {
  it.each([
    [{ appendonly: 'yes', appendfsync: 'always' }, 'synced'],
    [{ appendonly: 'yes', appendfsync: 'everysec' }, 'buffered'],
    [{ appendonly: 'no' }, 'memory'],
    [{ 'rename-command': 'CONFIG nothing' }, 'unknown'],
  ])('with %j is told as %s', async (settings, durability) => {
    const server = await start({ settings: settings });
    const log = await open(server.port);
    expect(await log.durability()).toBe(durability);
    expect((await log.append({ writes: [write()] })).durability).toBe(durability);
  });

  it('is not enough where it may evict', async () => {
    const server = await start({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    const log = await connectRedisLog({ url: server.url, mesh });
    logs.push(log);
    expect(await log.health()).toEqual({ ok: false, reason: expect.stringContaining('allkeys-lru') });
    await server.command('CONFIG SET maxmemory-policy noeviction');
    expect(await log.health()).toEqual({ ok: true });
  });

  it('is taken back when its memory is full: nothing is recorded, and later it goes on', async () => {
    const server = await start();
    const log = await open(server.port);
    await log.append({ writes: [write()] });
    await server.command('CONFIG SET maxmemory 1mb');
    await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await server.command('CONFIG SET maxmemory 0');
    const { position } = await log.append({ writes: [write()] });
    expect(position.sequence).toBe(2);
  });
});

function write() {
  const data = { namespaces: 'all' } as const;
  const actor = { name: 'collector', provenBy: 'component' } as const;
  const event = { id: randomUUID(), type: 'ScopeDeclared', version: 1, occurredAt: 0, actor, data } as const;
  return { subject: `Pod/shop/web/${randomUUID()}`, expectedVersion: 0, event } satisfies Write;
}

async function readAll(log: EventLog, from?: LogPosition, verify: 'pages' | 'every-event' = 'pages') {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read(from ?? startOf(await log.identity()), { verify }))
    events.push(...batch);
  return events;
}

function collect(following: AsyncIterable<readonly RecordedEvent[]>) {
  const events: RecordedEvent[] = [];
  const collected = { events, empties: 0, ended: Promise.resolve() };
  collected.ended = (async () => {
    for await (const batch of following) {
      events.push(...batch);
      if (batch.length === 0) collected.empties += 1;
    }
  })();
  collected.ended.catch(() => undefined);
  return collected;
}

async function until(reached: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`not reached within ${withinMs} ms`);
    await pause(5);
  }
}
