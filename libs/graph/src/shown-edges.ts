import type { TrafficEnd } from '@mcp/mesh';
import type { CurrentMesh } from './current-mesh.js';
import { hasEnd } from './derive/ends.js';
import type { EdgeNode, GraphEntityOf } from './entity.js';
import type { Facts } from './facts.js';
import type { GraphChanges } from './graph-changes.js';
import { byKey, orderedWith } from './graph-filter.js';
import { kept } from './kept.js';

export type EdgeEntity = GraphEntityOf<'Edge'>;

/** The key in the graph of the edge of this id, which is that of `formatEdgeId`. */
export function edgeKey(id: string): string {
  return `Edge/${id}`;
}

/** The id of the edge that has this key. */
export function edgeIdOfKey(key: string): string {
  return key.slice('Edge/'.length);
}

/** Takes some 0.1 ms. */
const edgesPerStep = 100;

/** The edges that the graph shows: of those in the log, the ones whose ends there are. Each edge is derived by itself. */
export class ShownEdges {
  /** Ids, to be derived. */
  readonly #touched = new Set<string>();
  readonly #shown = new Map<string, EdgeEntity>();
  /** By the namespace that they stand in order with. */
  readonly #byNamespace = new Map<string, Set<EdgeEntity>>();
  /** Missing where it has changed since it was asked for. */
  readonly #ordered = new Map<string, readonly EdgeEntity[]>();

  constructor(
    private readonly facts: Facts,
    private readonly mesh: CurrentMesh,
    private readonly changes: GraphChanges,
  ) {}

  touch(id: string): void {
    this.#touched.add(id);
  }

  /** Something in the cluster that may be an end has come or gone. */
  touchEnd(end: string): void {
    for (const id of this.facts.edges.at(end)) this.#touched.add(id);
  }

  touchEverything(): void {
    for (const id of this.facts.edges.ids()) this.#touched.add(id);
  }

  /** Derives what is touched, some before each pause. */
  *derive(): Generator<void> {
    let derived = 0;
    // what is touched in the pauses is left, or a busy mesh would never let its caller go
    for (const id of [...this.#touched]) {
      if (!this.#touched.delete(id)) continue;
      this.#derive(id);
      derived += 1;
      if (derived % edgesPerStep === 0) yield;
    }
  }

  /** The one of this id, as last derived. */
  get(id: string): EdgeEntity | undefined {
    return this.#shown.get(id);
  }

  through(service: string): readonly EdgeEntity[] {
    return [...this.#shown.values()].filter(({ value }) => value.services.includes(service)).sort(byKey);
  }

  namespaces(): Iterable<string> {
    return this.#byNamespace.keys();
  }

  /** Those that stand in order with a namespace, by key. */
  inOrder(namespace: string): readonly EdgeEntity[] {
    let ordered = this.#ordered.get(namespace);
    if (ordered === undefined) {
      ordered = [...(this.#byNamespace.get(namespace) ?? [])].sort(byKey);
      this.#ordered.set(namespace, ordered);
    }
    return ordered;
  }

  #derive(id: string): void {
    const before = this.#shown.get(id);
    const edge = this.facts.edges.get(id);
    const there = edge !== undefined && this.#exists(edge.source) && this.#exists(edge.destination);
    const after = there ? kept(before, edgeEntity(id, edge)) : undefined;
    if (before === after) return;
    if (before !== undefined) this.#leaveOut(id, before);
    if (after !== undefined) this.#show(id, after);
    if (after !== undefined) this.changes.upsert(after);
    else if (before !== undefined) this.changes.remove(before);
  }

  #exists(end: TrafficEnd): boolean {
    const namespace = namespaceOf(end);
    return namespace === undefined || hasEnd(this.mesh.of(namespace), end);
  }

  #show(id: string, entity: EdgeEntity): void {
    const namespace = orderedWith(entity);
    this.#shown.set(id, entity);
    this.#ordered.delete(namespace);
    const others = this.#byNamespace.get(namespace);
    if (others === undefined) this.#byNamespace.set(namespace, new Set([entity]));
    else others.add(entity);
  }

  #leaveOut(id: string, entity: EdgeEntity): void {
    const namespace = orderedWith(entity);
    this.#shown.delete(id);
    this.#ordered.delete(namespace);
    const others = this.#byNamespace.get(namespace);
    others?.delete(entity);
    if (others?.size === 0) this.#byNamespace.delete(namespace);
  }
}

function edgeEntity(id: string, edge: EdgeNode): EdgeEntity {
  const touched = [namespaceOf(edge.destination), namespaceOf(edge.source)];
  const namespaces = [...new Set(touched.filter((namespace) => namespace !== undefined))];
  return { kind: 'Edge', key: edgeKey(id), namespaces, value: edge };
}

/** Of an end that is an object of the cluster. */
function namespaceOf(end: TrafficEnd): string | undefined {
  if (end.kind === 'workload') return end.workload.namespace;
  return end.kind === 'external' ? end.egressNetwork?.namespace : undefined;
}
