import { describe, expect, it } from '@jest/globals';
import { type AnyRecordedEvent, type RefusedTraffic, refusalSubject } from '@mcp/events';
import type { ClientSeen } from '@mcp/mesh';
import fc from 'fast-check';
import { FactLog } from '../../test/fact-log.js';
import { type RefusalFilter, type RefusalPage, Refusals } from './refusals.js';
import { refusalsFold } from './refusals-fold.js';

const cart = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const vault = { namespace: 'bank', kind: 'StatefulSet', name: 'vault' };
const from = (name: string): ClientSeen => ({ kind: 'identity', identity: name });

function refused(name: string, lastAt: number, rest: Partial<RefusedTraffic> = {}): RefusedTraffic {
  return {
    what: 'denied',
    workload: cart,
    port: 8080,
    protocol: 'http',
    server: { group: '', kind: 'default', name: 'deny' },
    client: from(name),
    count: 1,
    total: 1,
    firstAt: lastAt,
    lastAt,
    ...rest,
  };
}

class RefusalLog {
  readonly log = new FactLog();

  refused(data: RefusedTraffic): this {
    this.log.record([
      { subject: refusalSubject(data), type: 'TrafficRefused', occurredAt: data.lastAt, data },
    ]);
    return this;
  }

  forgotten(data: RefusedTraffic): this {
    const why = { why: 'retention' } as const;
    const subject = refusalSubject(data);
    this.log.record([{ subject, type: 'RefusalForgotten', occurredAt: 9_000, data: why, tombstone: true }]);
    return this;
  }

  get refusals(): Refusals {
    return this.log.foldInto(new Refusals());
  }
}

function clientsOf({ refusals }: RefusalPage): readonly string[] {
  return refusals.map(({ client }) => (client.kind === 'identity' ? client.identity : client.kind));
}

const everything = { limit: 100 };

describe('refusals', () => {
  it('are told once for each subject, as the last event has it', () => {
    const first = refused('web', 1_000);
    const last = { ...first, count: 4, total: 5, lastAt: 2_000 };
    expect(new RefusalLog().refused(first).refused(last).refusals.page({}, everything)).toEqual({
      refusals: [
        { ...last, subject: 'refusal/denied/shop/Deployment/cart:8080/http/default:deny//identity:web' },
      ],
    });
  });

  it('are told in pages, the latest first, and by subject where two are of one time', () => {
    const { refusals } = new RefusalLog()
      .refused(refused('b', 1_000))
      .refused(refused('c', 3_000))
      .refused(refused('a', 1_000))
      .refused(refused('d', 2_000));
    const first = refusals.page({}, { limit: 2 });
    const second = refusals.page({}, { limit: 2, ...(first.next && { after: first.next }) });
    expect([clientsOf(first), clientsOf(second), second.next]).toEqual([['c', 'd'], ['a', 'b'], undefined]);
    expect(first.next).toEqual({ lastAt: 2_000, subject: first.refusals[1]?.subject });
  });

  it('that are forgotten are told no more', () => {
    const { refusals } = new RefusalLog()
      .refused(refused('a', 1_000))
      .refused(refused('b', 2_000))
      .forgotten(refused('a', 1_000));
    expect([clientsOf(refusals.page({}, everything)), refusals.size]).toEqual([['b'], 1]);
  });

  it.each<[string, RefusalFilter, readonly string[]]>([
    ['a namespace', { namespace: 'bank' }, ['d']],
    ['a workload', { workload: cart }, ['unmeshed', 'b', 'a']],
    ['a client', { client: from('a') }, ['a']],
    ['a class of clients', { client: { kind: 'unmeshed' } }, ['unmeshed']],
    ['kinds', { kinds: ['audited', 'terminated'] }, ['b']],
    ['a time, from its beginning on', { from: 2_000 }, ['d', 'unmeshed', 'b']],
    ['a time, before its end', { to: 2_000 }, ['d', 'a']],
    ['all of these', { namespace: 'shop', kinds: ['denied'], from: 1_000, to: 1_001 }, ['a']],
    ['nothing that is there', { namespace: 'none' }, []],
  ])('can be asked for by %s', (_, filter, clients) => {
    const { refusals } = new RefusalLog()
      .refused(refused('a', 1_000))
      .refused(refused('b', 2_000, { what: 'audited' }))
      .refused(refused('c', 3_000, { client: { kind: 'unmeshed' } }))
      .refused(refused('d', 4_000, { workload: vault, firstAt: 500 }));
    expect(clientsOf(refusals.page(filter, everything))).toEqual(clients);
  });

  it('are the same from a snapshot at any place and the rest as from all events', () => {
    const step = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9));
    fc.assert(
      fc.property(fc.array(step), fc.nat(20), (story, place) => {
        const log = new RefusalLog();
        for (const [index, [name, forgets]] of story.entries())
          if (forgets === 0) log.forgotten(refused(name, 0));
          else log.refused(refused(name, Math.floor(index / 3), { total: index }));
        const { events } = log.log;
        const folded = (some: readonly AnyRecordedEvent[], start = new Refusals()): Refusals =>
          some.reduce((state, event) => refusalsFold.evolve(state, event), start);
        const restored = [...refusalsFold.encode(folded(events.slice(0, place)))].reduce(
          (state, chunk) => refusalsFold.restore(state, chunk),
          refusalsFold.initial(),
        );
        expect(folded(events.slice(place), restored).page({}, everything)).toEqual(
          folded(events).page({}, everything),
        );
      }),
    );
  });
});
