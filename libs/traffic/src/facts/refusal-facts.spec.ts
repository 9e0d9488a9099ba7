import { describe, expect, it } from '@jest/globals';
import type { ClientSeen } from '@mcp/mesh';
import fc from 'fast-check';
import { FactLog } from '../../test/fact-log.js';
import type { CounterDifference } from './counter-difference.js';
import type { Fact } from './fact.js';
import { defaultRefusalLimits, RefusalFacts } from './refusal-facts.js';

const workload = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const server = { group: 'policy.linkerd.io', kind: 'server', name: 'cart-http' };
const dayMs = 24 * 3_600_000;
const start = 1_800_000_000_000;

const from = (name: string): ClientSeen => ({ kind: 'identity', identity: name });

function denied(count: number, rest: Partial<CounterDifference> = {}): CounterDifference {
  const client = from('bank.bank');
  return { workload, what: 'denied', protocol: 'http', port: 8080, server, client, count, ...rest };
}

function subjectOf(client: string): string {
  return `refusal/denied/shop/Deployment/cart:8080/http/server:cart-http//${client}`;
}

/** Who is refused, and how often by what is recorded now. */
function said(facts: readonly Fact[]): readonly string[] {
  return facts.map(({ subject, data }) => {
    const client = subject.split('/').at(-1) ?? '';
    if ('why' in data) return `${client} ${data.why}`;
    return 'count' in data ? `${client} ${data.count} of ${data.total}` : '';
  });
}

describe('a refusal', () => {
  it('is recorded at once when it is the first of its subject', () => {
    const facts = new RefusalFacts();
    facts.take([denied(3), denied(9, { what: 'allowed' })], start);
    const decided = facts.decide(start);
    expect(decided).toEqual([
      {
        subject: subjectOf('identity:bank.bank'),
        type: 'TrafficRefused',
        occurredAt: start,
        data: {
          what: 'denied',
          workload,
          port: 8080,
          protocol: 'http',
          server,
          client: from('bank.bank'),
          count: 3,
          total: 3,
          firstAt: start,
          lastAt: start,
        },
      },
    ]);
    expect(facts.decide(start + 15_000)).toEqual([{ ...decided[0], occurredAt: start + 15_000 }]);
  });

  it('that follows is summed up, and recorded a minute after the one before', () => {
    const log = new FactLog();
    const facts = new RefusalFacts();
    facts.take([denied(3)], start);
    log.record(facts.decide(start), facts);
    for (const ms of [15_000, 30_000, 45_000]) {
      facts.take([denied(2)], start + ms);
      expect(facts.decide(start + ms)).toEqual([]);
    }
    const [summed] = log.record(facts.decide(start + 60_000), facts);
    expect(summed?.data).toMatchObject({ count: 6, total: 9, firstAt: start, lastAt: start + 45_000 });
    facts.take([denied(1)], start + 75_000);
    expect(facts.decide(start + 75_000)).toEqual([]);
    expect(said(facts.decide(start + 120_000))).toEqual(['identity:bank.bank 1 of 10']);
  });

  it('is another subject for every kind, port, protocol, Server, route and client', () => {
    const facts = new RefusalFacts();
    const route = { group: '', kind: 'default', name: 'default' };
    facts.take(
      [
        denied(1),
        denied(1, { what: 'audited' }),
        denied(1, { port: 9090 }),
        denied(1, { protocol: 'tcp' }),
        denied(1, { server: { ...server, name: 'other' } }),
        denied(1, { route }),
        denied(1, { client: { kind: 'unmeshed' } }),
        denied(1),
      ],
      start,
    );
    expect(facts.decide(start).flatMap(({ data }) => ('count' in data ? [data.count] : []))).toEqual([
      2, 1, 1, 1, 1, 1, 1,
    ]);
  });

  it('that waits is recorded when the collector stops, and no other', () => {
    const log = new FactLog();
    const facts = new RefusalFacts();
    facts.take([denied(3), denied(1, { client: from('web.shop') })], start);
    log.record(facts.decide(start), facts);
    facts.take([denied(2)], start + 1_000);
    expect(said(facts.flush(start + 2_000))).toEqual(['identity:bank.bank 2 of 5']);
  });

  it('is forgotten after thirty days of silence, and then begins anew', () => {
    const log = new FactLog();
    const facts = new RefusalFacts();
    facts.take([denied(3)], start);
    log.record(facts.decide(start), facts);
    expect(facts.decide(start + 30 * dayMs)).toEqual([]);
    const decided = facts.decide(start + 30 * dayMs + 1);
    expect(decided).toEqual([
      {
        subject: subjectOf('identity:bank.bank'),
        type: 'RefusalForgotten',
        occurredAt: start + 30 * dayMs + 1,
        data: { why: 'retention' },
        tombstone: true,
      },
    ]);
    // refused again while that is being recorded
    facts.take([denied(2)], start + 31 * dayMs);
    log.record(decided, facts);
    expect(said(facts.decide(start + 31 * dayMs))).toEqual(['identity:bank.bank 2 of 2']);
  });

  it('of a client too many is counted for those that are not identified; what is silent for a day makes room', () => {
    const log = new FactLog();
    const facts = new RefusalFacts({ ...defaultRefusalLimits, mostPerWorkload: 2 });
    const others = { ...workload, name: 'web' };
    facts.take(
      ['a', 'b', 'c', 'd'].map((name) => denied(1, { client: from(name) })),
      start,
    );
    facts.take([denied(1, { client: from('c'), workload: others })], start);
    expect(said(log.record(facts.decide(start), facts))).toEqual([
      'identity:a 1 of 1',
      'identity:b 1 of 1',
      'unidentified 2 of 2',
      'identity:c 1 of 1',
    ]);
    expect([facts.unnamed, facts.dropped]).toEqual([2, 0]);
    facts.take([denied(1, { client: from('b') })], start + dayMs);
    const decided = log.record(facts.decide(start + dayMs + 1), facts);
    expect(said(decided)).toEqual(['identity:a too-many', 'identity:b 1 of 2', 'unidentified too-many']);
    facts.take([denied(1, { client: from('d') })], start + dayMs + 2);
    expect(said(facts.decide(start + dayMs + 2))).toEqual(['identity:d 1 of 1']);
  });

  it('is dropped and counted where there is no room at all', () => {
    const facts = new RefusalFacts({ ...defaultRefusalLimits, most: 1 });
    facts.take(
      [1, 2, 3, 3].map((port) => denied(5, { port })),
      start,
    );
    expect([facts.size, facts.unnamed, facts.dropped]).toEqual([2, 5, 10]);
  });

  it('is recorded in total as often as it happened, whichever appends fail and whenever the process changes', () => {
    const step = fc.record({
      client: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 9 }),
      pauseMs: fc.constantFrom(5_000, 30_000, 90_000),
      then: fc.constantFrom('record', 'record', 'fail', 'stop'),
    });
    fc.assert(
      fc.property(fc.array(step), (story) => {
        const log = new FactLog();
        let facts = new RefusalFacts();
        let at = start;
        let truth = 0;
        for (const { client, count, pauseMs, then } of story) {
          at += pauseMs;
          truth += count;
          facts.take([denied(count, { client: from(client) })], at);
          if (then === 'record') log.record(facts.decide(at), facts);
          else if (then === 'fail') facts.decide(at);
          else {
            log.record(facts.flush(at), facts);
            facts = log.foldInto(new RefusalFacts());
          }
        }
        log.record(facts.flush(at), facts);
        const recorded = log.events.map(({ data }) => ('count' in data ? data.count : 0));
        expect(recorded.reduce((sum, count) => sum + count, 0)).toBe(truth);
        expect(facts.flush(at)).toEqual([]);
      }),
    );
  });
});
