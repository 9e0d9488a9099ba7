import type { ReplacedContent, StoredObject } from '../src/object-store.js';
import type { ReflectorState } from '../src/reflector-state.js';
import type { ReflectorHandler } from '../src/reflector.js';

/** Objects by name with uid, resource version and value, in the order of their names. */
export type Picture = readonly (readonly [
  name: string,
  uid: string,
  resourceVersion: string,
  value: string,
])[];

export function pictureOf(objects: Iterable<StoredObject<string>>): Picture {
  return [...objects]
    .map((object) => [nameOf(object), object.uid, object.resourceVersion, object.value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function nameOf(object: StoredObject<string>): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
}

/**
 * A consumer for tests: it builds its own picture of the collection only of what it is told, as a real consumer does, and
 * fails where that makes no sense (an update of what it does not know, an addition of what it has).
 */
export class MirroringHandler implements ReflectorHandler<string> {
  /** What was told: `[what, name or reason, value]`. */
  readonly told: (readonly string[])[] = [];
  /** `name value` of what was told as deleted late. */
  readonly deletedLate: string[] = [];
  readonly contradictions: string[] = [];
  private readonly mirror = new Map<string, StoredObject<string>>();
  private readonly waiting = new Set<() => void>();

  replaced({ objects, deletedLate }: ReplacedContent<string>): void {
    for (const gone of deletedLate) {
      if (this.mirror.get(nameOf(gone))?.uid !== gone.uid) this.contradictions.push(`late ${nameOf(gone)}`);
      this.deletedLate.push(`${nameOf(gone)} ${gone.value}`);
    }
    this.deletedLate.sort();
    this.mirror.clear();
    for (const object of objects) this.mirror.set(nameOf(object), object);
    this.tell('replaced', String(objects.length));
  }

  added(object: StoredObject<string>): void {
    if (this.mirror.has(nameOf(object))) this.contradictions.push(`added ${nameOf(object)} twice`);
    this.mirror.set(nameOf(object), object);
    this.tell('added', nameOf(object), object.value);
  }

  updated(object: StoredObject<string>, previous: StoredObject<string>): void {
    if (previous.uid !== object.uid) this.contradictions.push(`updated ${nameOf(object)} to another object`);
    this.mirror.set(nameOf(object), object);
    this.tell('updated', nameOf(object), object.value);
  }

  deleted(object: StoredObject<string>): void {
    const known = this.mirror.get(nameOf(object));
    if (known?.uid !== object.uid) this.contradictions.push(`deleted ${nameOf(object)} without having it`);
    this.mirror.delete(nameOf(object));
    this.tell('deleted', nameOf(object), object.value);
  }

  stateChanged(state: ReflectorState): void {
    this.tell(state.phase, state.reason);
  }

  picture(): Picture {
    if (this.contradictions.length > 0) throw new Error(this.contradictions.join('; '));
    return pictureOf(this.mirror.values());
  }

  /** Resolves when the condition holds, looked at after each thing told; fails after a while, showing what was told. */
  async until(condition: () => boolean, timeoutMs = 20_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`not within ${timeoutMs} ms; told last: ${JSON.stringify(this.told.slice(-20))}`));
      }, timeoutMs);
      this.waiting.add(look);
    });
  }

  private tell(what: string, ...details: string[]): void {
    this.told.push(
      what === 'replaced' || what === 'syncing' || what === 'live' ? [what] : [what, ...details],
    );
    for (const look of this.waiting) look();
  }
}
