import { describe, expect, it } from '@jest/globals';
import { formatTrafficEnd } from '@mcp/mesh';
import fc from 'fast-check';
import { Story, workloadEnd } from '../test/story.js';
import { callGraph, type CallDirection, type CallRoot } from './call-graph.js';
import { MeshGraph } from './mesh-graph.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const at = (name: string) => `shop/Deployment/${name}`;

function graphOf(calls: readonly (readonly [string, string, string?])[]): MeshGraph {
  const story = new Story();
  for (const name of names) story.controller('Deployment', { namespace: 'shop', name });
  for (const [from, to, service] of calls)
    story.edge(at(from), at(to), service === undefined ? {} : { services: [service] });
  story.edge({ kind: 'unmeshed' }, at('a'));
  const graph = new MeshGraph();
  for (const event of story.events) graph.evolve(event);
  return graph;
}

const from = (...roots: string[]): CallRoot => ({
  workloads: roots.map((name) => workloadEnd(at(name)).workload),
});
const both: readonly CallDirection[] = ['callers', 'callees'];

/** `a>b ^2 v1`: a calls b, two steps up and one down from the root. */
function told(graph: MeshGraph, root: CallRoot, directions: readonly CallDirection[], depth = 9, most = 99) {
  const short = (text: string) => text.replaceAll('shop/Deployment/', '');
  const { edges, leftOut, notFollowed } = callGraph(graph, root, { directions, depth, most });
  return {
    edges: edges.map(({ edge, steps: { callers, callees } }) =>
      [
        short(edge.key.slice('Edge/'.length).replace(':8080', '')),
        ...(callers === undefined ? [] : [`^${callers}`]),
        ...(callees === undefined ? [] : [`v${callees}`]),
      ].join(' '),
    ),
    leftOut,
    notFollowed: notFollowed.map(
      ({ end, direction, edges: more }) => `${more} ${direction} of ${short(formatTrafficEnd(end))}`,
    ),
  };
}

describe('the calls around a workload', () => {
  const chain = graphOf([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'd'],
    ['e', 'c'],
    ['b', 'f'],
  ]);

  it('are its callers and theirs, and its callees and theirs, the nearest first', () => {
    expect(told(chain, from('b'), both)).toEqual({
      edges: ['a>b ^1', 'b>c v1', 'b>f v1', 'c>d v2', 'unmeshed>a ^2'],
      leftOut: 0,
      notFollowed: [],
    });
    expect(told(chain, from('c'), ['callers']).edges).toEqual([
      'b>c ^1',
      'e>c ^1',
      'a>b ^2',
      'unmeshed>a ^3',
    ]);
    expect(told(chain, from('a'), ['callees']).edges).toEqual(['a>b v1', 'b>c v2', 'b>f v2', 'c>d v3']);
  });

  it('end at the depth, where it says what goes on', () => {
    expect(told(chain, from('a'), both, 1)).toEqual({
      edges: ['a>b v1', 'unmeshed>a ^1'],
      leftOut: 0,
      notFollowed: ['2 callees of b'],
    });
  });

  it('end where there is no more room, with what was left out of that step', () => {
    expect(told(chain, from('a'), ['callees'], 9, 2)).toEqual({
      edges: ['a>b v1', 'b>c v2'],
      leftOut: 1,
      notFollowed: ['1 callees of c'],
    });
  });

  it('end although they go in circles, and an edge may be above and below', () => {
    const circle = graphOf([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['d', 'd'],
    ]);
    expect(told(circle, from('a'), both).edges).toEqual([
      'a>b ^3 v1',
      'c>a ^1 v3',
      'unmeshed>a ^1',
      'b>c ^2 v2',
    ]);
    expect(told(circle, from('d'), both)).toEqual({ edges: ['d>d ^1 v1'], leftOut: 0, notFollowed: [] });
  });

  it('of a Service are of who came through it', () => {
    const graph = graphOf([
      ['a', 'c', 'shop/front'],
      ['b', 'c', 'shop/other'],
      ['c', 'd'],
      ['e', 'a'],
    ]);
    expect(told(graph, { ...from('c'), service: 'shop/front' }, both).edges).toEqual([
      'a>c ^1',
      'c>d v1',
      'e>a ^2',
      'unmeshed>a ^2',
    ]);
  });

  it('are all that a plain search finds, each at its shortest distance', () => {
    const call = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names));
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 14 }),
        fc.constantFrom(...names),
        fc.integer({ min: 1, max: 5 }),
        (calls, root, depth) => {
          const graph = graphOf(calls);
          const down = new Map([[root, 0]]);
          for (let step = 1; step <= depth; step += 1)
            for (const [source, called] of calls)
              if (down.get(source) === step - 1 && !down.has(called)) down.set(called, step);
          const expected = calls
            .filter(([source]) => (down.get(source) ?? depth) < depth)
            .map(([source, called]) => `${source}>${called} v${(down.get(source) ?? 0) + 1}`);
          expect([...told(graph, from(root), ['callees'], depth).edges].sort()).toEqual(
            [...new Set(expected)].sort(),
          );
        },
      ),
    );
  });
});
