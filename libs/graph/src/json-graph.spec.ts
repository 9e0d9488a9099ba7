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

  const web = 'shop/Deployment/web';
  const called = () =>
    new Story()
      .controller('Deployment', { namespace: 'shop', name: 'web' })
      .controller('Deployment', { namespace: 'bank', name: 'vault' })
      .controller('Deployment', { namespace: 'shop', name: 'job' })
      .pod(
        { namespace: 'shop', name: 'a' },
        { shape: { labels: { app: 'web' } }, owner: { kind: 'Deployment', name: 'web' } },
      )
      .service({ namespace: 'shop', name: 'web', selector: { app: 'web' } })
      .service({ namespace: 'bank', name: 'vault', selector: { app: 'vault' } });
  const vault = 'bank/Deployment/vault';
  const throughVault = { services: ['bank/vault'] };
  const edgesOf = (
    mesh: Story,
    rps?: Readonly<Record<string, number>>,
    namespaces: readonly string[] = ['shop', 'bank'],
  ) => {
    const graph = new MeshGraph();
    for (const event of mesh.events) graph.evolve(event);
    const entities = graph.entities({ namespaces: new Set(namespaces) });
    return toJsonGraph(entities, ({ key }) => rps?.[key.slice('Edge/'.length)]).edges;
  };

  it('has an edge from the Service of its caller to the Service that it called', () => {
    const mesh = called().edge(web, vault, throughVault);
    expect(edgesOf(mesh, { [`${web}>${vault}:8080`]: 12 })).toEqual([
      { src: 'web', dst: 'vault', rps: 12, tls: true },
    ]);
  });

  it('names ends without a Service by what they are', () => {
    const mesh = called()
      .edge('shop/Deployment/job', vault)
      .edge({ kind: 'unmeshed' }, vault, { security: 'plaintext' })
      .edge({ kind: 'identity', identity: 'ingress.edge' }, vault)
      .edge(web, { kind: 'external' }, { security: 'unknown' });
    expect(edgesOf(mesh)).toEqual([
      { src: 'identity:ingress.edge', dst: vault, rps: null, tls: true },
      { src: 'shop/Deployment/job', dst: vault, rps: null, tls: true },
      { src: 'unmeshed', dst: vault, rps: null, tls: false },
      { src: 'web', dst: 'external', rps: null, tls: null },
    ]);
  });

  it('spells out the caller that is behind more than one Service', () => {
    const mesh = called()
      .service({ namespace: 'shop', name: 'web-admin', selector: { app: 'web' } })
      .edge(web, vault, throughVault);
    expect(edgesOf(mesh)).toEqual([{ src: web, dst: 'vault', rps: null, tls: true }]);
  });

  it('spells out a Service that is not in the answer', () => {
    const mesh = called().edge(web, vault, throughVault);
    expect(edgesOf(mesh, {}, ['shop'])).toEqual([{ src: 'web', dst: 'bank/vault', rps: null, tls: true }]);
  });

  it('has one edge for each Service that was called, and the rate of neither', () => {
    const mesh = called().edge(web, vault, { services: ['bank/vault', 'bank/safe'] });
    expect(edgesOf(mesh, { [`${web}>${vault}:8080`]: 12 })).toEqual([
      { src: 'web', dst: 'vault', rps: null, tls: true },
      { src: 'web', dst: 'bank/safe', rps: null, tls: true },
    ]);
  });

  it.each([
    ['sums what is known of all', {}, { 8080: 3, 9090: 4 }, { rps: 7, tls: true }],
    ['knows no rate where one is not known', {}, { 8080: 3 }, { rps: null, tls: true }],
    ['is not mTLS where one is not', { security: 'mixed' }, {}, { rps: null, tls: false }],
    ['may be mTLS where one is unknown', { security: 'unknown' }, {}, { rps: null, tls: null }],
    [
      'counts active ones only',
      { activity: 'idle', security: 'plaintext' },
      { 8080: 3 },
      { rps: 3, tls: true },
    ],
  ] as const)('of two edges makes one that %s', (_rule, other, rates, expected) => {
    const mesh = called()
      .edge(web, vault, throughVault)
      .edge(web, vault, { ...throughVault, port: 9090, ...other });
    const rps = Object.fromEntries(
      Object.entries(rates).map(([port, rate]) => [`${web}>${vault}:${port}`, rate]),
    );
    expect(edgesOf(mesh, rps)).toEqual([{ src: 'web', dst: 'vault', ...expected }]);
  });
});
