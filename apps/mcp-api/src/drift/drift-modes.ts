import { randomUUID } from 'node:crypto';
import { decideDriftMode, observedNow, type DesiredStates } from '@mcp/desired-state';
import { isEventLogError, type Appended, type EventLog } from '@mcp/event-log';
import { formatPosition, type Actor, type DriftMode, type ImpactCode } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { gitOpsManagers, rightsToDelete, rightsToWrite } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';
import { outcomeUnknown, writesDisabled } from '../apply/change-refusals.js';
import type { ChangeRequests } from '../apply/change-requests.js';
import type { ChangeRights } from '../apply/change-rights.js';
import type { ObjectWish } from '../apply/change-wish.js';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';

type Key = ObjectWish['key'];

export interface AskedDriftMode {
  readonly key: Key;
  readonly mode: DriftMode | 'accept';
  readonly forceFrom: readonly string[];
  readonly reason: string;
  readonly acceptImpact: readonly ImpactCode[];
  readonly traceparent: string | undefined;
}

export interface SetMode {
  readonly message: string;
  readonly position: string;
  readonly durability: Appended['durability'];
  /** Of an acceptance. */
  readonly changeId?: string;
}

/** Others may set it meanwhile. */
const mostDecisions = 5;

/** Records what is to be done about the drift of an object. Who may change the object may do that. */
export class DriftModes {
  constructor(
    private readonly log: EventLog,
    private readonly desired: Following<DesiredStates>,
    private readonly rights: ChangeRights,
    private readonly requests: Pick<ChangeRequests, 'record'>,
    private readonly takesChanges = true,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Fails with WRITES_DISABLED, NOT_DESIRED where nobody asked for the object, GITOPS_MANAGER where fields would be taken from a tool of GitOps,
   * PERMISSION_DENIED, ACCESS_UNKNOWN, NOT_CAUGHT_UP, or as `EventLog.append` does; to accept, with NOT_READABLE and as `ChangeRequests.record`.
   */
  async set(asked: AskedDriftMode, actor: Actor, signal: AbortSignal): Promise<SetMode> {
    if (!this.takesChanges) throw writesDisabled();
    const tool = asked.forceFrom.find((manager) => gitOpsManagers.includes(manager));
    if (tool !== undefined) throw gitOpsManager(tool);
    for (let decisions = 1; ; decisions += 1) {
      await caughtUpTo(this.desired, await this.log.head(), signal);
      const { key, reason } = asked;
      await this.rights.mustHave(rightsOf(this.desired.now.state, key), { actor, key, reason });
      const accepted = asked.mode === 'accept' ? await this.#accept(asked, actor, signal) : undefined;
      const mode = asked.mode === 'accept' ? 'report' : asked.mode;
      try {
        const set = await this.#record({ ...asked, mode }, actor);
        return accepted === undefined ? set : { ...set, ...accepted };
      } catch (error) {
        if (isEventLogError(error, 'OUTCOME_UNKNOWN')) {
          const subject = formatResourceKey(key);
          throw outcomeUnknown(`ListDrift tells the mode of ${subject}; set it again`, { subject }, error);
        }
        if (!isEventLogError(error, 'VERSION_CONFLICT') || decisions === mostDecisions) throw error;
      }
    }
  }

  async #record(asked: AskedDriftMode & { readonly mode: DriftMode }, actor: Actor): Promise<SetMode> {
    const { key, mode, forceFrom, reason } = asked;
    const command = { key, mode, forceFrom, actor, at: this.clock(), ...(reason !== '' && { reason }) };
    const write = decideDriftMode(command, this.desired.now.state);
    if (write === undefined) throw notDesired(key);
    const idempotency = { scope: 'drift-mode', key: randomUUID(), bodyHash: write.event.id };
    const { position, durability } = await this.log.append({ writes: [write], idempotency });
    return {
      message:
        mode === 'enforce'
          ? `${formatResourceKey(key)} is enforced: where it is changed by others, it is applied again`
          : `drift of ${formatResourceKey(key)} is reported`,
      position: formatPosition(position),
      durability,
    };
  }

  /** What is there is asked for, as anybody could ask for it. */
  async #accept(
    { key, reason, acceptImpact, traceparent }: AskedDriftMode,
    actor: Actor,
    signal: AbortSignal,
  ): Promise<Pick<SetMode, 'message' | 'changeId' | 'position'>> {
    const id = formatResourceKey(key);
    const object = this.desired.now.state.objects.get(id);
    if (object === undefined) throw notDesired(key);
    const live = observedNow(this.desired.now.state, id);
    if (live !== undefined && (live.spec === undefined || live.unmodelled !== undefined))
      throw notReadable(key);
    const wish = { key, ...(live?.spec && { spec: live.spec }), expectedRevision: object.revision };
    const { changeId, position } = await this.requests.record(
      {
        ...{ objects: [wish], together: false, idempotencyKey: '', traceparent, acceptImpact },
        reason: reason === '' ? 'what is there is accepted' : reason,
      },
      actor,
      signal,
    );
    return { message: `${id} is desired as it is now, by change ${changeId}`, changeId, position };
  }
}

function rightsOf(states: DesiredStates, key: Key) {
  const object = states.objects.get(formatResourceKey(key));
  return object !== undefined && object.spec === undefined ? rightsToDelete(key) : rightsToWrite(key, true);
}

function notDesired(key: Key): CallRefused {
  const name = formatResourceKey(key);
  const message = `nobody asked for ${name} through this API, so there is nothing that it deviates from; apply it first`;
  return new CallRefused('NOT_DESIRED', message, { facts: { subject: name } });
}

function notReadable(key: Key): CallRefused {
  const name = formatResourceKey(key);
  const message = `${name} has fields that are not known here, so that it cannot be asked for as it is; remove them, or apply what is to be`;
  return new CallRefused('NOT_READABLE', message, { facts: { subject: name } });
}

function gitOpsManager(manager: string): CallRefused {
  const message = `${manager} is a tool of GitOps, which would write its fields again: commit what is to be there instead`;
  return new CallRefused('GITOPS_MANAGER', message, { facts: { subject: 'force_from', manager } });
}
