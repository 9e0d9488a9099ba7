import type { SourcePhase } from '@mcp/events';
import { formatResourceKey, type ResourceKind } from '@mcp/mesh';
import { uidOf, type ClusterObserver, type ObservedObject } from '@mcp/sources';

/**
 * An observer for tests: keeps what there is by what it is told, as a real one does, and can be waited for.
 */
export class Mirror implements ClusterObserver {
  readonly objects = new Map<string, ObservedObject>();
  readonly phases = new Map<ResourceKind, SourcePhase>();
  readonly reasons = new Map<ResourceKind, string>();
  /** `<kind> <names>` for each complete list. */
  readonly lists: string[] = [];
  #look: () => void = () => undefined;

  listed(kind: ResourceKind, objects: readonly ObservedObject[]): void {
    for (const [key, object] of this.objects) if (object.kind === kind) this.objects.delete(key);
    for (const object of objects) this.objects.set(formatResourceKey(object.key), object);
    this.lists.push([kind, ...objects.map(({ key }) => key.name).sort()].join(' '));
    this.#look();
  }

  observed(object: ObservedObject): void {
    this.objects.set(formatResourceKey(object.key), object);
    this.#look();
  }

  deleted({ key, uid }: Parameters<ClusterObserver['deleted']>[0]): void {
    const text = formatResourceKey(key);
    const known = this.objects.get(text);
    if (known !== undefined && uidOf(known) === uid) this.objects.delete(text);
    this.#look();
  }

  phaseChanged(kind: ResourceKind, phase: SourcePhase, reason: string): void {
    this.phases.set(kind, phase);
    this.reasons.set(kind, reason);
    this.#look();
  }

  /** Keys of the kind, in order. */
  keys(kind: ResourceKind): string[] {
    return [...this.objects].flatMap(([key, object]) => (object.kind === kind ? [key] : [])).sort();
  }

  /** Resolves when the condition holds, looked at after each thing told; fails after 20 s. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#look = () => undefined;
        resolve();
      };
      const timer = setTimeout(() => {
        const phases = [...this.phases].map(([kind, phase]) => `${kind} ${phase}`).join(', ');
        reject(new Error(`not within 20 s: ${what}; ${phases}; ${[...this.objects.keys()].join(', ')}`));
      }, 20_000);
      this.#look = look;
      look();
    });
  }
}
