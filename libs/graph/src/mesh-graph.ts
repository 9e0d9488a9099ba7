import type { AnyRecordedEvent } from '@mcp/events';
import type { TrafficEnd } from '@mcp/mesh';
import { formatTrafficEnd } from '@mcp/mesh';
import type { MeshView } from '@mcp/policy';
import { CurrentMesh } from './current-mesh.js';
import type { GraphDelta } from './delta.js';
import type { WorkloadEntities } from './derive/namespace.js';
import { deriveNamespace } from './derive/namespace.js';
import type { GraphEntity, GraphEntityOf } from './entity.js';
import { evolve } from './evolve.js';
import type { Facts } from './facts.js';
import { noFacts } from './facts.js';
import { GraphChanges } from './graph-changes.js';
import type { GraphFilter } from './graph-filter.js';
import { byKey, passes } from './graph-filter.js';
import { kept } from './kept.js';
import type { EdgeEntity } from './shown-edges.js';
import { ShownEdges } from './shown-edges.js';
import { TouchedNamespaces } from './touched.js';

/**
 * The mesh, folded from its events: what was observed and desired, and what follows from it.
 *
 * Changes in place and belongs to whoever folds it; what it gives out is immutable, and an entity that did not change
 * stays the same object. Taking an event costs about a microsecond; what follows is derived when someone asks: for the
 * namespaces that events have touched since, each as a whole, and for single edges.
 */
export class MeshGraph {
  readonly #facts: Facts = noFacts();
  readonly #touched = new TouchedNamespaces();
  readonly #mesh = new CurrentMesh(this.#facts);
  /** Looked at, with what is shown of them to be derived. */
  readonly #looked = new Set<string>();
  /** By namespace and key; in the order of the keys. Without edges. */
  readonly #derived = new Map<string, ReadonlyMap<string, GraphEntity>>();
  /** By namespace. Not of one where policy may say something else than when they were derived. */
  readonly #workloads = new Map<string, WorkloadEntities>();
  /** Facts were put back that nothing was touched by. */
  #restored = false;
  readonly #changes = new GraphChanges();
  readonly #edges = new ShownEdges(this.#facts, this.#mesh, this.#changes);

  evolve(event: AnyRecordedEvent): void {
    const affected = evolve(this.#facts, event);
    if (affected === 'everything') this.#touchEverything();
    else if (affected === 'nothing') return;
    else if ('edge' in affected) this.#edges.touch(affected.edge);
    else this.#touched.add(affected.namespace, affected.kind);
  }

  /** Lets a snapshot put back facts that the graph had. */
  restore(putBack: (facts: Facts) => void): void {
    putBack(this.#facts);
    this.#restored = true;
  }

  /** What the graph is derived from. Not to be kept: the next event changes it. */
  get facts(): Facts {
    return this.#facts;
  }

  /**
   * Derives what follows from the events until now, one namespace or some edges before each pause, for a caller that lets others
   * have the event loop in between. The questions below derive what is left by then, at once.
   */
  *derive(): Generator<void> {
    // what there is comes first: an authentication of one namespace acts in others
    yield* this.#lookAtTouched();
    for (const namespace of [...this.#looked]) {
      if (!this.#looked.delete(namespace)) continue;
      this.#deriveNamespace(namespace);
      yield;
    }
    yield* this.#edges.derive();
  }

  /** By namespace, what belongs to the whole mesh first, then by key. */
  entities(filter: GraphFilter = {}): readonly GraphEntity[] {
    for (const _ of this.derive());
    const namespaces = [...new Set([...this.#derived.keys(), ...this.#edges.namespaces()])];
    const all = namespaces.sort().flatMap((namespace) => this.#inOrder(namespace));
    return filter.namespaces === undefined ? all : all.filter((entity) => passes(filter, entity));
  }

  /** The names of those that anything is known of; in no order. */
  namespaces(): readonly string[] {
    return [...this.#facts.namespaces.keys()].filter((namespace) => namespace !== '');
  }

  /** What belongs to the whole mesh; by key. */
  meshWide(): readonly GraphEntity[] {
    for (const _ of this.derive());
    return this.#inOrder('');
  }

  service(namespace: string, name: string): GraphEntityOf<'Service'> | undefined {
    for (const _ of this.derive());
    const entity = this.#derived.get(namespace)?.get(`Service/${namespace}/${name}`);
    return entity?.kind === 'Service' ? entity : undefined;
  }

  /** The edge of an id, which is that of `formatEdgeId`, as the graph shows it. */
  edge(id: string): EdgeEntity | undefined {
    for (const _ of this.derive());
    return this.#edges.get(id);
  }

  /** The edges of the graph that have this end; in the order of their keys. */
  edgesAt(end: TrafficEnd): readonly EdgeEntity[] {
    for (const _ of this.derive());
    return [...this.#facts.edges.at(formatTrafficEnd(end))]
      .flatMap((id) => this.#edges.get(id) ?? [])
      .sort(byKey);
  }

  /** The edges of the graph on which clients came through this Service, `namespace/name`; in the order of their keys. */
  edgesThrough(service: string): readonly EdgeEntity[] {
    for (const _ of this.derive());
    return this.#edges.through(service);
  }

  /** What has changed since it was last asked, for one asker; the first time, everything there is. */
  takeChanges(): GraphDelta {
    for (const _ of this.derive());
    return this.#changes.take();
  }

  /**
   * What policy answers are made of, after the events until now. It stays as it is when events follow; each part that did not
   * change is the same object in the next one, and where nothing changed, so is the whole.
   */
  meshView(): MeshView {
    for (const _ of this.#lookAtTouched());
    return this.#mesh.view();
  }

  #touchEverything(): void {
    this.#touched.addEverything('');
    for (const namespace of this.#facts.namespaces.keys()) this.#touched.addEverything(namespace);
  }

  *#lookAtTouched(): Generator<void> {
    if (this.#restored) {
      this.#touchEverything();
      this.#edges.touchEverything();
      this.#restored = false;
    }
    // what is touched in the pauses is left, or a busy mesh would never let its caller go
    for (const namespace of this.#touched.names()) {
      const touched = this.#touched.take(namespace);
      if (touched === undefined) continue;
      this.#looked.add(namespace);
      const { ruled, ends } = this.#mesh.look(namespace, touched);
      for (const other of ruled) {
        this.#looked.add(other);
        this.#workloads.delete(other);
      }
      for (const end of ends) this.#edges.touchEnd(end);
      yield;
    }
  }

  #deriveNamespace(namespace: string): void {
    const before = this.#derived.get(namespace) ?? new Map<string, GraphEntity>();
    const after = new Map<string, GraphEntity>();
    for (const entity of this.#entitiesOf(namespace)) {
      const known = before.get(entity.key);
      const now = kept(known, entity);
      after.set(entity.key, now);
      if (now !== known) this.#changes.upsert(now);
    }
    for (const [key, entity] of before) if (!after.has(key)) this.#changes.remove(entity);
    if (after.size > 0) this.#derived.set(namespace, after);
    else this.#derived.delete(namespace);
  }

  #inOrder(namespace: string): readonly GraphEntity[] {
    const derived = [...(this.#derived.get(namespace)?.values() ?? [])];
    const edges = this.#edges.inOrder(namespace);
    return edges.length === 0 ? derived : [...edges, ...derived].sort(byKey);
  }

  #entitiesOf(namespace: string): readonly GraphEntity[] {
    const current = this.#mesh.of(namespace);
    if (current === undefined) this.#workloads.delete(namespace);
    let workloads = this.#workloads.get(namespace);
    if (workloads === undefined) this.#workloads.set(namespace, (workloads = new WeakMap()));
    return deriveNamespace(this.#facts, namespace, current, this.#mesh.policies(), workloads);
  }
}
