import { formatTrafficEnd, type TrafficEnd, type VisibleNamespaces } from '@mcp/mesh';
import type { EdgeNode } from '../entity.js';
import { byKey } from '../graph-filter.js';
import { edgeIdOfKey, edgeKey } from '../shown-edges.js';

/** What stands at the end of an edge for all that may not be seen. */
export interface HiddenEnd {
  readonly kind: 'hidden';
}

export type SeenEnd = TrafficEnd | HiddenEnd;

export type SeenEdgeNode = Omit<EdgeNode, 'source' | 'destination'> & {
  readonly source: SeenEnd;
  readonly destination: SeenEnd;
};

export interface SeenEdge {
  readonly kind: 'Edge';
  readonly key: string;
  readonly namespaces: readonly string[];
  readonly value: SeenEdgeNode;
  /** Ids of the edges of the graph that it stands for. Absent: its own. Never to be given out. */
  readonly standsFor?: readonly string[];
}

const hidden: HiddenEnd = { kind: 'hidden' };

/** As `formatTrafficEnd`, and `hidden`, which no other end is called. */
export function formatSeenEnd(end: SeenEnd): string {
  return end.kind === 'hidden' ? 'hidden' : formatTrafficEnd(end);
}

/** As `formatEdgeId`. */
function seenIdOf(source: SeenEnd, destination: SeenEnd, port: number): string {
  return `${formatSeenEnd(source)}>${formatSeenEnd(destination)}:${port}`;
}

/** The ends that an edge of this key has, as `formatSeenEnd` writes them. */
export function endsOfKey(key: string): readonly [source: string, destination: string] {
  const [source = '', target = ''] = edgeIdOfKey(key).split('>');
  return [source, target.slice(0, target.lastIndexOf(':'))];
}

/** It may stand for several. */
export function hasHiddenEnd({ source, destination }: SeenEdgeNode): boolean {
  return source.kind === 'hidden' || destination.kind === 'hidden';
}

/** Undefined where no end of it is an object of a visible namespace. */
export function seenEdge(edge: SeenEdge, visible: VisibleNamespaces): SeenEdge | undefined {
  const namespaces = edge.namespaces.filter((namespace) => visible.has(namespace));
  if (namespaces.length === 0) return undefined;
  const { value } = edge;
  const [source, destination] = [seenEnd(value.source, visible), seenEnd(value.destination, visible)];
  const id = seenIdOf(source, destination, value.port);
  return {
    kind: 'Edge',
    key: edgeKey(id),
    namespaces,
    value: {
      ...value,
      source,
      destination,
      // with some of them left out, all of it would seem to go through the others
      services: value.services.every((service) => visible.has(service.slice(0, service.indexOf('/'))))
        ? value.services
        : [],
      serverIdentities: value.serverIdentities.filter((identity) => visible.hasIdentity(identity)),
    },
    standsFor: edge.standsFor ?? [edgeIdOfKey(edge.key)],
  };
}

/** One for each key: those that differ only in what may not be seen become one. By key. */
export function joinedEdges(edges: readonly SeenEdge[]): readonly SeenEdge[] {
  const joined = new Map<string, SeenEdge[]>();
  for (const edge of edges) {
    const alike = joined.get(edge.key);
    if (alike === undefined) joined.set(edge.key, [edge]);
    else alike.push(edge);
  }
  return [...joined.values()]
    .flatMap(([first, ...others]) => (first ? others.reduce(join, first) : []))
    .sort(byKey);
}

function seenEnd(end: SeenEnd, visible: VisibleNamespaces): SeenEnd {
  switch (end.kind) {
    case 'workload':
      return visible.has(end.workload.namespace) ? end : hidden;
    case 'identity':
      return visible.hasIdentity(end.identity) ? end : hidden;
    case 'external':
      return end.egressNetwork === undefined || visible.has(end.egressNetwork.namespace) ? end : hidden;
    case 'mirrored':
      return visible.has(end.namespace) ? end : hidden;
    case 'unknown':
      return hidden;
    case 'unmeshed':
    case 'hidden':
      return end;
  }
}

function join(a: SeenEdge, b: SeenEdge): SeenEdge {
  const standsFor = [a, b].flatMap((edge) => edge.standsFor ?? [edgeIdOfKey(edge.key)]);
  return { ...a, value: joinedNodes(a.value, b.value), standsFor };
}

/** What is true of both together. */
function joinedNodes(a: SeenEdgeNode, b: SeenEdgeNode): SeenEdgeNode {
  return {
    ...a,
    activity: a.activity === 'active' ? a.activity : b.activity,
    security: joinedSecurity(a.security, b.security),
    protocol: a.protocol === 'http' ? a.protocol : b.protocol,
    evidence: a.evidence === 'server' ? a.evidence : b.evidence,
    insecureReasons: union(a.insecureReasons, b.insecureReasons),
    services: union(a.services, b.services),
    serverIdentities: union(a.serverIdentities, b.serverIdentities),
    firstSeenAt: Math.min(a.firstSeenAt, b.firstSeenAt),
    lastSeenAt: Math.max(a.lastSeenAt, b.lastSeenAt),
    seen: a.seen.asOf >= b.seen.asOf ? a.seen : b.seen,
  };
}

function joinedSecurity(a: SeenEdgeNode['security'], b: SeenEdgeNode['security']): SeenEdgeNode['security'] {
  if (a === b) return a;
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'mixed';
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}
