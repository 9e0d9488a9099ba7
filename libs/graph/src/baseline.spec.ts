import { describe, expect, it } from '@jest/globals';
import { changeView, desiredStatesFold, objectDrift } from '@mcp/desired-state';
import type { AnyRecordedEvent } from '@mcp/events';
import { Baseline } from '@mcp/events';
import fc from 'fast-check';
import { anyStory, stories } from '../test/random-story.js';
import { denyAll, forWeb, Story } from '../test/story.js';
import { MeshGraph } from './mesh-graph.js';

function graphOf(events: readonly AnyRecordedEvent[]): MeshGraph {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return graph;
}

function baselineOf(events: readonly AnyRecordedEvent[]): readonly AnyRecordedEvent[] {
  const baseline = new Baseline();
  for (const event of events) baseline.evolve(event);
  return baseline.events();
}

/** How each object stands to what was asked for, and the phase of its newest change. */
function desiredStatesOf(events: readonly AnyRecordedEvent[]) {
  const fold = desiredStatesFold();
  const states = events.reduce((state, event) => fold.evolve(state, event), fold.initial());
  return [...states.objects.values()].map(({ key, revision, changeId }) => {
    return { key, revision, ...objectDrift(states, key), phase: changeView(states, changeId)?.phase };
  });
}

describe('the baseline of a log', () => {
  it('at any place, with the rest replayed, gives the graph that the whole log gives', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(60), (events, place) => {
        const trimmed = [...baselineOf(events.slice(0, place)), ...events.slice(place)];
        expect(graphOf(trimmed).entities()).toEqual(graphOf(events).entities());
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same drift and phases, while one object of a name follows the other', () => {
    fc.assert(
      fc.property(stories(1), fc.nat(60), (events, place) => {
        const trimmed = [...baselineOf(events.slice(0, place)), ...events.slice(place)];
        const byName = (list: ReturnType<typeof desiredStatesOf>) =>
          new Map(list.map((object) => [`${object.key.namespace}/${object.key.name}`, object]));
        expect(byName(desiredStatesOf(trimmed))).toEqual(byName(desiredStatesOf(events)));
      }),
      { numRuns: 500 },
    );
  });

  it('of a log that was trimmed before is that of the whole log', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(60), (events, place) => {
        const trimmed = [...baselineOf(events.slice(0, place)), ...events.slice(place)];
        expect(graphOf(baselineOf(trimmed)).entities()).toEqual(graphOf(events).entities());
      }),
    );
  });

  it('still tells that a deleted object had been as desired', () => {
    const story = new Story()
      .desire('p', forWeb)
      .policy({ namespace: 'shop', name: 'p', spec: forWeb })
      .policy({ namespace: 'shop', name: 'p', spec: denyAll })
      .delete('AuthorizationPolicy', { namespace: 'shop', name: 'p' });
    const survivors = baselineOf(story.events);
    expect(survivors.map(({ type }) => type)).toEqual([
      'ChangeRequested',
      'DesiredStateSet',
      'AuthorizationPolicyObserved',
      'AuthorizationPolicyDeleted',
    ]);
    expect(graphOf(survivors).entities()).toMatchObject([{ value: { desired: { drift: 'deleted' } } }]);
  });
});
