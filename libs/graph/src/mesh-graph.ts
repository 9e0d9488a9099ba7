import type { AnyRecordedEvent } from '@mcp/events';
import type { MeshView } from '@mcp/policy';
import { CurrentMesh } from './current-mesh.js';
import type { GraphDelta, RemovedEntity } from './delta.js';
import type { WorkloadEntities } from './derive/namespace.js';
import { deriveNamespace } from './derive/namespace.js';
import type { GraphEntity } from './entity.js';
import { evolve } from './evolve.js';
import type { Facts } from './facts.js';
import { noFacts } from './facts.js';
import { kept } from './kept.js';
import { TouchedNamespaces } from './touched.js';

export interface GraphFilter {
  /** Leaves out what is of another namespace. What belongs to the whole mesh is always in. */
  readonly namespaces?: ReadonlySet<string>;
}

/**
 * The mesh, folded from its events: what was observed and desired, and what follows from it.
 *
 * Changes in place and belongs to whoever folds it; what it gives out is immutable, and an entity that did not change
 * stays the same object. Taking an event costs about a microsecond; what follows is derived when someone asks, for the
 * namespaces that events have touched since, each as a whole.
 */
export class MeshGraph {
  readonly #facts: Facts = noFacts();
  readonly #touched = new TouchedNamespaces();
  readonly #mesh = new CurrentMesh(this.#facts);
  /** Looked at, with what is shown of them to be derived. */
  readonly #looked = new Set<string>();
  /** By namespace and key; in the order of the keys. */
  readonly #derived = new Map<string, ReadonlyMap<string, GraphEntity>>();
  /** By namespace. Not of one where policy may say something else than when they were derived. */
  readonly #workloads = new Map<string, WorkloadEntities>();
  readonly #upserted = new Map<string, GraphEntity>();
  readonly #removed = new Map<string, RemovedEntity>();

  evolve(event: AnyRecordedEvent): void {
    const affected = evolve(this.#facts, event);
    if (affected === 'everything') this.#touchEverything();
    else if (affected !== 'nothing') this.#touched.add(affected.namespace, affected.kind);
  }

  /** Lets a snapshot put back facts that the graph had. */
  restore(putBack: (facts: Facts) => void): void {
    putBack(this.#facts);
    this.#touchEverything();
  }

  /** What the graph is derived from. Not to be kept: the next event changes it. */
  get facts(): Facts {
    return this.#facts;
  }

  /**
   * Derives what follows from the events until now, one namespace before each pause, for a caller that lets others have the
   * event loop in between. The questions below derive what is left by then, at once.
   */
  *derive(): Generator<void> {
    // what there is comes first: an authentication of one namespace acts in others
    yield* this.#lookAtTouched();
    for (const namespace of [...this.#looked]) {
      if (!this.#looked.delete(namespace)) continue;
      this.#deriveNamespace(namespace);
      yield;
    }
  }

  /** By namespace, what belongs to the whole mesh first, then by key. */
  entities({ namespaces }: GraphFilter = {}): readonly GraphEntity[] {
    for (const _ of this.derive());
    const wanted = [...this.#derived.keys()].filter(
      (namespace) => namespace === '' || namespaces === undefined || namespaces.has(namespace),
    );
    return wanted.sort().flatMap((namespace) => [...(this.#derived.get(namespace)?.values() ?? [])]);
  }

  /** What has changed since it was last asked, for one asker; the first time, everything there is. */
  takeChanges(): GraphDelta {
    for (const _ of this.derive());
    const delta = { upserted: [...this.#upserted.values()], removed: [...this.#removed.values()] };
    this.#upserted.clear();
    this.#removed.clear();
    return delta;
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
    // what is touched in the pauses is left, or a busy mesh would never let its caller go
    for (const namespace of this.#touched.names()) {
      const touched = this.#touched.take(namespace);
      if (touched === undefined) continue;
      this.#looked.add(namespace);
      for (const ruled of this.#mesh.look(namespace, touched)) {
        this.#looked.add(ruled);
        this.#workloads.delete(ruled);
      }
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
      if (now === known) continue;
      this.#upserted.set(entity.key, entity);
      this.#removed.delete(entity.key);
    }
    for (const key of before.keys())
      if (!after.has(key)) {
        this.#upserted.delete(key);
        this.#removed.set(key, { key, namespace });
      }
    if (after.size > 0) this.#derived.set(namespace, after);
    else this.#derived.delete(namespace);
  }

  #entitiesOf(namespace: string): readonly GraphEntity[] {
    const current = this.#mesh.of(namespace);
    if (current === undefined) this.#workloads.delete(namespace);
    let workloads = this.#workloads.get(namespace);
    if (workloads === undefined) this.#workloads.set(namespace, (workloads = new WeakMap()));
    return deriveNamespace(this.#facts, namespace, current, this.#mesh.policies(), workloads);
  }
}
