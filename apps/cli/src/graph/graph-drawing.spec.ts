import { describe, expect, it } from '@jest/globals';
import { parse } from '@ts-graphviz/ast';
import { Coverage, EdgeActivity, EdgeProtocol, EdgeSecurity, Entity, PortReach } from '@mcp/contracts';
import { golden } from '../../test/told.js';
import { paintFor } from '../output/paint.js';
import { graphDot, graphMermaid } from './graph-drawing.js';
import { graphText } from './graph-text.js';
import { meshPicture } from './mesh-picture.js';

const workload = (namespace: string, name: string, rest: object = {}) =>
  Entity.fromPartial({
    key: `Workload/${namespace}/Deployment/${name}`,
    entity: {
      $case: 'workload',
      workload: {
        ref: { namespace, kind: 'Deployment', name },
        pods: 2,
        readyPods: 2,
        meshed: Coverage.COVERAGE_ALL,
        ...rest,
      },
    },
  });
const edge = (source: string, destination: string, rest: object = {}) =>
  Entity.fromPartial({
    key: `Edge/${source}>${destination}:8080`,
    entity: {
      $case: 'edge',
      edge: {
        source,
        destination,
        port: 8080,
        protocol: EdgeProtocol.EDGE_PROTOCOL_HTTP,
        security: EdgeSecurity.EDGE_SECURITY_MTLS,
        activity: EdgeActivity.EDGE_ACTIVITY_ACTIVE,
        ...rest,
      },
    },
  });

const entities = [
  edge('unmeshed', 'shop/Deployment/cart', {
    security: EdgeSecurity.EDGE_SECURITY_PLAINTEXT,
    activity: EdgeActivity.EDGE_ACTIVITY_IDLE,
  }),
  edge('shop/Deployment/web', 'shop/Deployment/cart'),
  workload('shop', 'web', { services: ['web'], problems: [{ code: 'NOT_READY', message: 'm' }] }),
  workload('shop', 'cart', {
    readyPods: 1,
    meshed: Coverage.COVERAGE_SOME,
    ports: [
      {
        number: 8080,
        policies: [
          {
            governedBy: { $case: 'server', server: 'cart-http' },
            reach: PortReach.PORT_REACH_SOME,
            findings: ['LNK406'],
          },
        ],
      },
    ],
  }),
  // no name of Kubernetes has these, and a name that a proxy tells may
  edge('unknown:a"b\\c', 'shop/Deployment/web'),
];
const rates = [
  {
    edge: 'Edge/shop/Deployment/web>shop/Deployment/cart:8080',
    sample: { successPerSecond: 9, failurePerSecond: 1, p95Ms: 12.345 } as never,
  },
];
const picture = meshPicture(entities, rates);

describe('a picture of the mesh', () => {
  it('for people is two tables, in which what is not known is no number', () => {
    const text = graphText(picture, paintFor(false));
    expect(text).toBe(golden('graph.txt', text));
    expect(text).toMatch(/10 +90% +12\.3 ms/);
    expect(text).toMatch(/idle +- +- +-/);
  });

  it('for Graphviz parses, whatever the names are', () => {
    const text = graphDot(picture);
    expect(text).toBe(golden('graph.dot', text));
    const [graph] = parse(text).children.filter((child) => child.type === 'Graph');
    const edges = graph?.children.filter((child) => child.type === 'Edge') ?? [];
    const clusters = graph?.children.filter((child) => child.type === 'Subgraph') ?? [];
    expect({ directed: graph?.directed, edges: edges.length, clusters: clusters.length }).toEqual({
      directed: true,
      edges: 3,
      clusters: 1,
    });
  });

  it('for Mermaid has a subgraph for each namespace, and no quote within a text', () => {
    const text = graphMermaid(picture);
    expect(text).toBe(golden('graph.mmd', text));
    expect(text).not.toMatch(/"[^"\]]*"[^"\]]*"\]/);
  });

  it('has an end for every edge, also where it is no workload', () => {
    expect(graphMermaid(meshPicture([edge('external', 'unmeshed')], []))).toBe(
      'flowchart LR\n  n0["external"]\n  n1["unmeshed"]\n  n0 -->|8080| n1\n',
    );
  });
});
