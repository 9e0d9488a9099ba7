import { collectionPath, objectPath, type ServedResource } from './api-resource.js';
import { pause } from './backoff.js';
import type { ClusterConnection } from './cluster-connection.js';
import { isKubernetesError, messageOf } from './errors.js';
import { isRecord } from './kubernetes-object.js';

export interface LeaseTiming {
  /** How long the others wait, after they last saw the lease change, before they take it. */
  readonly leaseDurationMs: number;
  /** How long after it began its last successful renewal a leader still acts. Shorter than the lease: the difference is the safety. */
  readonly renewDeadlineMs: number;
  /** Time between two looks at the lease, and between two renewals. */
  readonly retryMs: number;
}

export const defaultLeaseTiming: LeaseTiming = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
};

export interface LeaseElectorOptions {
  readonly connection: ClusterConnection;
  readonly namespace: string;
  readonly name: string;
  /** Who we are. Must be unique to this life of the process: another life is another candidate. */
  readonly identity: string;
  readonly timing?: LeaseTiming;
  readonly pause?: typeof pause;
}

const leases: ServedResource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

interface SeenLease {
  readonly resourceVersion: string;
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquireTime: unknown;
}

/**
 * Takes turns with others to lead, by a Lease object.
 *
 * Two leaders at a time are prevented as far as clocks run at the same speed: a candidate waits, by its own clock, a whole lease
 * after it last *saw* the lease change, and never compares times that others wrote; a leader stops before the lease can be
 * over for them. A process that is stopped and continued may act for a moment on what it believed before: `leading` is
 * exact at the moment it is asked, but what must never happen needs fencing besides.
 */
export class LeaseElector {
  private readonly timing: LeaseTiming;
  private readonly pause: typeof pause;
  private seen: SeenLease | undefined;
  private seenAtMs = 0;
  private leadsUntilMs = Number.NEGATIVE_INFINITY;
  /** Why the last look at the lease, or the last renewal, failed; undefined when it did not. */
  problem: string | undefined;

  constructor(private readonly options: LeaseElectorOptions) {
    this.timing = options.timing ?? defaultLeaseTiming;
    this.pause = options.pause ?? pause;
    if (this.timing.renewDeadlineMs >= this.timing.leaseDurationMs) {
      throw new Error('The renew deadline must be shorter than the lease.');
    }
  }

  /** Whether we lead at this very moment. */
  get leading(): boolean {
    return performance.now() < this.leadsUntilMs;
  }

  /** Who held the lease when it was last seen; undefined when nobody did or it was not seen yet. */
  get holder(): string | undefined {
    return this.seen?.holder === '' ? undefined : this.seen?.holder;
  }

  /**
   * Competes until the signal aborts. Each time it is elected it calls `lead`, whose signal aborts as soon as leading is in
   * doubt; it competes again only after `lead` has ended. When `lead` ends by itself the lease is given back.
   *
   * Fails with what `lead` fails with. Faults of the API server are waited out.
   */
  async run(lead: (term: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const stopped = () => signal.aborted;
    while (!stopped()) {
      if (await this.acquire(signal)) await (stopped() ? this.giveBack() : this.serveTerm(lead, signal));
      if (!stopped()) await this.pause(this.timing.retryMs, signal);
    }
  }

  private async serveTerm(lead: (term: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const term = new AbortController();
    // ends the pauses between renewals when there is nothing more to renew for
    const over = new AbortController();
    const endTerm = () => over.abort();
    signal.addEventListener('abort', endTerm, { once: true });
    const work = lead(term.signal).finally(endTerm);
    work.catch(() => undefined); // awaited below
    const goesOn = () => !over.signal.aborted && this.leading;
    try {
      while (goesOn()) {
        await this.pause(Math.min(this.timing.retryMs, this.leadsUntilMs - performance.now()), over.signal);
        if (goesOn() && !(await this.renew())) break;
      }
      term.abort(new Error(over.signal.aborted ? 'asked to stop' : 'no longer the leader'));
      await work;
    } finally {
      signal.removeEventListener('abort', endTerm);
      if (this.leading) await this.giveBack();
      this.leadsUntilMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** One look at the lease, taken if it is free; answers whether we lead now. */
  private async acquire(signal: AbortSignal): Promise<boolean> {
    const beganAtMs = performance.now();
    try {
      const seen = await this.look(signal);
      this.problem = undefined;
      if (seen !== undefined && !this.isFree(seen)) return false;
      await this.write(seen, this.timing.renewDeadlineMs);
      this.leadsUntilMs = beganAtMs + this.timing.renewDeadlineMs;
      return this.leading;
    } catch (error) {
      return this.failed(error, signal.aborted);
    }
  }

  /** Answers false when another has taken the lease. What happened is unknown after a fault: then the time runs on. */
  private async renew(): Promise<boolean> {
    const beganAtMs = performance.now();
    try {
      await this.write(this.seen, this.leadsUntilMs - beganAtMs);
      this.leadsUntilMs = beganAtMs + this.timing.renewDeadlineMs;
      this.problem = undefined;
      return true;
    } catch (error) {
      this.failed(error, false);
      if (!isKubernetesError(error, 'VERSION_CONFLICT') && !isKubernetesError(error, 'NOT_FOUND'))
        return true;
      // changed under us: still ours if it was an earlier write of our own whose answer was lost
      const seen = await this.look(AbortSignal.timeout(this.remainingMs())).catch(() => undefined);
      if (seen?.holder === this.options.identity) return true;
      this.leadsUntilMs = Number.NEGATIVE_INFINITY;
      return false;
    }
  }

  private async giveBack(): Promise<void> {
    if (this.seen === undefined) return;
    try {
      await this.write({ ...this.seen, holder: this.options.identity }, this.remainingMs(), '');
    } catch (error) {
      // the others wait for the lease to be over, as if we had crashed
      this.failed(error, false);
    }
  }

  private isFree(seen: SeenLease): boolean {
    const overAtMs = this.seenAtMs + seen.durationMs;
    return seen.holder === '' || seen.holder === this.options.identity || performance.now() >= overAtMs;
  }

  private remainingMs(): number {
    return Math.max(1, Math.floor(this.leadsUntilMs - performance.now()));
  }

  private failed(error: unknown, stopping: boolean): false {
    if (stopping) return false;
    if (!isKubernetesError(error)) throw error;
    this.problem = messageOf(error);
    return false;
  }

  private async look(signal: AbortSignal): Promise<SeenLease | undefined> {
    const { connection, namespace, name } = this.options;
    try {
      const { body } = await connection.request('GET', objectPath(leases, { namespace, name }), {
        timeoutMs: this.timing.renewDeadlineMs,
        signal,
      });
      this.remember(body);
    } catch (error) {
      if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
      this.seen = undefined;
    }
    return this.seen;
  }

  /** Creates or replaces the lease; the API server refuses when it is not as it was seen. */
  private async write(
    seen: SeenLease | undefined,
    timeoutMs: number,
    holder = this.options.identity,
  ): Promise<void> {
    const { connection, namespace, name } = this.options;
    const taken = seen?.holder !== this.options.identity;
    const now = microTime(new Date());
    const body = {
      metadata: { namespace, name, ...(seen === undefined ? {} : { resourceVersion: seen.resourceVersion }) },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: Math.ceil(this.timing.leaseDurationMs / 1_000),
        renewTime: now,
        acquireTime: taken ? now : seen.acquireTime,
        leaseTransitions: (seen?.transitions ?? -1) + (taken ? 1 : 0),
      },
    };
    const details = { body, timeoutMs: Math.max(1, Math.floor(timeoutMs)) };
    const answer =
      seen === undefined
        ? await connection.request('POST', collectionPath(leases, namespace), details)
        : await connection.request('PUT', objectPath(leases, { namespace, name }), details);
    this.remember(answer.body);
  }

  private remember(body: unknown): void {
    const metadata = isRecord(body) && isRecord(body['metadata']) ? body['metadata'] : {};
    const spec = isRecord(body) && isRecord(body['spec']) ? body['spec'] : {};
    const resourceVersion = String(metadata['resourceVersion']);
    // any change counts as a sign of life, and only changes do
    if (this.seen?.resourceVersion !== resourceVersion) this.seenAtMs = performance.now();
    const seconds = spec['leaseDurationSeconds'];
    const transitions = spec['leaseTransitions'];
    this.seen = {
      resourceVersion,
      holder: typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '',
      durationMs: typeof seconds === 'number' ? seconds * 1_000 : this.timing.leaseDurationMs,
      transitions: typeof transitions === 'number' ? transitions : 0,
      acquireTime: spec['acquireTime'],
    };
  }
}

/** Leases have microseconds; a time with fewer digits is refused. */
function microTime(date: Date): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
