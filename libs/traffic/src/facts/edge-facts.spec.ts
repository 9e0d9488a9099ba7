import { describe, expect, it } from '@jest/globals';
import type { EdgeState, SeenThrough } from '@mcp/events';
import type { EdgeId, TrafficEnd } from '@mcp/mesh';
import { FactLog } from '../../test/fact-log.js';
import { EdgeFacts, type EdgeLimits } from './edge-facts.js';
import type { EdgePoll, SeenEdge } from './seen-edge.js';

const web = { kind: 'workload', workload: { namespace: 'shop', kind: 'Deployment', name: 'web' } } as const;
const cart = { kind: 'workload', workload: { namespace: 'shop', kind: 'Deployment', name: 'cart' } } as const;
const id: EdgeId = { source: web, destination: cart, port: 8080 };
const subject = 'edge/shop/Deployment/web>shop/Deployment/cart:8080';
const stepMs = 15_000;
const dayMs = 24 * 3_600_000;

const plain: SeenEdge = {
  id,
  hadTraffic: true,
  frozen: false,
  security: 'mtls',
  insecureReasons: [],
  protocol: 'http',
  evidence: 'client',
  services: ['shop/cart'],
  serverIdentities: ['cart.shop'],
};
const quiet: SeenEdge = { ...plain, hadTraffic: false };
const frozen: SeenEdge = { ...quiet, frozen: true };

function seenAt(asOf: number): SeenThrough {
  return { asOf, windowMs: 60_000, proxiesSeen: 3, meshedPods: 4 };
}

/** All of the mesh shows, and nothing of it is gone. */
const everything = { whole: true, watched: () => true, gone: () => false };

function taken(facts: EdgeFacts, poll: EdgePoll): void {
  const pauses = [...facts.take(poll)].length;
  expect(pauses).toBeGreaterThanOrEqual(Math.floor([...poll.edges].length / 1_000));
}

/** Polls, each 15 seconds after the one before, and what was recorded of each. */
class Polling {
  readonly log = new FactLog();
  readonly facts: EdgeFacts;
  at = 1_000_000;

  constructor(limits?: EdgeLimits) {
    this.facts = new EdgeFacts(limits);
  }

  take(edges: readonly SeenEdge[], poll: Partial<EdgePoll> = {}): void {
    this.at += stepMs;
    taken(this.facts, { ...everything, seen: seenAt(this.at), edges, ...poll });
  }

  /** `what` of each fact that became of the poll. */
  poll(edges: readonly SeenEdge[], poll: Partial<EdgePoll> = {}): readonly string[] {
    this.take(edges, poll);
    return this.log.record(this.facts.decide(), this.facts).flatMap(({ data }) => {
      if ('what' in data) return [data.what];
      return 'why' in data ? [data.why] : [];
    });
  }

  polls(times: number, edges: readonly SeenEdge[], poll: Partial<EdgePoll> = {}): readonly string[] {
    return Array.from({ length: times }).flatMap(() => this.poll(edges, poll));
  }

  /** With an edge that is in the log. */
  static atWork(limits?: EdgeLimits): Polling {
    const polling = new Polling(limits);
    polling.polls(2, [plain]);
    return polling;
  }

  static idle(): Polling {
    const polling = Polling.atWork();
    polling.polls(4, []);
    return polling;
  }
}

describe('an edge', () => {
  it('is recorded after the second poll that has it, even where nothing moves in its rows', () => {
    const polling = new Polling();
    expect(polling.poll([quiet])).toEqual([]);
    polling.take([quiet]);
    expect(polling.facts.decide()).toEqual([
      {
        subject,
        type: 'EdgeObserved',
        occurredAt: 1_030_000,
        data: {
          ...id,
          what: 'first-seen',
          activity: 'active',
          security: 'mtls',
          insecureReasons: [],
          protocol: 'http',
          evidence: 'client',
          services: ['shop/cart'],
          serverIdentities: ['cart.shop'],
          firstSeenAt: 1_015_000,
          lastSeenAt: 1_030_000,
          seen: seenAt(1_030_000),
        },
      },
    ]);
  });

  it('is decided again until it is recorded, and then no more', () => {
    const polling = new Polling();
    polling.take([plain]);
    polling.take([plain]);
    const decided = polling.facts.decide();
    expect(polling.facts.decide()).toEqual(decided);
    polling.log.record(decided, polling.facts);
    expect([polling.facts.decide(), polling.facts.size]).toEqual([[], 1]);
  });

  it('is not there after one poll, nor after two with one between them that does not have it', () => {
    const polling = new Polling();
    expect([plain, undefined, plain, undefined].flatMap((edge) => polling.poll(edge ? [edge] : []))).toEqual(
      [],
    );
    expect(polling.polls(2, [plain])).toEqual(['first-seen']);
  });

  it('is neither idle nor better secured while a proxy is not scraped that would tell of it', () => {
    const unwatched = { watched: () => false };
    const polling = new Polling();
    const half: SeenEdge = {
      ...plain,
      security: 'mixed',
      insecureReasons: ['not_provided_by_service_discovery'],
    };
    polling.polls(2, [half]);
    expect(polling.polls(6, [quiet], unwatched)).toEqual([]);
    expect(polling.polls(6, [plain], unwatched)).toEqual([]);
    expect(polling.polls(6, [{ ...half, security: 'plaintext', services: [] }], unwatched)).toEqual([]);
    expect([polling.polls(3, [plain]), polling.poll([plain])]).toEqual([[], ['security-changed']]);
    // that it is worse needs no other witness
    expect(polling.polls(2, [half], unwatched)).toEqual(['security-changed']);
  });

  it('is idle after the fourth poll that saw no traffic, and says when traffic was last seen', () => {
    const polling = Polling.atWork();
    const lastSeenAt = polling.at;
    expect(polling.polls(3, [quiet])).toEqual([]);
    polling.take([]);
    expect(polling.facts.decide()).toEqual([
      {
        subject,
        type: 'EdgeObserved',
        occurredAt: polling.at,
        data: {
          ...(polling.log.events[0]?.data as EdgeState),
          what: 'went-idle',
          activity: 'idle',
          lastSeenAt,
          seen: seenAt(polling.at),
        },
      },
    ]);
  });

  it.each<[string, readonly SeenEdge[], Partial<EdgePoll>]>([
    ['is frozen', [frozen], {}],
    ['is absent, and not all proxies of its client were scraped', [], { watched: (end) => end !== web }],
    ['is absent, and a part of the poll is missing', [], { whole: false }],
    ['has rows that do not move, and a part of the poll is missing', [quiet], { whole: false }],
  ])('does not come nearer to idle, nor further from it, by a poll in which it %s', (_, edges, poll) => {
    const polling = Polling.atWork();
    expect(polling.polls(3, [quiet])).toEqual([]);
    expect(polling.polls(10, edges, poll)).toEqual([]);
    expect(polling.poll([quiet])).toEqual(['went-idle']);
  });

  it('that only servers tell of is absent where the proxies of its server were scraped', () => {
    const polling = new Polling();
    polling.polls(2, [{ ...plain, evidence: 'server' }]);
    expect(polling.polls(4, [], { watched: (end) => end !== cart })).toEqual([]);
    expect(polling.polls(4, [], { watched: (end) => end === cart })).toEqual(['went-idle']);
  });

  it('resumes after two polls with traffic, or with rows that had gone', () => {
    const traffic = Polling.idle();
    expect([traffic.poll([plain]), traffic.poll([plain])]).toEqual([[], ['resumed']]);
    const rows = Polling.idle();
    expect([rows.poll([quiet]), rows.poll([quiet])]).toEqual([[], ['resumed']]);
  });

  it('does not resume by rows that stayed while it was idle', () => {
    const polling = Polling.atWork();
    expect(polling.polls(4, [quiet])).toEqual(['went-idle']);
    expect(polling.polls(10, [quiet])).toEqual([]);
  });

  it('that has changed twice within hours must be quiet for four minutes; after a calm day, for four polls', () => {
    const polling = Polling.idle();
    polling.polls(2, [plain]);
    expect([polling.polls(15, []), polling.poll([])]).toEqual([[], ['went-idle']]);
    polling.at += dayMs;
    expect(polling.polls(2, [plain])).toEqual(['resumed']);
    expect([polling.polls(3, []), polling.poll([])]).toEqual([[], ['went-idle']]);
  });

  it('is idle at the next poll without traffic after one of its ends is no more, whoever looks', () => {
    const gone = { gone: (end: TrafficEnd) => end === cart };
    expect(Polling.atWork().polls(3, [plain], gone)).toEqual([]);
    for (const poll of [{}, { whole: false }, { watched: () => false }])
      expect(Polling.atWork().polls(3, [], { ...gone, ...poll })).toEqual(['went-idle']);
    expect(Polling.atWork().polls(3, [frozen], gone)).toEqual(['went-idle']);
  });

  it('has lost its mTLS after two polls that say so, with the reason', () => {
    const polling = Polling.atWork();
    const lost: SeenEdge = {
      ...plain,
      security: 'mixed',
      insecureReasons: ['not_provided_by_service_discovery'],
    };
    expect([lost, plain, plain, plain, plain, lost].flatMap((edge) => polling.poll([edge]))).toEqual([]);
    expect([polling.poll([plain]), polling.poll([lost])]).toEqual([[], ['security-changed']]);
    expect(polling.log.events.at(-1)?.data).toEqual({
      ...(polling.log.events[0]?.data as EdgeState),
      what: 'security-changed',
      security: 'mixed',
      insecureReasons: ['not_provided_by_service_discovery'],
      lastSeenAt: polling.at,
      seen: seenAt(polling.at),
    });
  });

  it('keeps its security where telemetry no longer says, or there is no traffic', () => {
    const polling = Polling.atWork();
    expect(polling.polls(3, [{ ...plain, security: 'unknown' }])).toEqual([]);
    expect(polling.polls(3, [{ ...quiet, security: 'plaintext' }])).toEqual([]);
  });

  it('has other details after four polls that say the same', () => {
    const polling = Polling.atWork();
    const other: SeenEdge = { ...plain, services: ['shop/cart', 'shop/cart-v2'] };
    expect(polling.polls(3, [other])).toEqual([]);
    expect(polling.poll([other])).toEqual(['details-changed']);
    expect(polling.log.events.at(-1)?.data).toEqual({
      ...(polling.log.events[0]?.data as EdgeState),
      what: 'details-changed',
      services: ['shop/cart', 'shop/cart-v2'],
      lastSeenAt: polling.at,
      seen: seenAt(polling.at),
    });
  });

  it('that had requests is HTTP also while only its connection shows', () => {
    expect(Polling.atWork().polls(6, [{ ...plain, protocol: 'tcp' }])).toEqual([]);
  });

  it('is forgotten after thirty idle days', () => {
    const polling = Polling.idle();
    polling.at += 30 * dayMs - 5 * stepMs;
    expect(polling.poll([])).toEqual([]);
    polling.take([]);
    const decided = polling.facts.decide();
    expect(decided).toEqual([
      { subject, type: 'EdgeForgotten', occurredAt: polling.at, data: { why: 'retention' }, tombstone: true },
    ]);
    polling.log.record(decided, polling.facts);
    expect([polling.facts.size, polling.facts.decide()]).toEqual([0, []]);
    expect(polling.polls(2, [plain])).toEqual(['first-seen']);
  });

  it('that is not seen any more, because nobody looks, is never forgotten', () => {
    const polling = Polling.atWork();
    polling.at += 400 * dayMs;
    expect(polling.polls(6, [], { watched: () => false })).toEqual([]);
  });

  it('that is new takes the place of the one that was idle for longest, if for a day; where none is, it waits', () => {
    const limits = { retentionMs: 30 * dayMs, most: 2 };
    const polling = new Polling(limits);
    const edge = (port: number): SeenEdge => ({ ...plain, id: { ...id, port } });
    polling.polls(2, [edge(1), edge(2)]);
    polling.polls(4, [edge(2)]);
    expect(polling.polls(2, [edge(2), edge(3)])).toEqual([]);
    polling.at += dayMs;
    expect(polling.polls(2, [edge(2), edge(3)])).toEqual(['too-many', 'first-seen']);
    expect(polling.polls(3, [edge(2), edge(3), edge(4)])).toEqual([]);
    expect([polling.facts.size, polling.facts.leftOut]).toEqual([2, 1]);
  });

  it('of many is taken and recorded in parts', () => {
    const polling = new Polling();
    const many = Array.from({ length: 2_500 }, (_, port) => ({ ...plain, id: { ...id, port } }));
    expect(polling.poll(many)).toEqual([]);
    expect([polling.poll(many), polling.poll(many)].map(({ length }) => length)).toEqual([2_000, 500]);
  });

  it('is known to the next process by the log alone', () => {
    const polling = Polling.idle();
    const next = polling.log.foldInto(new EdgeFacts());
    taken(next, { ...everything, seen: seenAt(polling.at + 31 * dayMs), edges: [] });
    expect([next.size, next.decide().map(({ type }) => type)]).toEqual([1, ['EdgeForgotten']]);
  });
});
