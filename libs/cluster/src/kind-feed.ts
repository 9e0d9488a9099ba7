import type { SourcePhase } from '@mcp/events';
import type { ResourceKind } from '@mcp/mesh';
import { uidOf, type ClusterObserver, type ObservedObject } from '@mcp/sources';

/** One collection of the API server that feeds a kind. */
export interface FeedPart {
  /** What the collection is, for people: `cronjobs.batch`. */
  readonly name: string;
  /** What is known of it now, the last content in any state. */
  objects(): readonly ObservedObject[];
}

interface PartState {
  readonly part: FeedPart;
  phase: SourcePhase;
  reason: string;
  listed: boolean;
}

/** What an observer is told of a kind: nothing yet, the objects of the parts that could be listed, or all of it. */
type Told = 'nothing' | 'parts' | 'whole';

/**
 * Makes one kind of several collections: a controller is a Deployment, a Job and so on.
 *
 * `listed` comes only of all of them, since what is not in it is gone. A collection that the cluster does not have counts as
 * empty where another one is there. Where we may not read one of them, the objects of the others are told one by one.
 */
export class KindFeed {
  readonly #parts: PartState[] = [];
  #told: Told = 'nothing';
  #toldPhase = '';

  /** `fallback` stands for the kind where the cluster shows no object of it. */
  constructor(
    private readonly kind: ResourceKind,
    private readonly observer: ClusterObserver,
    private readonly fallback?: ObservedObject,
  ) {}

  /** All parts are added before the first of them says anything. */
  add(part: FeedPart): PartFeed {
    const state: PartState = { part, phase: 'syncing', reason: 'not asked yet', listed: false };
    this.#parts.push(state);
    return {
      replaced: (gone) => {
        state.listed = true;
        this.#partReplaced(part, gone);
      },
      observed: (object) => this.#one(() => this.observer.observed(object)),
      deleted: (object, resourceVersion) =>
        this.#one(() => this.observer.deleted({ ...lifeOf(object), resourceVersion })),
      phaseChanged: (phase, reason) => {
        state.phase = phase;
        state.reason = reason;
        this.#settle();
        this.#tellPhase();
      },
    };
  }

  #partReplaced(part: FeedPart, gone: readonly ObservedObject[]): void {
    if (this.#told === 'parts' && !this.#complete()) {
      for (const object of gone) this.observer.deleted(lifeOf(object));
      for (const object of part.objects()) this.observer.observed(object);
    } else if (this.#told === 'whole') {
      this.#tellWhole();
    } else {
      this.#settle();
    }
  }

  #one(tell: () => void): void {
    if (this.#told === 'nothing') return;
    // a fallback comes and goes with the last object of the kind
    if (this.#told === 'whole' && this.fallback !== undefined) this.#tellWhole();
    else tell();
  }

  /** Tells what can be told since a part was listed, or turned out not to be there or not to be readable. */
  #settle(): void {
    if (this.#told !== 'whole' && this.#complete()) {
      this.#tellWhole();
    } else if (this.#told === 'nothing' && this.#parts.every(isSettled)) {
      this.#told = 'parts';
      const objects = this.#objects();
      for (const object of objects) this.observer.observed(object);
      if (objects.length === 0 && this.fallback !== undefined) this.observer.observed(this.fallback);
    }
  }

  #complete(): boolean {
    return (
      this.#parts.some(({ listed }) => listed) &&
      this.#parts.every(({ listed, phase }) => listed || phase === 'absent')
    );
  }

  #tellWhole(): void {
    this.#told = 'whole';
    const objects = this.#objects();
    const shown = objects.length === 0 && this.fallback !== undefined ? [this.fallback] : objects;
    this.observer.listed(this.kind, shown);
  }

  #objects(): ObservedObject[] {
    return this.#parts.flatMap(({ part }) => part.objects());
  }

  #tellPhase(): void {
    const { phase, reason } = this.#worst();
    if (this.#toldPhase === `${phase} ${reason}`) return;
    this.#toldPhase = `${phase} ${reason}`;
    this.observer.phaseChanged(this.kind, phase, reason);
  }

  /** A part that the cluster does not have says nothing about the others. */
  #worst(): { readonly phase: SourcePhase; readonly reason: string } {
    const present = this.#parts.filter(({ phase }) => phase !== 'absent');
    const candidates = present.length > 0 ? present : this.#parts;
    const worst = candidates.reduce((a, b) => (badness[b.phase] > badness[a.phase] ? b : a));
    const speaksForAll = this.#parts.length === 1 || worst.phase === 'live';
    const reason = speaksForAll ? worst.reason : `${worst.part.name}: ${worst.reason}`;
    return { phase: worst.phase, reason };
  }
}

/** What one collection tells its kind. */
export interface PartFeed {
  /** It was listed; `gone` was known before and is not there any more. */
  replaced(gone: readonly ObservedObject[]): void;
  observed(object: ObservedObject): void;
  deleted(object: ObservedObject, resourceVersion: string): void;
  phaseChanged(phase: SourcePhase, reason: string): void;
}

const badness: Readonly<Record<SourcePhase, number>> = {
  live: 0,
  syncing: 1,
  stale: 2,
  forbidden: 3,
  absent: 4,
};

/** Nothing more is to be waited for before telling of the others. */
function isSettled({ listed, phase }: PartState): boolean {
  return listed || phase === 'absent' || phase === 'forbidden';
}

function lifeOf(object: ObservedObject) {
  return { key: object.key, uid: uidOf(object) };
}
