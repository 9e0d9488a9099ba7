import { describe, expect, it } from '@jest/globals';
import { type AnyRecordedEvent, Baseline, type LedgerEdge, usageSubject } from '@mcp/events';
import { type ClientSeen, deepEqual, type WorkloadRef } from '@mcp/mesh';
import fc from 'fast-check';
import { FactLog } from '../../test/fact-log.js';
import { Ledger } from './ledger.js';
import { ledgerFold } from './ledger-fold.js';
import type { LedgerRow } from './ledger-row.js';

const cart = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const vault = { namespace: 'bank', kind: 'StatefulSet', name: 'vault' };
const route = { group: '', kind: 'default', name: 'default' };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const monday = Date.parse('2026-11-23');

const from = (name: string): ClientSeen => ({ kind: 'identity', identity: name });

interface Recorded {
  readonly workload?: typeof cart;
  readonly observedMs?: number;
  readonly dropped?: number;
}

function edge(client: ClientSeen, at: number, rest: Partial<LedgerEdge> = {}): LedgerEdge {
  const counts = { allowed: 1, denied: 0, firstAt: at, lastAt: at };
  return { client, port: 8080, protocol: 'http', route, ...counts, ...rest };
}

/** A log of usage, written as the collector does. */
class UsageLog {
  readonly log = new FactLog();

  recorded(at: number, edges: readonly LedgerEdge[], rest: Recorded & { day?: string } = {}): this {
    const {
      workload = cart,
      observedMs = 0,
      dropped = 0,
      day = new Date(at).toISOString().slice(0, 10),
    } = rest;
    const data = { workload, day, observedMs, edges, dropped };
    this.log.record([{ subject: usageSubject(workload, day), type: 'UsageRecorded', occurredAt: at, data }]);
    return this;
  }

  forgotten(at: number, day: string, workload = cart): this {
    const data = { why: 'retention' } as const;
    const subject = usageSubject(workload, day);
    this.log.record([{ subject, type: 'UsageForgotten', occurredAt: at, data, tombstone: true }]);
    return this;
  }

  get ledger(): Ledger {
    return this.log.foldInto(new Ledger());
  }
}

function shown(row: LedgerRow): unknown {
  const { workload, client, port, protocol, allowed, denied, firstAt, lastAt } = row;
  return {
    workload,
    client,
    port,
    protocol,
    route: row.route,
    allowed,
    denied,
    firstAt,
    lastAt,
    days: [...row.days()],
  };
}

function encoded(ledger: Ledger): readonly string[] {
  return [...ledgerFold.encode(ledger)].map((chunk) => new TextDecoder().decode(chunk));
}

const rowsOf = (ledger: Ledger, workload: WorkloadRef): readonly LedgerRow[] =>
  [...ledger.rows()].filter((row) => deepEqual(row.workload, workload));

describe('the edge ledger', () => {
  it('has one row for each caller of a port through a route, with what it did each day', () => {
    const { ledger } = new UsageLog()
      .recorded(monday + hourMs, [
        edge(from('web'), monday + 5, { allowed: 3, denied: 1, lastAt: monday + 9 }),
      ])
      .recorded(monday + 2 * hourMs, [
        edge(from('web'), monday + 5, { allowed: 8, denied: 2, lastAt: monday + hourMs }),
      ])
      .recorded(monday + dayMs, [edge(from('web'), monday + dayMs, { allowed: 4 })]);
    expect(rowsOf(ledger, cart).map(shown)).toEqual([
      {
        workload: cart,
        client: from('web'),
        port: 8080,
        protocol: 'http',
        route,
        allowed: 12,
        denied: 2,
        firstAt: monday + 5,
        lastAt: monday + dayMs,
        days: [
          { day: '2026-11-23', allowed: 8, denied: 2, firstAt: monday + 5, lastAt: monday + hourMs },
          { day: '2026-11-24', allowed: 4, denied: 0, firstAt: monday + dayMs, lastAt: monday + dayMs },
        ],
      },
    ]);
  });

  it('tells rows by client, port, protocol and route, in an order that does not depend on that of the events', () => {
    const { route: _, ...withoutRoute } = edge(from('web'), monday);
    const edges = [
      edge(from('web'), monday),
      edge({ kind: 'unmeshed' }, monday),
      edge(from('web'), monday, { port: 9090 }),
      edge(from('web'), monday, { protocol: 'tcp' }),
      withoutRoute,
    ];
    const recorded = (order: readonly LedgerEdge[]): unknown =>
      rowsOf(new UsageLog().recorded(monday, order).ledger, cart).map(shown);
    expect(recorded(edges)).toHaveLength(5);
    expect(recorded(edges.toReversed())).toEqual(recorded(edges));
  });

  it('answers for a workload, for a namespace and for all', () => {
    const { ledger } = new UsageLog()
      .recorded(monday, [edge(from('a'), monday)], { workload: web })
      .recorded(monday, [edge(from('b'), monday)], { workload: vault })
      .recorded(monday, [edge(from('c'), monday)]);
    const clients = (rows: Iterable<LedgerRow>): readonly string[] =>
      [...rows].map(({ client }) => (client.kind === 'identity' ? client.identity : ''));
    expect(
      [rowsOf(ledger, cart), ledger.rowsIn('shop'), ledger.rows(), ledger.rowsIn('none')].map(clients),
    ).toEqual([['c'], ['c', 'a'], ['b', 'c', 'a'], []]);
    expect([ledger.size, rowsOf(ledger, { ...cart, name: 'none' })]).toEqual([3, []]);
  });

  it('is copied for some namespaces, and the copy stays as it is', () => {
    const ledger = new UsageLog()
      .recorded(monday, [edge(from('b'), monday)], { workload: vault })
      .recorded(monday, [edge(from('c'), monday)], { observedMs: 5 }).ledger;
    const copied = ledger.copyOf(new Set(['shop']));
    const [later] = new UsageLog().recorded(monday, [edge(from('c'), monday, { allowed: 9 })]).log.events;
    ledger.evolve(later!);
    const copy = new Ledger();
    for (const record of structuredClone(copied)) copy.restore(record);
    expect([...copy.rows()].map(shown)).toMatchObject([{ workload: cart, client: from('c'), allowed: 1 }]);
    expect([copy.coverageOf(vault), copy.coverageOf(cart)?.until]).toEqual([undefined, monday]);
    expect(rowsOf(ledger, cart)[0]?.allowed).toBe(9);
  });

  it('forgets a day, and with its last day a caller and a workload', () => {
    const usage = new UsageLog()
      .recorded(monday, [edge(from('old'), monday), edge(from('web'), monday)])
      .recorded(monday + dayMs, [edge(from('web'), monday + dayMs)])
      .forgotten(monday + 40 * dayMs, '2026-11-23');
    expect(rowsOf(usage.ledger, cart).map(shown)).toMatchObject([
      { client: from('web'), allowed: 1, firstAt: monday + dayMs, days: [{ day: '2026-11-24' }] },
    ]);
    const { ledger } = usage.forgotten(monday + 41 * dayMs, '2026-11-24');
    expect([ledger.size, ledger.coverageOf(cart), encoded(ledger)]).toEqual([0, undefined, ['[]']]);
  });

  it.each<[string, number, number, number, number]>([
    ['all of it, where both days were observed whole', 10 * hourMs, 10 * hourMs, dayMs, dayMs],
    ['what was observed today, where yesterday is not known', 10 * hourMs, 9 * hourMs, 0, 9 * hourMs],
    [
      'the end of yesterday, less all that was not observed of yesterday',
      10 * hourMs,
      10 * hourMs,
      20 * hourMs,
      20 * hourMs,
    ],
    ['nothing of a yesterday that was observed for less than what is before', 10 * hourMs, 0, 5 * hourMs, 0],
  ])('speaks for %s', (_, sinceMidnight, observedToday, observedYesterday, observedMs) => {
    const usage = new UsageLog();
    if (observedYesterday > 0)
      usage.recorded(monday + 1, [], { day: '2026-11-22', observedMs: observedYesterday, dropped: 2 });
    const { ledger } = usage.recorded(monday + sinceMidnight, [], { observedMs: observedToday, dropped: 3 });
    const dropped = observedYesterday > 0 ? 5 : 3;
    expect(ledger.coverageOf(cart)).toEqual({ until: monday + sinceMidnight, observedMs, dropped });
    expect(ledger.coverageOf(web)).toBeUndefined();
  });

  it('is cut into chunks of about 256 KiB, which make the same ledger again', () => {
    const edges = Array.from({ length: 4_000 }, (_, index) => edge(from(`client-${index}`), monday + index));
    const { ledger } = new UsageLog().recorded(monday, edges);
    const chunks = [...ledgerFold.encode(ledger)];
    expect(chunks.length).toBeGreaterThan(2);
    expect(Math.max(...chunks.map(({ byteLength }) => byteLength))).toBeLessThan(257 * 1024);
    const restored = chunks.reduce((state, chunk) => ledgerFold.restore(state, chunk), ledgerFold.initial());
    expect([...restored.rows()].map(shown)).toEqual([...ledger.rows()].map(shown));
  });

  const anyEdges = fc.uniqueArray(fc.record({ client: fc.constantFrom('a', 'b', 'c'), count: fc.nat(5) }), {
    selector: ({ client }) => client,
  });
  const anyLog: fc.Arbitrary<readonly AnyRecordedEvent[]> = fc
    .array(fc.tuple(fc.nat(4), fc.constantFrom(cart, vault), anyEdges, fc.nat(9)))
    .map((story) => {
      const usage = new UsageLog();
      for (const [index, [day, workload, edges, forgets]] of story.entries()) {
        const at = monday + day * dayMs + index;
        if (forgets === 0) usage.forgotten(at, new Date(at).toISOString().slice(0, 10), workload);
        else {
          const ledgerEdges = edges.map(({ client, count }) => edge(from(client), at, { allowed: count }));
          usage.recorded(at, ledgerEdges, { workload, observedMs: index });
        }
      }
      return usage.log.events;
    });
  const folded = (events: readonly AnyRecordedEvent[], start = new Ledger()): Ledger =>
    events.reduce((ledger, event) => ledgerFold.evolve(ledger, event), start);

  it('is the same from a snapshot at any place and the rest as from all events', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(40), (events, place) => {
        const prefix = ledgerFold.encode(folded(events.slice(0, place)));
        const restored = [...prefix].reduce((state, chunk) => ledgerFold.restore(state, chunk), new Ledger());
        expect(encoded(folded(events.slice(place), restored))).toEqual(encoded(folded(events)));
      }),
    );
  });

  it('is the same from the baseline of a trimmed log as from all events', () => {
    fc.assert(
      fc.property(anyLog, (events) => {
        const baseline = new Baseline();
        for (const event of events) baseline.evolve(event);
        expect(encoded(folded(baseline.events()))).toEqual(encoded(folded(events)));
      }),
    );
  });
});
