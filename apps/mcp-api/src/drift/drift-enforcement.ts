import { setTimeout as sleep } from 'node:timers/promises';
import {
  enforcedObjects,
  enforcementOf,
  stopEnforcement,
  type DesiredStates,
  type ObjectDriftMode,
} from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import { impactCodes, type Actor } from '@mcp/events';
import { codeOf } from '@mcp/grpc';
import { formatResourceKey } from '@mcp/mesh';
import type { Logger } from '@mcp/runtime';
import type { ChangeRequests } from '../apply/change-requests.js';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { mayPass } from '../passing-trouble.js';

/** Between two looks. */
const lookEveryMs = 2_000;

const itself: Actor = { name: 'mcp-api', provenBy: 'component' };

export interface EnforcementParts {
  readonly log: Pick<EventLog, 'append' | 'head'>;
  readonly desired: Following<DesiredStates>;
  readonly requests: Pick<ChangeRequests, 'record'>;
  readonly logger: Logger;
}

/**
 * Asks for desired states again where others changed what is there, in the name and by the rights of who set that they be enforced. What is to be
 * done follows from the log alone, and is asked for at the revision that drifted, so any number of servers may do this at once.
 */
export class DriftEnforcement {
  constructor(
    private readonly parts: EnforcementParts,
    private readonly everyMs: number = lookEveryMs,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { log, desired, logger } = this.parts;
    if (enforcedObjects(desired.now.state).length === 0) return;
    try {
      await caughtUpTo(desired, await log.head(), signal);
    } catch (error) {
      if (!signal.aborted) logger.warn('enforced objects cannot be looked at', { error });
      return;
    }
    for (const mode of enforcedObjects(desired.now.state)) await this.#enforce(mode, signal);
  }

  async #enforce(mode: ObjectDriftMode, signal: AbortSignal): Promise<void> {
    const next = enforcementOf(mode, this.parts.desired.now.state, this.clock());
    try {
      if (next.do === 'correct') await this.#correct(mode, next.revision, signal);
      if (next.do === 'stop') await this.#stop(mode, next.code, next.message);
    } catch (error) {
      if (!signal.aborted) await this.#trouble(mode, error);
    }
  }

  async #correct(
    { key, forceFrom, actor, reason }: ObjectDriftMode,
    revision: number,
    signal: AbortSignal,
  ): Promise<void> {
    const id = formatResourceKey(key);
    const spec = this.parts.desired.now.state.objects.get(id)?.spec;
    const { changeId } = await this.parts.requests.record(
      {
        objects: [{ key, ...(spec && { spec }), expectedRevision: revision }],
        together: false,
        idempotencyKey: `${id} after revision ${revision}`,
        reason: reason === undefined ? 'its desired state is enforced' : `enforced: ${reason}`,
        traceparent: undefined,
        // agreed to when the mode was set: it is what was asked for
        acceptImpact: impactCodes,
        correction: { forceFrom },
      },
      actor,
      signal,
    );
    this.parts.logger.info('an object drifted and is corrected', { object: id, change: changeId });
  }

  /** What passes is tried again at the next look; anything else stops it. */
  async #trouble(mode: ObjectDriftMode, error: unknown): Promise<void> {
    const object = formatResourceKey(mode.key);
    const passes = !(error instanceof Error) || mayPass(error);
    this.parts.logger.warn('an object could not be corrected', { object, passes, error });
    if (passes) return;
    await this.#stop(mode, codeOf(error), error.message).catch((failed: unknown) =>
      this.parts.logger.warn('that could not be recorded; trying again', { object, error: failed }),
    );
  }

  /** Somebody else may have recorded it first. */
  async #stop({ key }: ObjectDriftMode, code: string, message: string): Promise<void> {
    const by = { actor: itself, at: this.clock() };
    const write = stopEnforcement({ key, code, message }, by, this.parts.desired.now.state);
    const idempotency = { scope: 'drift-mode', key: write.event.id, bodyHash: code };
    await this.parts.log.append({ writes: [write], idempotency });
    this.parts.logger.warn('an object is no longer enforced', {
      object: formatResourceKey(key),
      code,
      message,
    });
  }
}
