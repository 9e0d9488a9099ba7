import { describe, expect, it } from '@jest/globals';
import { edgeSubject } from '@mcp/events';
import { formatEdgeId } from '@mcp/mesh';
import fc from 'fast-check';
import { FactLog } from '../../test/fact-log.js';
import { edge } from '../../test/shop.js';
import { EdgeFacts } from './edge-facts.js';
import type { Fact } from './fact.js';
import type { EdgePoll, SeenEdge } from './seen-edge.js';
import { WatchedEdge } from './watched-edge.js';

const retentionMs = 20 * 60_000;

/** Edges that are all asked, one by one, after every poll. */
class Walk {
  readonly #edges = new Map<string, WatchedEdge>();

  take(poll: EdgePoll): void {
    const { seen, edges, whole } = poll;
    const shown = new Map([...edges].map((one) => [formatEdgeId(one.id), one]));
    for (const [key, { frozen }] of shown)
      if (!frozen && !this.#edges.has(key)) this.#edges.set(key, new WatchedEdge());
    for (const [key, watching] of [...this.#edges]) {
      const isWatched = (): boolean =>
        whole && (watching.teller === undefined || poll.watched(watching.teller));
      const one = shown.get(key);
      if (one !== undefined) watching.see(one, seen.asOf, isWatched);
      else if (isWatched() && watching.recorded === undefined) this.#edges.delete(key);
      else if (isWatched()) watching.miss(seen.asOf);
      const { recorded } = watching;
      if (one?.hadTraffic === true || recorded?.activity !== 'active') continue;
      if (poll.gone(recorded.source) || poll.gone(recorded.destination)) watching.end();
    }
  }

  decide({ seen }: EdgePoll): Fact[] {
    return [...this.#edges.values()].flatMap((watching): Fact[] => {
      const data = watching.due(seen);
      if (data !== undefined)
        return [{ subject: edgeSubject(data), type: 'EdgeObserved', occurredAt: seen.asOf, data }];
      const { recorded, lastSeenAt } = watching;
      if (recorded?.activity !== 'idle' || seen.asOf - lastSeenAt <= retentionMs) return [];
      const gone = { type: 'EdgeForgotten', data: { why: 'retention' }, tombstone: true } as const;
      return [{ subject: edgeSubject(recorded), occurredAt: seen.asOf, ...gone }];
    });
  }

  evolve(event: Parameters<EdgeFacts['evolve']>[0]): void {
    const key = event.subject.slice('edge/'.length);
    if (event.type === 'EdgeObserved') this.#edges.get(key)?.evolve(event.data);
    else this.#edges.delete(key);
  }
}

const keys = ['a', 'b', 'c'].map((name) => `shop/Deployment/${name}>shop/Deployment/cart:8080`);
const shown = fc.constantFrom<(Partial<SeenEdge> | undefined)[]>(
  undefined,
  {},
  { hadTraffic: false },
  { hadTraffic: false, frozen: true },
  { security: 'plaintext', insecureReasons: ['no_tls_from_remote'] },
  { services: ['shop/cart'] },
);
const span = fc.record({
  shown: fc.array(shown, { minLength: 3, maxLength: 3 }),
  polls: fc.integer({ min: 1, max: 12 }),
  whole: fc.boolean(),
  watched: fc.boolean(),
  gone: fc.boolean(),
  recorded: fc.boolean(),
  pauseMs: fc.constantFrom(0, 0, 600_000),
});

describe('facts of edges', () => {
  it('are those that a walk over all edges finds, whatever polls show', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
        const log = new FactLog();
        const [facts, walk] = [new EdgeFacts({ retentionMs, most: 100 }), new Walk()];
        let asOf = 1_000_000;
        for (const { polls, recorded, pauseMs, shown: traits, ...rest } of spans) {
          asOf += pauseMs;
          for (let poll = 0; poll < polls; poll += 1) {
            asOf += 15_000;
            const edges = traits.flatMap((trait, at) => (trait ? [edge(keys[at] ?? '', trait)] : []));
            const seen = { asOf, windowMs: 60_000, proxiesSeen: 1, meshedPods: 1 };
            const { whole, watched, gone } = rest;
            const taken: EdgePoll = { seen, edges, whole, watched: () => watched, gone: () => gone };
            expect([...facts.take(taken)]).toEqual([]);
            walk.take(taken);
            expect(inOrder(facts.decide())).toEqual(inOrder(walk.decide(taken)));
            if (recorded) log.record(facts.decide(), facts, walk);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

function inOrder(facts: readonly Fact[]): readonly Fact[] {
  return [...facts].sort((a, b) => (a.subject < b.subject ? -1 : 1));
}
