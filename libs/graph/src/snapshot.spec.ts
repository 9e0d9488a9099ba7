import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@mcp/mesh';
import fc from 'fast-check';
import { anyStory } from '../test/random-story.js';
import { Story } from '../test/story.js';
import { meshGraphFold } from './fold.js';
import { MeshGraph } from './mesh-graph.js';
import { encodeGraph, restoreGraph } from './snapshot.js';

describe('a snapshot of the graph', () => {
  it('at any place, with the rest replayed, gives the graph that a replay from zero gives', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(60), (events, place) => {
        const whole = new MeshGraph();
        for (const event of events) whole.evolve(event);
        const prefix = new MeshGraph();
        for (const event of events.slice(0, place)) prefix.evolve(event);
        const restored = [...encodeGraph(prefix)].reduce(restoreGraph, new MeshGraph());
        for (const event of events.slice(place)) restored.evolve(event);
        expect(restored.entities()).toEqual(whole.entities());
        expect(meshGraphFold.same(restored, whole)).toBe(true);
        // not only what shows: what is remembered, too
        const lines = (graph: MeshGraph) =>
          [...encodeGraph(graph)].flatMap((chunk) =>
            (JSON.parse(new TextDecoder().decode(chunk)) as unknown[]).map(canonicalJson),
          );
        expect(lines(restored).sort()).toEqual(lines(whole).sort());
      }),
    );
  });

  it('is cut into chunks of about 256 KiB', () => {
    const story = new Story();
    for (let index = 0; index < 3_000; index++)
      story.service({ namespace: 'shop', name: `service-${index}`, selector: { app: 'web' } });
    const graph = new MeshGraph();
    for (const event of story.events) graph.evolve(event);
    const chunks = [...encodeGraph(graph)];
    expect(chunks.length).toBeGreaterThan(1);
    expect(Math.max(...chunks.map(({ byteLength }) => byteLength))).toBeLessThan(300 * 1024);
    expect(chunks.reduce(restoreGraph, new MeshGraph()).entities()).toEqual(graph.entities());
  });
});
