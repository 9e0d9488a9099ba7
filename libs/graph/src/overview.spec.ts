import { describe, expect, it } from '@jest/globals';
import { Story } from '../test/story.js';
import { MeshGraph } from './mesh-graph.js';
import { overviewOf } from './overview.js';

describe('the overview of a graph', () => {
  const story = new Story()
    .pod({ namespace: 'shop', name: 'a' }, { shape: { labels: { app: 'web' } } })
    .pod(
      { namespace: 'bank', name: 'b' },
      { shape: { labels: { app: 'vault' }, meshed: false, governed: false } },
    )
    .pod(
      { namespace: 'bank', name: 'c' },
      { shape: { labels: { app: 'vault' }, meshed: true, governed: false } },
    )
    .service({ namespace: 'shop', name: 'web', selector: { app: 'web' } })
    .record('source-state/Pod', 'SourceStateChanged', { kind: 'Pod', phase: 'live', reason: '' })
    .record('source-state/Server', 'SourceStateChanged', { kind: 'Server', phase: 'syncing', reason: '' })
    .record('source-state/Service', 'SourceStateChanged', {
      kind: 'Service',
      phase: 'stale',
      reason: 'no contact',
    });
  const graph = new MeshGraph();
  for (const event of story.events) graph.evolve(event);

  it('counts by namespace, and says which kinds the numbers are not whole for', () => {
    expect(overviewOf(graph.entities())).toEqual({
      namespaces: [
        { namespace: 'bank', workloads: 2, meshed: 1, services: 0, policyObjects: 0, problems: 1 },
        { namespace: 'shop', workloads: 1, meshed: 1, services: 1, policyObjects: 0, problems: 0 },
      ],
      syncing: ['Server'],
      troubled: [{ kind: 'Service', reason: 'no contact' }],
    });
  });
});
