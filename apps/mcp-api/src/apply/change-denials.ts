import { randomUUID } from 'node:crypto';
import type { NotAllowed } from '@mcp/access';
import type { DesiredKey } from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import { deniedSubject, versionOfType, type Actor, type NewEvent } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';

/** In each window an actor has at most so many events, each about another object. */
const windowMs = 600_000;
const mostEvents = 10;

/** Of those who are being counted. Later ones are counted in the metric alone, until a window ends. */
const mostActors = 1_000;

interface Window {
  readonly since: number;
  readonly objects: Set<string>;
}

export interface DenialHooks {
  /** Told of each denial. */
  readonly onDenied: (recorded: 'yes' | 'no') => void;
  /** The log could not take one. */
  readonly onTrouble: (error: unknown) => void;
}

/** Records who asked for a change without the right to it, not each time that they try. */
export class ChangeDenials {
  /** By actor. */
  readonly #windows = new Map<string, Window>();
  /** By actor: denials since the one recorded before. */
  readonly #unrecorded = new Map<string, number>();

  constructor(
    private readonly log: Pick<EventLog, 'append'>,
    private readonly hooks: DenialHooks,
    private readonly now: () => number = Date.now,
  ) {}

  /** Never fails: the caller is refused, whether that can be recorded or not. */
  async note(denied: NotAllowed, actor: Actor, key: DesiredKey, reason: string): Promise<void> {
    const subject = deniedSubject(actor);
    const object = formatResourceKey(key);
    if (!this.#isNews(subject, object)) {
      this.#count(subject, 1);
      this.hooks.onDenied('no');
      return;
    }
    const { verb, group, resource } = denied.deed;
    // taken at once: what is denied while this one is being recorded is of the next
    const unrecorded = this.#unrecorded.get(subject) ?? 0;
    this.#unrecorded.delete(subject);
    const event: NewEvent<'ChangeDenied'> = {
      id: randomUUID(),
      type: 'ChangeDenied',
      version: versionOfType('ChangeDenied'),
      occurredAt: this.now(),
      actor,
      data: { key, verb, group, resource, message: denied.message, unrecorded },
      ...(reason !== '' && { reason }),
    };
    try {
      await this.log.append({ writes: [{ subject, expectedVersion: 'any', event }] });
      this.hooks.onDenied('yes');
    } catch (error) {
      this.hooks.onTrouble(error);
      this.#windows.get(subject)?.objects.delete(object);
      this.#count(subject, unrecorded + 1);
      this.hooks.onDenied('no');
    }
  }

  #count(subject: string, denials: number): void {
    if (!this.#windows.has(subject)) return;
    this.#unrecorded.set(subject, (this.#unrecorded.get(subject) ?? 0) + denials);
  }

  #isNews(subject: string, object: string): boolean {
    const window = this.#windowOf(subject);
    if (window === undefined || window.objects.size >= mostEvents || window.objects.has(object)) return false;
    window.objects.add(object);
    return true;
  }

  /** Undefined where too many are being counted. */
  #windowOf(subject: string): Window | undefined {
    const open = this.#windows.get(subject);
    if (open !== undefined && this.now() - open.since < windowMs) return open;
    this.#windows.delete(subject);
    if (this.#windows.size >= mostActors) this.#dropEnded();
    if (this.#windows.size >= mostActors) return undefined;
    const window: Window = { since: this.now(), objects: new Set() };
    this.#windows.set(subject, window);
    return window;
  }

  #dropEnded(): void {
    for (const [subject, { since }] of this.#windows) {
      if (this.now() - since < windowMs) continue;
      this.#windows.delete(subject);
      this.#unrecorded.delete(subject);
    }
  }
}
