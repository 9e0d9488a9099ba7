import { describe, expect, it } from '@jest/globals';
import type { AnyRecordedEvent } from '@mcp/events';
import { VisibleNamespaces, withoutHidden } from '@mcp/mesh';
import fc from 'fast-check';
import { stories } from '../../test/random-story.js';
import { Story, workloadEnd } from '../../test/story.js';
import { MeshGraph } from '../mesh-graph.js';
import { joinedEdges, type SeenEdge } from './seen-edge.js';
import { seenEntity, type SeenEntity } from './seen-entity.js';

function graphOf(events: readonly AnyRecordedEvent[]): MeshGraph {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return graph;
}

const isEdge = (entity: SeenEntity): entity is SeenEdge => entity.kind === 'Edge';

function seenOf(entities: readonly SeenEntity[], visible: VisibleNamespaces): readonly SeenEntity[] {
  const seen = entities.map((each) => seenEntity(each, visible)).filter((each) => each !== undefined);
  return [...seen.filter((each) => !isEdge(each)), ...joinedEdges(seen.filter(isEdge))];
}

/** As it is given out. */
const told = (entities: readonly SeenEntity[]): string =>
  JSON.stringify(entities, (key, value: unknown) => (key === 'standsFor' ? undefined : value));

const shopOnly = VisibleNamespaces.only(['shop']);
const [web, cart, ledger, vault] = [
  'shop/Deployment/web',
  'shop/Deployment/cart',
  'bank/Deployment/ledger',
  'bank/Deployment/vault',
];

const mesh = () =>
  ['web', 'cart']
    .reduce(
      (story, name) => story.controller('Deployment', { namespace: 'shop', name }),
      new Story().namespace('shop').namespace('bank'),
    )
    .controller('Deployment', { namespace: 'bank', name: 'ledger' })
    .controller('Deployment', { namespace: 'bank', name: 'vault' });

const edgesSeen = (story: Story, visible = shopOnly): readonly SeenEdge[] =>
  seenOf(graphOf(story.events).entities(), visible).filter(isEdge);

describe('what may be seen of a graph', () => {
  it.each([
    ['bank', ['shop']],
    ['shop', ['bank']],
    ['shop', []],
    ['bank', []],
  ])('never names %s to who sees %j', (hidden, names) => {
    const visible = VisibleNamespaces.only(names);
    fc.assert(
      fc.property(stories(3), (events) => {
        expect(told(seenOf(graphOf(events).entities(), visible))).not.toContain(hidden);
      }),
    );
  });

  it('has each key once, and seen again it is the same', () => {
    fc.assert(
      fc.property(stories(3), (events) => {
        const seen = seenOf(graphOf(events).entities(), shopOnly);
        expect(new Set(seen.map(({ key }) => key)).size).toBe(seen.length);
        expect(seenOf(seen, shopOnly)).toEqual(seen);
      }),
    );
  });

  it('is all of it, and the same objects, to who sees all', () => {
    const entities = graphOf(mesh().edge(web, ledger).events).entities();
    expect(entities.map((each) => seenEntity(each, VisibleNamespaces.all))).toEqual(entities);
  });

  it('shows an object of a visible namespace as it is where it names no hidden one', () => {
    const [entity] = graphOf(mesh().events).entities({ namespaces: new Set(['shop']) });
    expect(entity && seenEntity(entity, shopOnly)).toBe(entity);
  });

  it('does not say which namespace a policy refers to, nor what there', () => {
    const target = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
    const ledgers = {
      group: 'policy.linkerd.io',
      kind: 'MeshTLSAuthentication',
      name: 'x',
      namespace: 'bank',
    };
    const story = mesh()
      .policy({
        namespace: 'shop',
        name: 'web',
        spec: { targetRef: target, requiredAuthenticationRefs: [ledgers, { ...ledgers, namespace: 'shop' }] },
      })
      .policyOf(
        'MeshTLSAuthentication',
        { namespace: 'shop', name: 'callers' },
        {
          identities: [
            'ledger.bank.serviceaccount.identity.linkerd.cluster.local',
            'web.shop.serviceaccount.identity.l.x',
            '*',
          ],
          identityRefs: [],
        },
      );
    const values = seenOf(graphOf(story.events).entities(), shopOnly).flatMap((entity) =>
      entity.kind === 'PolicyObject' ? [entity.value.spec] : [],
    );
    expect(values).toContainEqual({
      targetRef: target,
      requiredAuthenticationRefs: [
        { ...ledgers, name: '(hidden)', namespace: '(hidden)' },
        { ...ledgers, namespace: 'shop' },
      ],
    });
    expect(values).toContainEqual({
      identities: ['(hidden)', 'web.shop.serviceaccount.identity.l.x', '*'],
      identityRefs: [],
    });
  });
});

describe('text that names a namespace', () => {
  it.each([
    [
      { hostnames: ['api.bank', 'api.shop', 'api.shop.svc.cluster.local'] },
      { hostnames: ['(hidden)', 'api.shop', 'api.shop.svc.cluster.local'] },
    ],
    [{ externalName: 'api.bank.svc.cluster.local' }, { externalName: '(hidden)' }],
    [{ value: 'spiffe://root/ns/bank/sa/api' }, { value: '(hidden)' }],
    [{ actor: 'system:serviceaccount:bank:api' }, { actor: '(hidden)' }],
    [
      { groups: ['system:serviceaccounts:bank', 'system:authenticated'] },
      { groups: ['(hidden)', 'system:authenticated'] },
    ],
    [
      { paths: ['spec.x', 'spec.refs[{"namespace":"bank"}].name'] },
      { paths: ['spec.x', 'spec.refs[(hidden)]'] },
    ],
    [
      { kind: 'Namespace', name: 'bank', group: '' },
      { kind: 'Namespace', name: '(hidden)', group: '' },
    ],
    [{ labels: { namespace: 'x', name: 'y' } }, { labels: { namespace: 'x', name: 'y' } }],
  ])('%j is told as %j', (value, seen) => {
    expect(withoutHidden(value, shopOnly)).toEqual(seen);
  });
});

describe('an edge to what may not be seen', () => {
  it('ends in one node for all of it, and those that differ only there are one', () => {
    const story = mesh()
      .edge(web, ledger, { services: ['bank/ledger'], firstSeenAt: 7, security: 'plaintext' })
      .edge(web, vault, { activity: 'idle', lastSeenAt: 9_000 })
      .edge(cart, vault)
      .edge(web, cart);
    const edges = edgesSeen(story);
    expect(edges.map(({ key }) => key)).toEqual([
      'Edge/shop/Deployment/cart>hidden:8080',
      'Edge/shop/Deployment/web>hidden:8080',
      'Edge/shop/Deployment/web>shop/Deployment/cart:8080',
    ]);
    expect(edges[1]).toMatchObject({
      namespaces: ['shop'],
      standsFor: [`${web}>${ledger}:8080`, `${web}>${vault}:8080`],
      value: {
        source: workloadEnd(web),
        destination: { kind: 'hidden' },
        services: [],
        activity: 'active',
        security: 'mixed',
        firstSeenAt: 7,
        lastSeenAt: 9_000,
      },
    });
  });

  it('is not there where no end of it may be seen', () => {
    expect(edgesSeen(mesh().edge(ledger, vault).edge({ kind: 'unmeshed' }, ledger))).toEqual([]);
  });
});
