import { describe, expect, it } from '@jest/globals';
import { Story } from '../test/story.js';
import { toJsonGraph } from './json-graph.js';
import { MeshGraph } from './mesh-graph.js';

describe('the graph as JSON', () => {
  const story = new Story()
    .pod({ namespace: 'shop', name: 'a' }, { shape: { labels: { app: 'web' } } })
    .pod({ namespace: 'bank', name: 'b' }, { shape: { labels: { app: 'web' }, meshed: false } })
    .pod({ namespace: 'bank', name: 'c' }, { shape: { labels: { app: 'web' } } })
    .service({ namespace: 'shop', name: 'web', selector: { app: 'web' } })
    .service({ namespace: 'bank', name: 'web', selector: { app: 'web' } })
    .service({ namespace: 'bank', name: 'vault', selector: { app: 'vault' } });
  const graph = new MeshGraph();
  for (const event of story.events) graph.evolve(event);

  it('names a service by its bare name where that is unique in the answer, and else with its namespace', () => {
    expect(toJsonGraph(graph.entities())).toEqual({
      services: {
        vault: { name: 'vault', namespace: 'bank', key: 'bank/vault', meshed: false },
        'bank/web': { name: 'web', namespace: 'bank', key: 'bank/web', meshed: false },
        'shop/web': { name: 'web', namespace: 'shop', key: 'shop/web', meshed: true },
      },
      edges: [],
    });
  });

  it('looks for other services of a name within the answer only', () => {
    expect(toJsonGraph(graph.entities({ namespaces: new Set(['shop']) })).services).toEqual({
      web: { name: 'web', namespace: 'shop', key: 'shop/web', meshed: true },
    });
  });
});
