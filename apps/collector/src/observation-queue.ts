import { objectSubject, type SourcePhase, type Subject } from '@mcp/events';
import { formatResourceKey, type ResourceKey, type ResourceKind } from '@mcp/mesh';
import { type ClusterObserver, type ObservedObject, uidOf } from '@mcp/sources';

/** What the source told, waiting to be recorded. */
export type Observation =
  /** A complete list had these lives of objects and no others; what they are follows as observations. */
  | { readonly what: 'listed'; readonly kind: ResourceKind; readonly present: ReadonlySet<Subject> }
  | { readonly what: 'observed'; readonly object: ObservedObject }
  | {
      readonly what: 'deleted';
      readonly key: ResourceKey;
      readonly uid: string;
      readonly resourceVersion?: string;
    }
  | {
      readonly what: 'phase';
      readonly kind: ResourceKind;
      readonly phase: SourcePhase;
      readonly reason: string;
    };

/**
 * Observations in the order they came, the newest per object in the place of its oldest: while the log cannot be written to,
 * an object that changes ten times waits once, and one that comes and goes does not wait at all. So the queue holds at
 * most one entry for each object that the log knows or the cluster has.
 * Order per object is kept; a complete list takes the place of what waits about its kind.
 */
export class ObservationQueue implements ClusterObserver {
  #waiting = new Map<string, Observation>();
  #wake: () => void = () => undefined;

  /** `isRecorded`: whether the log has this life of an object. */
  constructor(private readonly isRecorded: (subject: Subject) => boolean) {}

  get size(): number {
    return this.#waiting.size;
  }

  listed(kind: ResourceKind, objects: readonly ObservedObject[]): void {
    for (const [slot, observation] of this.#waiting) {
      if (observation.what !== 'phase' && kindOf(observation) === kind) this.#waiting.delete(slot);
    }
    const present = new Set(
      objects.map((object) => objectSubject(kind, { ...object.key, uid: uidOf(object) })),
    );
    this.#put(`listed/${kind}`, { what: 'listed', kind, present });
    for (const object of objects) this.observed(object);
  }

  observed(object: ObservedObject): void {
    this.#put(slotOf(object.key, uidOf(object)), { what: 'observed', object });
  }

  deleted(object: {
    readonly key: ResourceKey;
    readonly uid: string;
    readonly resourceVersion?: string;
  }): void {
    const slot = slotOf(object.key, object.uid);
    const subject = objectSubject(object.key.kind, { ...object.key, uid: object.uid });
    if (this.#waiting.has(slot) && !this.isRecorded(subject)) this.#waiting.delete(slot);
    else this.#put(slot, { what: 'deleted', ...object });
  }

  phaseChanged(kind: ResourceKind, phase: SourcePhase, reason: string): void {
    // last, so that a kind is never called live before what it was listed with is recorded
    this.#waiting.delete(`phase/${kind}`);
    this.#put(`phase/${kind}`, { what: 'phase', kind, phase, reason });
  }

  /** Everything that waits, at most `most`, as soon as there is something; empty when the signal aborts. */
  async take(most: number, signal: AbortSignal): Promise<readonly Observation[]> {
    while (this.#waiting.size === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    const taken: Observation[] = [];
    for (const [slot, observation] of this.#waiting) {
      if (taken.length === most) break;
      taken.push(observation);
      this.#waiting.delete(slot);
    }
    return taken;
  }

  #put(slot: string, observation: Observation): void {
    this.#waiting.set(slot, observation);
    this.#wake();
  }
}

function kindOf(observation: Exclude<Observation, { what: 'phase' }>): ResourceKind {
  switch (observation.what) {
    case 'listed':
      return observation.kind;
    case 'observed':
      return observation.object.kind;
    case 'deleted':
      return observation.key.kind;
  }
}

function slotOf(key: ResourceKey, uid: string): string {
  return `${formatResourceKey(key)}#${uid}`;
}
