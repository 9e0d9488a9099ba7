import { EdgeActivity, EdgeSecurity } from '@mcp/contracts';
import { workloadText } from '../output/in-words.js';
import type { MeshPicture, PictureEdge } from './mesh-picture.js';

interface Node {
  readonly id: string;
  /** As the graph names it. */
  readonly name: string;
  readonly label: string;
}

/** Workloads within their namespaces, and beside them the ends of edges that are none. */
function nodesOf({ workloads, edges }: MeshPicture) {
  const byNamespace = new Map<string, Node[]>();
  const nodes = new Map<string, Node>();
  for (const { ref } of workloads) {
    const name = workloadText(ref);
    const node = { id: `n${nodes.size}`, name, label: `${ref?.kind ?? ''} ${ref?.name ?? ''}` };
    nodes.set(name, node);
    const namespace = ref?.namespace ?? '';
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), node]);
  }
  const outside: Node[] = [];
  for (const name of edges.flatMap(({ edge }) => [edge.source, edge.destination])) {
    if (nodes.has(name)) continue;
    const node = { id: `n${nodes.size}`, name, label: name };
    nodes.set(name, node);
    outside.push(node);
  }
  return { byNamespace, outside, idOf: (name: string) => nodes.get(name)?.id ?? '' };
}

/** For Graphviz. Dashed where the edge is idle, red where it is not all mesh TLS. */
export function graphDot(picture: MeshPicture): string {
  const { byNamespace, outside, idOf } = nodesOf(picture);
  const node = ({ id, label }: Node) => `${id} [label=${dotText(label)}];`;
  return [
    'digraph mesh {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...[...byNamespace].flatMap(([namespace, nodes], index) => [
      `  subgraph cluster_${index} {`,
      `    label=${dotText(namespace)};`,
      ...nodes.map((each) => `    ${node(each)}`),
      '  }',
    ]),
    ...outside.map((each) => `  ${node(each)}`),
    ...picture.edges.map(({ edge }) => {
      const style = isIdle(edge) ? ', style=dashed' : '';
      const colour = edge.security === EdgeSecurity.EDGE_SECURITY_MTLS ? '' : ', color=red';
      return `  ${idOf(edge.source)} -> ${idOf(edge.destination)} [label=${dotText(String(edge.port))}${style}${colour}];`;
    }),
    '}',
    '',
  ].join('\n');
}

/** For Mermaid. Dotted where the edge is idle. */
export function graphMermaid(picture: MeshPicture): string {
  const { byNamespace, outside, idOf } = nodesOf(picture);
  const node = ({ id, label }: Node) => `${id}[${mermaidText(label)}]`;
  return [
    'flowchart LR',
    ...[...byNamespace].flatMap(([namespace, nodes], index) => [
      `  subgraph s${index} [${mermaidText(namespace)}]`,
      ...nodes.map((each) => `    ${node(each)}`),
      '  end',
    ]),
    ...outside.map((each) => `  ${node(each)}`),
    ...picture.edges.map(
      ({ edge }) =>
        `  ${idOf(edge.source)} ${isIdle(edge) ? '-.->' : '-->'}|${edge.port}| ${idOf(edge.destination)}`,
    ),
    '',
  ].join('\n');
}

function isIdle({ activity }: PictureEdge['edge']): boolean {
  return activity === EdgeActivity.EDGE_ACTIVITY_IDLE;
}

function dotText(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function mermaidText(text: string): string {
  return `"${text.replaceAll('"', '#quot;')}"`;
}
