import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EdgeNode, GraphEntity } from './entity.js';
import { changesBetween, type EntityChange } from './graph-diff.js';
import { inGraphOrder } from './graph-filter.js';

function between(before: readonly GraphEntity[], after: readonly GraphEntity[]): readonly EntityChange[] {
  const steps = changesBetween(before, after);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function namespace(name: string, labels: Record<string, string>): GraphEntity {
  return {
    kind: 'Namespace',
    key: `Namespace/${name}`,
    namespaces: [name],
    value: { name, labels, annotations: {} },
  };
}

const edge: EdgeNode = {
  source: { kind: 'unmeshed' },
  destination: { kind: 'external' },
  port: 80,
  activity: 'active',
  security: 'plaintext',
  insecureReasons: [],
  protocol: 'http',
  evidence: 'client',
  services: [],
  serverIdentities: [],
  firstSeenAt: 1,
  lastSeenAt: 2,
  seen: { asOf: 2, windowMs: 1, proxiesSeen: 1, meshedPods: 1 },
};
const edgeEntity = (value: EdgeNode): GraphEntity => ({
  kind: 'Edge',
  key: 'Edge/x',
  namespaces: ['shop'],
  value,
});

/** Some of a few namespaces, each with a label. */
const graphs = fc
  .uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), tier: fc.constantFrom('x', 'y') }), {
    selector: ({ name }) => name,
  })
  .map((all) => all.map(({ name, tier }) => namespace(name, { tier })).sort(inGraphOrder));

describe('what is different between two graphs', () => {
  it('is what was added, removed and changed, in the order of the graph, field by field', () => {
    const before = [namespace('a', { tier: 'x' }), namespace('b', {})];
    const after = [namespace('a', { tier: 'y' }), namespace('c', {})];
    expect(between(before, after)).toEqual([
      {
        what: 'changed',
        before: before[0],
        after: after[0],
        fields: [{ path: 'labels.tier', before: 'x', after: 'y' }],
      },
      { what: 'removed', before: before[1] },
      { what: 'added', after: after[1] },
    ]);
  });

  it('is not when an edge was seen last, and is how it travels', () => {
    const later = { ...edge, lastSeenAt: 9, seen: { ...edge.seen, asOf: 9 } };
    expect(between([edgeEntity(edge)], [edgeEntity(later)])).toEqual([]);
    expect(between([edgeEntity(edge)], [edgeEntity({ ...later, security: 'mtls' })])).toMatchObject([
      { fields: [{ path: 'security', before: 'plaintext', after: 'mtls' }] },
    ]);
  });

  it('is nothing of a graph and itself, and turned round the other way round', () => {
    const turned = (change: EntityChange): EntityChange => {
      switch (change.what) {
        case 'added':
          return { what: 'removed', before: change.after };
        case 'removed':
          return { what: 'added', after: change.before };
        case 'changed':
          return {
            ...{ what: 'changed', before: change.after, after: change.before },
            fields: change.fields.map(({ path, before, after }) => ({ path, before: after, after: before })),
          };
      }
    };
    fc.assert(
      fc.property(graphs, graphs, (before, after) => {
        expect(between(before, before)).toEqual([]);
        expect(between(after, before)).toEqual(between(before, after).map(turned));
      }),
    );
  });
});
