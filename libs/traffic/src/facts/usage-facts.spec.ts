import { describe, expect, it } from '@jest/globals';
import type { WorkloadUsage } from '@mcp/events';
import type { ClientSeen } from '@mcp/mesh';
import { FactLog } from '../../test/fact-log.js';
import type { CounterDifference } from './counter-difference.js';
import type { Fact } from './fact.js';
import { UsageFacts } from './usage-facts.js';

const workload = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const server = { group: 'policy.linkerd.io', kind: 'server', name: 'cart-http' };
const route = { group: '', kind: 'default', name: 'default' };
const midnight = Date.parse('2026-11-22');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const paceMs = 15_000;
const ten = midnight + 10 * hourMs;

const from = (name: string): ClientSeen => ({ kind: 'identity', identity: name });

function allowed(count: number, rest: Partial<CounterDifference> = {}): CounterDifference {
  const client = from('web.shop');
  return { workload, what: 'allowed', protocol: 'http', port: 8080, server, route, client, count, ...rest };
}

function usageIn(facts: readonly Fact[]): readonly WorkloadUsage[] {
  return facts.flatMap(({ type, data }) => (type === 'UsageRecorded' ? [data] : []));
}

describe('the usage of a workload', () => {
  it('is recorded every hour with the whole day until then', () => {
    const log = new FactLog();
    const facts = new UsageFacts();
    facts.observe([workload], ten, paceMs);
    facts.take([allowed(3), allowed(1, { what: 'denied' }), allowed(2, { what: 'audited' })], ten);
    facts.observe([workload], ten + minuteMs, paceMs);
    log.record(facts.decide(ten + minuteMs), facts);
    facts.take([allowed(5)], ten + 30 * minuteMs);
    expect(facts.decide(ten + hourMs - 1)).toEqual([]);
    const decided = facts.decide(ten + hourMs);
    expect(decided).toEqual([
      {
        subject: 'usage/shop/Deployment/cart/2026-11-22',
        type: 'UsageRecorded',
        occurredAt: ten + hourMs,
        data: {
          workload,
          day: '2026-11-22',
          observedMs: minuteMs,
          edges: [
            {
              client: from('web.shop'),
              port: 8080,
              protocol: 'http',
              route,
              allowed: 10,
              denied: 1,
              firstAt: ten,
              lastAt: ten + 30 * minuteMs,
            },
          ],
          dropped: 0,
        },
      },
    ]);
    expect(facts.decide(ten + hourMs)).toEqual(decided);
    log.record(decided, facts);
    expect(facts.decide(ten + 2 * hourMs)).toEqual([]);
  });

  it('tells a new caller after a minute, and later where there are many', () => {
    const log = new FactLog();
    const facts = new UsageFacts();
    facts.take([allowed(3)], ten);
    expect(facts.decide(ten + minuteMs - 1)).toEqual([]);
    expect(log.record(facts.decide(ten + minuteMs), facts)).toHaveLength(1);
    facts.take([allowed(3)], ten + 2 * minuteMs);
    expect(facts.decide(ten + 5 * minuteMs)).toEqual([]);
    facts.take(
      Array.from({ length: 99 }, (_, index) => allowed(1, { client: from(`client-${index}`) })),
      ten + 2 * minuteMs,
    );
    expect(facts.decide(ten + 3 * minuteMs - 1)).toEqual([]);
    expect(facts.decide(ten + 3 * minuteMs)).toHaveLength(1);
  });

  it('has an edge for every client, port, protocol and route, whichever Server governed it', () => {
    const facts = new UsageFacts();
    facts.take(
      [
        allowed(1),
        allowed(1, { server: { ...server, name: 'other' } }),
        allowed(1, { port: 9090 }),
        allowed(1, { protocol: 'tcp' }),
        allowed(1, { route: { ...route, name: 'probe' } }),
        allowed(1, { client: { kind: 'unmeshed' } }),
      ],
      ten,
    );
    const [usage] = usageIn(facts.flush(ten));
    expect(usage?.edges.map((edge) => edge.allowed)).toEqual([2, 1, 1, 1, 1]);
  });

  it('does not count what was limited, found no route or was cut', () => {
    const facts = new UsageFacts();
    const others = ['rate-limited', 'route-not-found', 'terminated'] as const;
    facts.take(
      others.map((what) => allowed(1, { what })),
      ten,
    );
    expect(facts.flush(ten)).toEqual([]);
  });

  it('ends with the day: what is seen later counts for the next, and the day before is recorded once more', () => {
    const log = new FactLog();
    const facts = new UsageFacts();
    const next = midnight + dayMs;
    facts.take([allowed(3)], next - 2_000);
    facts.observe([workload], next - 10_000, paceMs);
    facts.observe([workload], next + 5_000, paceMs);
    facts.take([allowed(4)], next + 5_000);
    const first = log.record(facts.decide(next + 5_000), facts);
    expect(usageIn(first).map(({ day, observedMs, edges }) => [day, observedMs, edges[0]?.allowed])).toEqual([
      ['2026-11-22', 10_000, 3],
    ]);
    expect(
      usageIn(facts.flush(next + 6_000)).map(({ day, observedMs, edges }) => [
        day,
        observedMs,
        edges[0]?.allowed,
      ]),
    ).toEqual([['2026-11-23', 5_000, 4]]);
  });

  it('was not observed over a pause that is longer than two minutes', () => {
    const facts = new UsageFacts();
    for (const ms of [0, 120_000, 240_001, 250_001]) facts.observe([workload], ten + ms, paceMs);
    expect(usageIn(facts.flush(ten))).toEqual([
      { workload, day: '2026-11-22', observedMs: 130_000, edges: [], dropped: 0 },
    ]);
  });

  it('was observed over one reading that failed, also where there is one a minute only', () => {
    const facts = new UsageFacts();
    for (const ms of [0, 60_000, 180_400, 240_000]) facts.observe([workload], ten + ms, 60_000);
    expect(usageIn(facts.flush(ten))).toEqual([
      { workload, day: '2026-11-22', observedMs: 240_000, edges: [], dropped: 0 },
    ]);
  });

  it('fits into an event however many and long its callers are, and says what it left out', () => {
    const facts = new UsageFacts();
    const clients = Array.from({ length: 3_000 }, (_, index) => from(`${'ü'.repeat(250)}-${index}`));
    facts.take(
      clients.map((client) => allowed(2, { client })),
      ten,
    );
    const [usage] = usageIn(facts.flush(ten));
    expect(new TextEncoder().encode(JSON.stringify(usage)).length).toBeLessThan(1024 * 1024);
    expect(usage?.edges.length).toBeGreaterThan(500);
    expect(usage?.dropped).toBe(2 * (3_000 - (usage?.edges.length ?? 0)));
  });

  it('goes on where the log ends, in the next process', () => {
    const log = new FactLog();
    const facts = new UsageFacts();
    facts.take([allowed(3)], ten);
    log.record(facts.flush(ten), facts);
    facts.take([allowed(2)], ten + minuteMs);
    log.record(facts.flush(ten + minuteMs), facts);
    const next = log.foldInto(new UsageFacts());
    expect(next.flush(ten + minuteMs)).toEqual([]);
    next.take([allowed(4)], ten + 2 * minuteMs);
    const [usage] = usageIn(next.decide(ten + hourMs));
    expect(usage?.edges.map(({ allowed: calls, firstAt, lastAt }) => [calls, firstAt, lastAt])).toEqual([
      [9, ten, ten + 2 * minuteMs],
    ]);
  });

  it('is forgotten, day by day, when it is older than thirty days', () => {
    const log = new FactLog();
    const facts = new UsageFacts();
    facts.take([allowed(3)], ten);
    log.record(facts.flush(ten), facts);
    facts.take([allowed(3)], ten + dayMs);
    log.record(facts.flush(ten + dayMs), facts);
    expect(facts.decide(midnight + 31 * dayMs - 1)).toEqual([]);
    const decided = facts.decide(midnight + 31 * dayMs);
    expect(decided).toEqual([
      {
        subject: 'usage/shop/Deployment/cart/2026-11-22',
        type: 'UsageForgotten',
        occurredAt: midnight + 31 * dayMs,
        data: { why: 'retention' },
        tombstone: true,
      },
    ]);
    log.record(decided, facts);
    expect(facts.decide(midnight + 31 * dayMs)).toEqual([]);
    expect(log.foldInto(new UsageFacts()).decide(midnight + 31 * dayMs)).toEqual([]);
  });

  it('of many workloads comes in parts', () => {
    const log = new FactLog();
    const facts = new UsageFacts({ retentionDays: 30, mostAtOnce: 2 });
    facts.take(
      ['a', 'b', 'c'].map((name) => allowed(1, { workload: { ...workload, name } })),
      ten,
    );
    const parts = [1, 2, 3].map(() => log.record(facts.decide(ten + hourMs), facts).length);
    expect(parts).toEqual([2, 1, 0]);
  });
});
