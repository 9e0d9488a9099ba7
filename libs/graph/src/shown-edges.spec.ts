import { describe, expect, it } from '@jest/globals';
import type { AnyRecordedEvent } from '@mcp/events';
import fc from 'fast-check';
import { anyStory } from '../test/random-story.js';
import { plainEdge, Story, workloadEnd } from '../test/story.js';
import type { EdgeNode } from './entity.js';
import { MeshGraph } from './mesh-graph.js';

function graphOf(events: readonly AnyRecordedEvent[]): MeshGraph {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return graph;
}

const edgesIn = (graph: MeshGraph, namespaces?: readonly string[]) =>
  graph
    .entities(namespaces === undefined ? {} : { namespaces: new Set(namespaces) })
    .filter(({ kind }) => kind === 'Edge')
    .map(({ key }) => key);

/** The shop's front and store, and the ledger of the bank. */
const mesh = () =>
  new Story()
    .namespace('shop')
    .namespace('bank')
    .controller('Deployment', { namespace: 'shop', name: 'web' })
    .controller('Deployment', { namespace: 'shop', name: 'store' })
    .controller('Deployment', { namespace: 'bank', name: 'ledger' });

const [web, store, ledger] = ['shop/Deployment/web', 'shop/Deployment/store', 'bank/Deployment/ledger'];
const webToStore = `Edge/${web}>${store}:8080`;

/** What happens after the events so far, as one delta. */
function deltaOf(story: Story, then: (story: Story) => Story) {
  const graph = graphOf(story.events);
  graph.takeChanges();
  const known = story.events.length;
  for (const event of then(story).events.slice(known)) graph.evolve(event);
  const { upserted, removed } = graph.takeChanges();
  return { upserted: upserted.map(({ key }) => key), removed };
}

describe('an edge', () => {
  it('is in the graph as its last event has it, without what made the event', () => {
    const story = mesh()
      .edge(web, store, { services: ['shop/store'] })
      .edge(web, store, { what: 'security-changed', security: 'mixed', insecureReasons: ['no_identity'] });
    const { what: _, ...state } = plainEdge;
    const value: EdgeNode = {
      ...state,
      source: workloadEnd(web),
      destination: workloadEnd(store),
      port: 8080,
      security: 'mixed',
      insecureReasons: ['no_identity'],
    };
    expect(graphOf(story.events).edge(`${web}>${store}:8080`)).toEqual({
      kind: 'Edge',
      key: webToStore,
      namespaces: ['shop'],
      value,
    });
  });

  it('comes, changes and is forgotten as itself alone, and not when an event says nothing new', () => {
    const story = mesh();
    expect(deltaOf(story, () => story.edge(web, store))).toEqual({ upserted: [webToStore], removed: [] });
    expect(deltaOf(story, () => story.edge(web, store, { what: 'details-changed' }))).toEqual({
      upserted: [],
      removed: [],
    });
    expect(deltaOf(story, () => story.edge(web, store, { activity: 'idle' })).upserted).toEqual([webToStore]);
    expect(deltaOf(story, () => story.forgetEdge(web, store))).toEqual({
      upserted: [],
      removed: [{ key: webToStore, namespaces: ['shop'] }],
    });
  });

  it('goes with the workload at either end, and is back when the workload is', () => {
    const story = mesh().edge(web, store).edge(web, ledger);
    const gone = deltaOf(story, () => story.delete('Controller', { namespace: 'shop', name: 'store' }));
    expect(gone.removed.map(({ key }) => key).sort()).toEqual([webToStore, `Workload/${store}`]);
    const others = deltaOf(story, () => story.delete('Controller', { namespace: 'shop', name: 'web' }));
    expect(others.removed).toEqual([
      { key: `Workload/${web}`, namespaces: ['shop'] },
      { key: `Edge/${web}>${ledger}:8080`, namespaces: ['bank', 'shop'] },
    ]);
    const back = deltaOf(story, () => story.controller('Deployment', { namespace: 'shop', name: 'web' }));
    expect(back.upserted).toEqual([`Workload/${web}`, `Edge/${web}>${ledger}:8080`]);
  });

  it('waits for a workload that is seen later', () => {
    const story = new Story().edge(web, { kind: 'external' });
    expect(edgesIn(graphOf(story.events))).toEqual([]);
    story.controller('Deployment', { namespace: 'shop', name: 'web' });
    expect(edgesIn(graphOf(story.events))).toEqual([`Edge/${web}>external:8080`]);
  });

  it('to a named place out of the cluster goes with its EgressNetwork', () => {
    const place = { kind: 'external', egressNetwork: { namespace: 'bank', name: 'cards' } } as const;
    const cards = { namespace: 'bank', name: 'cards' };
    const edge = `Edge/${web}>external:bank/cards:8080`;
    const story = mesh().edge(web, place);
    const come = deltaOf(story, () => story.policyOf('EgressNetwork', cards, { trafficPolicy: 'Deny' }));
    expect(come.upserted).toEqual(['EgressNetwork/bank/cards', edge]);
    expect(edgesIn(graphOf(story.events), ['bank'])).toEqual([edge]);
    const gone = deltaOf(story, () => story.delete('EgressNetwork', cards));
    expect(gone.removed.map(({ key }) => key)).toEqual(['EgressNetwork/bank/cards', edge]);
  });

  it('of a namespace that is no longer looked at is left out', () => {
    const story = mesh().edge(web, ledger).edge(web, store).scope(['shop']);
    expect(edgesIn(graphOf(story.events))).toEqual([webToStore]);
  });

  it('is in the graph of each namespace that it touches, and of no other', () => {
    const graph = graphOf(
      mesh().edge(web, ledger).edge({ kind: 'unmeshed' }, ledger).edge(web, store).events,
    );
    const across = `Edge/${web}>${ledger}:8080`;
    const unmeshed = `Edge/unmeshed>${ledger}:8080`;
    expect(edgesIn(graph, ['shop'])).toEqual([across, webToStore]);
    expect(edgesIn(graph, ['bank'])).toEqual([across, unmeshed]);
    expect(edgesIn(graph, ['empty'])).toEqual([]);
    expect(edgesIn(graph)).toEqual([across, unmeshed, webToStore]);
  });

  it('is in the order of a graph that was asked for before it came, and out of it once forgotten', () => {
    const graph = graphOf(mesh().edge(web, store).events);
    const events = mesh().edge(web, store).edge(store, web).forgetEdge(web, store).events.slice(-2);
    const seen = [edgesIn(graph)];
    for (const event of events) {
      graph.evolve(event);
      seen.push(edgesIn(graph));
    }
    const back = `Edge/${store}>${web}:8080`;
    expect(seen).toEqual([[webToStore], [back, webToStore], [back]]);
  });

  it('stays as it is through a gap in telemetry, which the graph tells of by itself', () => {
    const story = mesh().telemetry('live').edge(web, store);
    expect(deltaOf(story, () => story.telemetry('gap', 'connection refused'))).toEqual({
      upserted: ['Telemetry'],
      removed: [],
    });
    expect(graphOf(story.events).entities()[0]).toEqual({
      kind: 'Telemetry',
      key: 'Telemetry',
      namespaces: [],
      value: { phase: 'gap', reason: 'connection refused', lastAt: 2_000, since: 8_000 },
    });
  });

  it('leaves policy and what is shown of its namespaces as they were', () => {
    const story = mesh();
    const graph = graphOf(story.events);
    const [view, entities] = [graph.meshView(), graph.entities()];
    graph.evolve(story.edge(web, ledger).events.at(-1)!);
    expect(graph.meshView()).toBe(view);
    const after = new Set(graph.entities());
    expect(entities.filter((entity) => !after.has(entity))).toEqual([]);
  });
});

describe('the edges of the graph', () => {
  const byEnds = fc.sample(anyStory, 400).map((events) => graphOf(events));

  it('are in random stories now there and now not', () => {
    const inLog = byEnds.flatMap((graph) => [...graph.facts.edges.ids()].length);
    const shown = byEnds.map((graph) => edgesIn(graph).length);
    expect(shown.filter((count) => count > 0).length).toBeGreaterThan(50);
    expect(shown.filter((count, index) => count < (inLog[index] ?? 0)).length).toBeGreaterThan(50);
  });

  it('are those of the log whose workloads the graph has', () => {
    for (const graph of byEnds) {
      const entities = graph.entities();
      const nodes = new Set(
        entities.flatMap(({ kind, key }) => (kind === 'Workload' ? [key.slice('Workload/'.length)] : [])),
      );
      for (const { kind, key, value } of entities)
        if (kind === 'PolicyObject' && value.kind === 'EgressNetwork' && value.uid !== '')
          nodes.add(`external:${key.slice('EgressNetwork/'.length)}`);
      const needed = (end: string) => end.split('/').length === 3 || end.startsWith('external:');
      const expected = [...graph.facts.edges.ids()].filter((id) =>
        (/^(.*)>(.*):\d+$/.exec(id) ?? []).slice(1).every((end) => !needed(end) || nodes.has(end)),
      );
      expect(edgesIn(graph).sort()).toEqual(expected.map((id) => `Edge/${id}`).sort());
    }
  });

  it('are found by each of their ends', () => {
    const graph = graphOf(mesh().edge(web, store).edge(web, ledger).edge(store, ledger).events);
    const at = (end: string) => graph.edgesAt(workloadEnd(end)).map(({ key }) => key);
    expect(at(web)).toEqual([`Edge/${web}>${ledger}:8080`, webToStore]);
    expect(at(ledger)).toEqual([`Edge/${store}>${ledger}:8080`, `Edge/${web}>${ledger}:8080`]);
    expect(at('shop/Deployment/other')).toEqual([]);
  });
});
