import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogCorrupt, LogUnavailable, OutcomeUnknown } from '@mcp/event-log';
import { Baseline } from '@mcp/events';
import { type CounterSeen, type TrafficPart, type TrafficReading, TrafficUnavailable } from '@mcp/sources';
import fc from 'fast-check';
import { calledEdge, readingAt } from '../../test/scripted-traffic.js';
import { TrafficWorld } from '../../test/traffic-world.js';

const away = new TrafficUnavailable('UNREACHABLE', 'ask Prometheus: connection refused');
const pollMs = 15_000;

let world: TrafficWorld;

beforeEach(async () => {
  world = await TrafficWorld.open();
});
afterEach(() => world.close());

/** One reading after the other, 15 s apart, with so many denied until then. */
async function read(...denied: readonly number[]): Promise<void> {
  for (const count of denied) await world.source.answers(readingAt((world.now += pollMs), count));
}

/** So long after the last reading that every refusal is due. */
async function readLater(denied: number): Promise<void> {
  world.now += 60_000;
  await read(denied);
}

const without = (part: TrafficPart) => ({
  missing: [{ part, question: part, code: 'TIMEOUT' as const, message: 'too slow' }],
});

describe('a reader of traffic', () => {
  it('records an edge once two readings have had it, and keeps the samples of each', async () => {
    await world.start();
    await read(0);
    expect(await world.events('EdgeObserved')).toEqual([]);
    await read(0);
    expect(await world.events('EdgeObserved')).toMatchObject([
      {
        subject: `edge/${calledEdge}`,
        data: { what: 'first-seen', security: 'mtls', lastSeenAt: world.now, seen: { asOf: world.now } },
      },
    ]);
    const newest = await world.series.latest();
    expect(newest).toMatchObject({ at: world.now, proxiesSeen: 2, meshedPods: 2 });
    expect(newest?.edges.get(calledEdge)).toMatchObject({ successPerSecond: 1, mtlsShare: 1 });
    expect(world.figures).toMatchObject({ edges: 1, proxiesSeen: 2, meshedPods: 2 });
  });

  it('has no figures any more once another may read', async () => {
    await world.start();
    await read(0);
    await read(0);
    expect(world.figures).toMatchObject({ edges: 1 });
    await world.kill();
    expect(world.figures).toBeUndefined();
  });

  it('keeps what routes took, and says where that could not be read', async () => {
    await world.start();
    const parent = { group: 'core', kind: 'Service', namespace: 'shop', name: 'cart', port: '80' };
    const route = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', name: 'split' };
    const seen = { parent, route, protocol: 'http', retriesPerSecond: 0.5 } as const;
    const client = { namespace: 'shop', pod: 'web-1-a', address: '10.0.0.1' };
    await world.source.answers(readingAt((world.now += pollMs), 0, { routes: [{ client, ...seen }] }));
    expect((await world.series.latest())?.routes).toEqual([
      {
        client: { namespace: 'shop', kind: 'Deployment', name: 'web' },
        ...{ parent, route, protocol: 'http', sample: { retriesPerSecond: 0.5 } },
      },
    ]);
    await read(0);
    expect((await world.series.latest())?.routes).toEqual([]);
    await world.source.answers(readingAt((world.now += pollMs), 0, without('routes')));
    expect(await world.series.latest()).not.toHaveProperty('routes');
  });

  it('dates a gap by the last reading, whatever is recorded since', async () => {
    await world.start();
    await read(0, 3);
    const lastAt = world.now;
    // by now the usage of a new caller is due
    world.now += 90_000;
    await world.source.answers(away, away);
    expect((await world.events('TelemetryChanged')).at(-1)?.data).toMatchObject({ phase: 'gap', lastAt });
    await world.source.answers(away);
    expect((await world.events('UsageRecorded')).filter(({ occurredAt }) => occurredAt > lastAt)).toEqual([]);
  });

  it('says a gap after two failures and its end with the next reading, logs each once, and loses no edge', async () => {
    await world.start();
    await read(0, 0);
    const lastAt = world.now;
    world.now += pollMs;
    await world.source.answers(away);
    expect(await world.phases()).toEqual(['live']);
    await world.source.answers(away, away, away, away);
    world.now += 3_600_000;
    await world.source.answers(away);
    await read(0);
    expect((await world.events('TelemetryChanged')).map(({ data }) => data)).toEqual([
      expect.objectContaining({ phase: 'live' }),
      { phase: 'gap', reason: expect.stringContaining('connection refused'), lastAt },
      { phase: 'live', reason: '', lastAt: world.now },
    ]);
    expect(await world.events('EdgeObserved')).toHaveLength(1);
    expect(await world.events('EdgeForgotten')).toEqual([]);
    expect(world.said).toEqual(['traffic cannot be read', 'traffic is read again']);
  });

  it('takes a source that shows no proxy for one that shows nothing', async () => {
    await world.start();
    await read(0, 0);
    const empty = { proxies: [], requests: [], counters: [] };
    for (let poll = 0; poll < 5; poll += 1)
      await world.source.answers(readingAt((world.now += pollMs), 0, empty));
    expect((await world.events('EdgeObserved')).map(({ data: { what } }) => what)).toEqual(['first-seen']);
    expect((await world.events('TelemetryChanged')).at(-1)?.data).toMatchObject({
      phase: 'gap',
      reason: expect.stringContaining('no proxy is scraped'),
    });
  });

  it.each<TrafficPart>(['counters', 'proxies'])(
    'counts nothing without %s, and all of it with the next reading',
    async (part) => {
      await world.start();
      await read(5);
      for (let poll = 0; poll < 2; poll += 1) {
        const more = part === 'proxies' ? { proxies: [] } : { counters: [] };
        await world.source.answers(readingAt((world.now += pollMs), 9, { ...without(part), ...more }));
      }
      expect(await world.refused()).toBe(0);
      expect(world.outcomes).toEqual(['whole', 'partial', 'partial']);
      await read(12);
      expect(await world.refused()).toBe(7);
    },
  );

  it('counts on with the counters that were read while another was not, and that one once it is', async () => {
    const counters = { what: 'denied', protocol: 'http' } as const;
    const missing = [{ ...without('counters').missing[0], counters }] as TrafficReading['missing'];
    await world.start();
    await read(5);
    const [denied] = readingAt(0, 5).counters;
    const limited = (value: number) => [{ ...denied, what: 'rate-limited', value }] as CounterSeen[];
    for (const value of [2, 3])
      await world.source.answers(readingAt((world.now += pollMs), 0, { missing, counters: limited(value) }));
    expect((await world.events('TrafficRefused')).map(({ data: { what } }) => what)).toEqual([
      'rate-limited',
    ]);
    await world.source.answers(readingAt((world.now += 60_000), 12));
    expect(await world.refused()).toBe(7 + 3);
  });

  it('says of a part that is missing for a while when that begins and when it ends, in events and in its own log', async () => {
    await world.start();
    await read(0, 0);
    const begun = world.now + pollMs;
    for (const code of ['TIMEOUT', 'OVERLOADED', 'TIMEOUT'] as const)
      await world.source.answers(
        readingAt((world.now += pollMs), 0, {
          counters: [],
          missing: [{ part: 'counters', question: 'http-denied', code, message: `after ${world.now} ms` }],
        }),
      );
    await read(0, 0, 0, 0, 0);
    const message = 'http-denied: no answer in time';
    expect(
      (await world.events('TelemetryChanged')).map(({ data: { phase, faults } }) => [phase, faults]),
    ).toEqual([
      ['live', undefined],
      ['live', [{ code: 'part-missing', part: 'counters', message, since: begun }]],
      ['live', undefined],
    ]);
    expect(world.said).toEqual(['telemetry is not whole', 'telemetry is whole again']);
  });

  it('does not call observed what was let in or denied while that could not be read', async () => {
    const lost = (what: 'denied' | 'rate-limited') =>
      [
        { ...without('counters').missing[0], counters: { what, protocol: 'http' } },
      ] as TrafficReading['missing'];
    await world.start();
    await read(0, 0);
    for (const what of ['rate-limited', 'denied', 'denied'] as const)
      await world.source.answers(readingAt((world.now += pollMs), 0, { missing: lost(what), counters: [] }));
    await world.stop();
    const usage = (await world.events('UsageRecorded')).filter(({ data }) => data.workload.name === 'cart');
    expect(usage.at(-1)?.data.observedMs).toBe(2 * pollMs);
  });

  it('tells of a part that fails once in a while nothing', async () => {
    await world.start();
    await read(0, 0);
    for (let poll = 0; poll < 5; poll += 1) {
      await world.source.answers(
        readingAt((world.now += pollMs), 0, { counters: [], ...without('counters') }),
      );
      await read(0);
    }
    expect(await world.phases()).toEqual(['live']);
    expect(world.said).toEqual([]);
  });

  it('takes no counter for new because the first reading was without counters', async () => {
    await world.start();
    await world.source.answers(readingAt((world.now += pollMs), 0, { counters: [], ...without('counters') }));
    await read(500, 502);
    expect(await world.refused()).toBe(2);
  });

  it('counts all of a proxy that began while none could be seen', async () => {
    const { proxies } = readingAt(0, 0);
    await world.start();
    await world.source.answers(
      readingAt((world.now += pollMs), 0, { proxies: proxies.slice(0, 1), counters: [] }),
    );
    const startedAt = world.now + 5_000;
    await world.source.answers(readingAt((world.now += pollMs), 0, { proxies: [], ...without('proxies') }));
    const began = proxies.map((proxy) => ({ ...proxy, startedAt }));
    await world.source.answers(readingAt((world.now += pollMs), 4, { proxies: began }));
    expect(await world.refused()).toBe(4);
  });

  it('counts without requests, and does not take their edges for idle', async () => {
    await world.start();
    await read(0, 0);
    for (let poll = 1; poll <= 6; poll += 1)
      await world.source.answers(
        readingAt((world.now += pollMs), poll, { requests: [], ...without('requests') }),
      );
    await readLater(6);
    expect(await world.refused()).toBe(6);
    expect((await world.events('EdgeObserved')).map(({ data: { what } }) => what)).toEqual(['first-seen']);
  });

  it('counts the same reading once', async () => {
    await world.start();
    await read(0, 4);
    const samples = await world.series.size();
    await world.source.answers(readingAt(world.now, 4), readingAt(world.now, 9));
    expect(await world.refused()).toBe(4);
    expect(await world.series.size()).toEqual(samples);
    expect(world.outcomes.slice(2)).toEqual(['repeated', 'repeated']);
  });

  it('takes nothing from before what it took, and says so where the clock of the source was set back', async () => {
    await world.start();
    await read(0, 4);
    await world.source.answers(readingAt(world.now - 30_000, 4), readingAt(world.now - 20_000, 4));
    expect(await world.phases()).toEqual(['live']);
    await world.source.answers(readingAt(world.now - 3_600_000, 4), readingAt(world.now - 3_590_000, 5));
    expect((await world.events('TelemetryChanged')).at(-1)?.data).toMatchObject({
      phase: 'gap',
      reason: 'the clock of the source went back: it is 3590 s behind what it said before',
    });
    await readLater(9);
    expect(await world.phases()).toEqual(['live', 'gap', 'live']);
    expect(await world.refused()).toBe(9);
  });

  it('is not held up by its own clock being set back', async () => {
    await world.start();
    await read(0);
    world.now -= 240_000;
    await world.source.answers(readingAt(world.now + 250_000, 2));
    expect(await world.refused()).toBe(2);
  });

  it('believes nothing of a time that is yet to come', async () => {
    await world.start();
    await read(0, 4);
    const month = 30 * 24 * 3_600_000;
    await world.source.answers(readingAt(world.now + month, 5), readingAt(world.now + month + 1_000, 6));
    expect((await world.events('TelemetryChanged')).at(-1)?.data).toMatchObject({
      phase: 'gap',
      reason: expect.stringMatching(/^the clock of the source is \d+ s ahead of ours/),
    });
    await readLater(9);
    expect(await world.refused()).toBe(9);
  });

  it('ends at once while a source does not answer', async () => {
    await world.start();
    world.source.give('never');
    const begun = performance.now();
    await world.kill();
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(await world.phases()).toEqual([]);
  });

  it('keeps on where the series cannot be reached, and says that once', async () => {
    await world.start();
    await world.series.close();
    await read(0, 3, 3);
    expect(await world.refused()).toBe(3);
    expect(world.said).toEqual(['samples of traffic cannot be kept']);
  });
});

describe('refusals are exact', () => {
  it('over a reader that stops: the next goes on from its checkpoint', async () => {
    await world.start();
    await read(5, 9);
    await world.stop();
    await world.start();
    await read(15);
    await world.stop();
    expect(await world.refused()).toBe(10);
  });

  it('over a reader that is killed, with what it had not recorded', async () => {
    await world.start();
    await read(5, 9, 11);
    expect(await world.refused()).toBe(4);
    await world.kill();
    await world.start();
    await read(15);
    await world.stop();
    expect(await world.refused()).toBe(10);
  });

  it('over a reader that is stopped before it had begun: it does not replace the checkpoint', async () => {
    await world.start();
    await read(5, 9);
    await world.kill();
    const stored = world.series.checkpoint.bind(world.series);
    world.series.checkpoint = () => Promise.reject(new LogUnavailable('read of the checkpoint'));
    const starting = world.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await world.stop();
    world.series.checkpoint = stored;
    void starting;
    await world.start();
    await read(15);
    await world.stop();
    expect(await world.refused()).toBe(10);
  });

  it('from what is first seen on, where there is no checkpoint', async () => {
    await world.start();
    await read(5, 9);
    await world.kill();
    world.series.checkpoint = () => Promise.resolve(undefined);
    await world.start();
    await read(15);
    await readLater(17);
    await world.stop();
    expect(await world.refused()).toBe(4 + 2);
  });

  it.each([
    ['that fails before it is recorded', () => Promise.reject(new LogUnavailable('append'))],
    ['of unknown outcome that was not recorded', () => Promise.reject(new OutcomeUnknown(undefined))],
  ])('over an append %s', async (_what, fault) => {
    await world.start();
    await read(0);
    world.faults.push(fault, fault);
    await read(3);
    await readLater(7);
    expect(await world.refused()).toBe(7);
    expect(world.faults).toEqual([]);
    expect(world.said).toEqual([
      'traffic cannot be recorded, and is tried again',
      'traffic is recorded again',
    ]);
  });

  it('over an append of unknown outcome that was recorded', async () => {
    await world.start();
    await read(0);
    world.faults.push((append, real) =>
      real(append).then(() => Promise.reject(new OutcomeUnknown(undefined))),
    );
    await read(3);
    await readLater(7);
    expect((await world.events('TrafficRefused')).map(({ data: { count } }) => count)).toEqual([3, 4]);
    expect(world.faults).toEqual([]);
  });

  it('over a log that lost its tail, with what was lost of a refusal that it still has', async () => {
    await world.start();
    await read(0, 3);
    const lose = await world.losable();
    await readLater(8);
    expect(await world.refused()).toBe(8);
    await lose();
    expect(await world.refused()).toBe(3);
    await readLater(9);
    await readLater(9);
    expect(await world.refused()).toBe(9);
    expect(await world.events('EdgeObserved')).toHaveLength(1);
    expect(world.said).toContain('traffic is folded anew: the log is not what it was');
  });

  it('over a log that was trimmed beyond what was folded', async () => {
    await world.start();
    await read(0, 3, 4);
    for (const namespace of ['a', 'b', 'c'])
      await world.record('scope', 'ScopeDeclared', { namespaces: [namespace] });
    const baseline = new Baseline();
    for await (const batch of world.log.read({ log: await world.log.identity(), sequence: 0, digest: '' }))
      for (const event of batch) baseline.evolve(event);
    await world.log.trim(await world.log.head(), baseline.events());
    await world.record('scope', 'ScopeDeclared', { namespaces: 'all' });
    await readLater(9);
    expect(await world.refused()).toBe(9);
    expect(world.said).toContain('traffic is folded anew: the log is not what it was');
  });

  it('whatever happens on the way, from the first sight on', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ what: fc.constant('read' as const), more: fc.nat(3), later: fc.boolean() }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          what: fc.constantFrom('away', 'unavailable', 'unknown', 'recorded' as const),
        }),
      },
      { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('kill', 'stop' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (story) => {
        const its = await TrafficWorld.open();
        let denied = 3;
        const look = (laterMs: number) =>
          its.source.answers(readingAt((its.now += pollMs + laterMs), denied));
        try {
          await its.start();
          await look(0);
          for (const happens of story) {
            if (happens.what === 'read') {
              denied += happens.more;
              await look(happens.later ? 60_000 : 0);
            } else if (happens.what === 'away') await its.source.answers(away);
            else if (happens.what === 'unavailable')
              its.faults.push(() => Promise.reject(new LogUnavailable('append')));
            else if (happens.what === 'unknown')
              its.faults.push(() => Promise.reject(new OutcomeUnknown(undefined)));
            else if (happens.what === 'recorded')
              its.faults.push((append, real) =>
                real(append).then(() => Promise.reject(new OutcomeUnknown(undefined))),
              );
            else {
              // one try, which may fail; what it did not record is in the checkpoint
              await its[happens.what]().catch(() => undefined);
              await its.start();
            }
          }
          its.faults.length = 0;
          await look(60_000);
          await its.stop();
          expect(await its.refused()).toBe(denied - 3);
        } finally {
          await its.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('a lead', () => {
  it('goes on in the next where the one before ended, without a fact said twice', async () => {
    await world.start();
    await read(0, 0);
    await world.kill();
    await world.start();
    await read(0, 0, 0);
    await world.kill();
    expect(await world.events('EdgeObserved')).toHaveLength(1);
    expect(await world.phases()).toEqual(['live']);
  });

  it('ends with DeposedWriter once another has claimed the role', async () => {
    await world.start();
    await read(0);
    await world.log.claim('collector', 'another');
    world.source.give(readingAt((world.now += pollMs), 3));
    await expect(world.ended).rejects.toMatchObject({ code: 'DEPOSED_WRITER' });
    expect(await world.refused()).toBe(0);
  });

  it('ends on a log that it cannot go on with', async () => {
    await world.start();
    world.faults.push(() => Promise.reject(new LogCorrupt('a gap')));
    world.source.give(readingAt((world.now += pollMs), 3));
    await expect(world.ended).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  it('records what is pending when it ends, and that nobody looks any more', async () => {
    await world.start();
    await read(0, 3, 5);
    const lastAt = world.now;
    expect(await world.refused()).toBe(3);
    await world.stop();
    expect(await world.refused()).toBe(5);
    expect((await world.events('TelemetryChanged')).at(-1)?.data).toEqual({
      phase: 'gap',
      reason: 'the collector has stopped',
      lastAt,
    });
    const usage = (await world.events('UsageRecorded')).filter(({ data }) => data.workload.name === 'cart');
    expect(usage.at(-1)?.data).toMatchObject({ observedMs: 2 * pollMs, edges: [{ denied: 5 }] });
  });

  it.each([
    ['cannot be reached', () => Promise.reject(new LogUnavailable('append'))],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('ends in time where the log %s, and loses no count', async (_what, fault) => {
    await world.start();
    await read(0, 3, 5);
    world.faults.push(fault);
    const begun = performance.now();
    await expect(world.stop()).rejects.toThrow();
    expect(performance.now() - begun).toBeLessThan(5_000);
    await world.start();
    await read(6);
    await world.stop();
    expect(await world.refused()).toBe(6);
  });
});

describe('traffic that is absent', () => {
  it('is said once, and not again by the next', async () => {
    for (let lead = 0; lead < 2; lead += 1) {
      await world.start('MCP_PROMETHEUS_URL is not set');
      world.faults.push(() => Promise.reject(new OutcomeUnknown(undefined)));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await world.stop();
      expect((await world.events('TelemetryChanged')).map(({ data }) => data)).toEqual([
        { phase: 'absent', reason: 'MCP_PROMETHEUS_URL is not set', lastAt: 0 },
      ]);
    }
  });

  it('takes the place of what was read before, and gives way to what is read again', async () => {
    await world.start();
    await read(0);
    const lastAt = world.now;
    await world.stop();
    await world.start('not any more');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await world.stop();
    expect((await world.events('TelemetryChanged')).at(-1)?.data).toMatchObject({ phase: 'absent', lastAt });
    await world.start();
    await read(0);
    expect(await world.phases()).toEqual(['live', 'gap', 'absent', 'live']);
  });
});
