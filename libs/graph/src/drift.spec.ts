import { describe, expect, it } from '@jest/globals';
import { desiredStatesFold, objectDrift } from '@mcp/desired-state';
import type { AnyRecordedEvent } from '@mcp/events';
import { Baseline } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import fc from 'fast-check';
import { anyStory } from '../test/random-story.js';
import { MeshGraph } from './mesh-graph.js';

/** How the graph says that each object stands to what was asked for. */
function inTheGraph(events: readonly AnyRecordedEvent[]): Map<string, unknown> {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return new Map(
    graph.entities().flatMap((entity) => {
      if (entity.kind !== 'PolicyObject' || entity.value.desired === undefined) return [];
      const { changeId: _, ...stands } = entity.value.desired;
      return [[entity.key, stands] as const];
    }),
  );
}

/** How it is said of the changes that were asked for. */
function ofChanges(events: readonly AnyRecordedEvent[]): Map<string, unknown> {
  const fold = desiredStatesFold();
  const states = events.reduce((state, event) => fold.evolve(state, event), fold.initial());
  return new Map(
    [...states.objects.values()]
      // the graph does not show what there is to be none of, and is none of
      .filter(({ key, spec }) => spec !== undefined || states.observed.has(formatResourceKey(key)))
      .map(({ key, revision }) => [formatResourceKey(key), { revision, ...objectDrift(states, key) }]),
  );
}

describe('the drift of an object', () => {
  it('is the same in the graph and where its changes are told, also while lives of its name overlap', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        // the graph leaves out what nobody looks at
        const events = story.filter(({ type }) => type !== 'ScopeDeclared');
        expect(inTheGraph(events)).toEqual(ofChanges(events));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same where its changes are told from a log that was trimmed at any place', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(60), (events, place) => {
        const baseline = new Baseline();
        for (const event of events.slice(0, place)) baseline.evolve(event);
        expect(ofChanges([...baseline.events(), ...events.slice(place)])).toEqual(ofChanges(events));
      }),
      { numRuns: 500 },
    );
  });
});
