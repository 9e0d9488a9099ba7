import type { TrafficEnd, WorkloadRef } from '@mcp/mesh';
import { byKey } from './graph-filter.js';
import { formatSeenEnd, type SeenEdge } from './seen/seen-edge.js';

/** The edges that calls are walked by: a graph, or what may be seen of one. */
export interface CallsShown {
  edgesAt(end: TrafficEnd): readonly SeenEdge[];
  /** `namespace/name`. */
  edgesThrough(service: string): readonly SeenEdge[];
}

export type CallDirection = 'callers' | 'callees';

/** Where a walk along calls begins. The callers of a Service are those that came through it. */
export interface CallRoot {
  readonly workloads: readonly WorkloadRef[];
  /** `namespace/name`. */
  readonly service?: string;
}

export interface CallGraphAsked {
  readonly directions: readonly CallDirection[];
  /** Steps from the root; 1 or more. */
  readonly depth: number;
  /** The most edges, the nearest first. */
  readonly most: number;
}

export interface CallGraph {
  /** Each once: the nearest first, then by key. */
  readonly edges: readonly CallEdge[];
  /** Edges of the last step that did not fit. Where there are any, nothing beyond was looked for. */
  readonly leftOut: number;
  /** Where the walk stopped although there is more. */
  readonly notFollowed: readonly NotFollowed[];
}

/** An edge, and how many steps from the root it is, in each direction in which it was found. */
export interface CallEdge {
  readonly edge: SeenEdge;
  readonly steps: { readonly [D in CallDirection]?: number };
}

export interface NotFollowed {
  readonly end: TrafficEnd;
  readonly direction: CallDirection;
  /** Edges in that direction that are not among those found. */
  readonly edges: number;
}

/**
 * Callers of callers and callees of callees of a root, step by step in all directions alike, by the edges that the graph shows. What was
 * come by is not walked again, so that cycles end; and nothing is walked on from that is no workload.
 */
export function callGraph(
  graph: CallsShown,
  root: CallRoot,
  { directions, depth, most }: CallGraphAsked,
): CallGraph {
  const found = new Map<string, CallEdge>();
  const walks = directions.map((direction) => new Walk(graph, direction, root));
  let leftOut = 0;
  for (let step = 1; step <= depth && leftOut === 0; step += 1)
    for (const walk of walks)
      for (const edge of walk.step()) {
        const known = found.get(edge.key);
        if (known === undefined && found.size >= most) leftOut += 1;
        else found.set(edge.key, { edge, steps: { ...known?.steps, [walk.direction]: step } });
      }
  return {
    edges: [...found.values()].sort((a, b) => nearest(a) - nearest(b) || byKey(a.edge, b.edge)),
    leftOut,
    notFollowed: walks.flatMap((walk) => walk.notFollowed(found)),
  };
}

/** A walk in one direction. */
class Walk {
  readonly #met = new Set<string>();
  #frontier: readonly TrafficEnd[];
  /** The edges of the first step, where they are not those of the frontier. */
  #first: readonly SeenEdge[] | undefined;

  constructor(
    private readonly graph: CallsShown,
    readonly direction: CallDirection,
    { workloads, service }: CallRoot,
  ) {
    this.#frontier = workloads.map((workload) => ({ kind: 'workload', workload }));
    for (const end of this.#frontier) this.#met.add(formatSeenEnd(end));
    if (service !== undefined && direction === 'callers') this.#first = graph.edgesThrough(service);
  }

  /** The edges of the next step; by key. */
  step(): readonly SeenEdge[] {
    const edges = this.#first ?? this.#frontier.flatMap((end) => this.#edgesOf(end));
    this.#first = undefined;
    const next: TrafficEnd[] = [];
    for (const { value } of edges) {
      const end = this.direction === 'callers' ? value.source : value.destination;
      const text = formatSeenEnd(end);
      if (end.kind !== 'workload' || this.#met.has(text)) continue;
      this.#met.add(text);
      next.push(end);
    }
    this.#frontier = next;
    return [...edges].sort(byKey);
  }

  notFollowed(found: ReadonlyMap<string, CallEdge>): readonly NotFollowed[] {
    return this.#frontier.flatMap((end) => {
      const edges = this.#edgesOf(end).filter(({ key }) => !found.has(key)).length;
      return edges === 0 ? [] : [{ end, direction: this.direction, edges }];
    });
  }

  #edgesOf(end: TrafficEnd): readonly SeenEdge[] {
    const text = formatSeenEnd(end);
    return this.graph.edgesAt(end).filter(({ value: { source, destination } }) => {
      return formatSeenEnd(this.direction === 'callers' ? destination : source) === text;
    });
  }
}

function nearest({ steps: { callers = Infinity, callees = Infinity } }: CallEdge): number {
  return Math.min(callers, callees);
}
