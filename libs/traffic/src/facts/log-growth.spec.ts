import { describe, expect, it } from '@jest/globals';
import type { EdgeState } from '@mcp/events';
import fc from 'fast-check';
import { FactLog } from '../../test/fact-log.js';
import { edge, webToCart } from '../../test/shop.js';
import { EdgeFacts } from './edge-facts.js';
import type { SeenEdge } from './seen-edge.js';

const dayMs = 24 * 3_600_000;
const plain: SeenEdge = edge(webToCart);
const plaintext: SeenEdge = { ...plain, security: 'plaintext', insecureReasons: ['no_tls_from_remote'] };
const through = (service: string): SeenEdge => ({ ...plain, services: [service] });

/** What one poll has of an edge. */
interface Shown {
  readonly edge?: SeenEdge;
  readonly whole?: boolean;
  readonly gone?: boolean;
}

/** The events of an edge over a day of polls, by what they say. */
function eventsOfDay(
  at: (poll: number, recorded: EdgeState | undefined, events: number) => Shown,
  stepMs = 15_000,
): readonly string[] {
  const log = new FactLog();
  const facts = new EdgeFacts();
  for (let poll = 0; poll * stepMs < dayMs; poll += 1) {
    const {
      edge: shown,
      whole = true,
      gone = false,
    } = at(poll, log.events.at(-1)?.data as EdgeState | undefined, log.events.length);
    const seen = { asOf: 1_000_000 + poll * stepMs, windowMs: 60_000, proxiesSeen: 1, meshedPods: 1 };
    const edges = shown === undefined ? [] : [shown];
    for (const _ of facts.take({ seen, edges, whole, watched: () => true, gone: () => gone }));
    log.record(facts.decide(), facts);
  }
  return log.events.map(({ data }) => ('what' in data ? data.what : ''));
}

function alternating(polls: number, ...shown: readonly Shown[]): (poll: number) => Shown {
  return (poll) => shown[Math.floor(poll / polls) % shown.length] ?? {};
}

describe('the log of a day', () => {
  it.each<[string, Shown[], readonly string[]]>([
    ['by mesh TLS and without', [{ edge: plaintext }, { edge: plain }], ['first-seen', 'security-changed']],
    [
      'through two Services',
      [{ edge: through('shop/a') }, { edge: through('shop/b') }],
      ['first-seen', 'details-changed'],
    ],
  ])('says once of an edge what it is that goes poll by poll %s', (_, shown, events) => {
    expect(eventsOfDay(alternating(1, ...shown))).toEqual(events);
  });

  it.each<[string, Shown[]]>([
    ['security', [{ edge: plain }, { edge: plaintext }]],
    ['Services', [{ edge: through('shop/a') }, { edge: through('shop/b') }]],
    ['evidence', [{ edge: plain }, { edge: { ...plain, evidence: 'server' } }]],
    ['traffic', [{ edge: plain }, {}]],
    ['traffic and ends', [{ edge: plain }, { gone: true }]],
  ])('has few events of an edge whose %s alternates, however slowly', (_, shown) => {
    const counts = [2, 3, 4, 5, 8, 16, 20, 40, 80, 160, 240, 480, 960].map(
      (polls) => eventsOfDay(alternating(polls, ...shown)).length,
    );
    expect(counts).toEqual(counts.map((count) => Math.min(count, 20)));
  });

  it('has at most fifty events of an edge, even where every poll contradicts it', () => {
    const contrary = fc.array(fc.constantFrom(...contradictions), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(contrary, fc.constantFrom(15_000, 60_000), (turns, stepMs) => {
        const events = eventsOfDay((_, recorded, count) => {
          if (recorded === undefined) return { edge: plain };
          if (recorded.activity === 'idle') return { edge: { ...plain, ...recorded } };
          return turns[count % turns.length]?.(recorded) ?? {};
        }, stepMs);
        expect(events.length).toBeGreaterThan(5);
        expect(events.length).toBeLessThanOrEqual(50);
      }),
      { numRuns: 15 },
    );
  });
});

const worse = {
  mtls: 'mixed',
  mixed: 'opaque',
  opaque: 'plaintext',
  plaintext: 'mtls',
  unknown: 'mtls',
} as const;

/** What a poll shows that says otherwise than the log. */
const contradictions: readonly ((recorded: EdgeState) => Shown)[] = [
  () => ({}),
  () => ({ gone: true }),
  (recorded) => ({ edge: { ...plain, ...recorded, security: worse[recorded.security] } }),
  (recorded) => ({
    edge: { ...plain, ...recorded, security: recorded.security === 'mtls' ? 'plaintext' : 'mtls' },
  }),
  (recorded) => ({
    edge: { ...plain, ...recorded, services: recorded.services.length > 0 ? [] : ['shop/a'] },
  }),
  (recorded) => ({
    edge: { ...plain, ...recorded, evidence: recorded.evidence === 'client' ? 'server' : 'client' },
  }),
];
