import { randomUUID } from 'node:crypto';
import { decideWithdraw, type DesiredStates } from '@mcp/desired-state';
import { isEventLogError, type Appended, type EventLog } from '@mcp/event-log';
import { formatPosition, type Actor } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { rightsToDelete, rightsToWrite } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { outcomeUnknown, writesDisabled } from './change-refusals.js';
import type { ChangeRights } from './change-rights.js';

export interface WithdrawnChange {
  readonly message: string;
  readonly position: string;
  readonly durability: Appended['durability'];
}

/** The reconciler may begin with it meanwhile. */
const mostDecisions = 5;

/** Ends what waits of a change, so that it is not applied, or what is to follow it by itself. Who may ask for a change of its objects may do that. */
export class WithdrawChange {
  constructor(
    private readonly log: EventLog,
    private readonly desired: Following<DesiredStates>,
    private readonly rights: ChangeRights,
    private readonly takesChanges = true,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Fails with WRITES_DISABLED, CHANGE_NOT_FOUND, NOTHING_WAITS, ALREADY_STARTED, PERMISSION_DENIED, ACCESS_UNKNOWN, NOT_CAUGHT_UP, or as
   * `EventLog.append` does.
   */
  async withdraw(
    changeId: string,
    reason: string,
    actor: Actor,
    signal: AbortSignal,
  ): Promise<WithdrawnChange> {
    if (!this.takesChanges) throw writesDisabled();
    for (let decisions = 1; ; decisions += 1) {
      await caughtUpTo(this.desired, await this.log.head(), signal);
      const command = { changeId, actor, at: this.clock(), ...(reason !== '' && { reason }) };
      const decision = decideWithdraw(command, this.desired.now.state);
      if (decision.decision === 'refused')
        throw new CallRefused(decision.code, decision.message, { facts: { subject: changeId } });
      for (const { key, spec } of decision.changes)
        await this.rights.mustHave(spec === undefined ? rightsToDelete(key) : rightsToWrite(key, true), {
          ...{ actor, key, reason },
        });
      try {
        const key = randomUUID();
        const { position, durability } = await this.log.append({
          writes: decision.writes,
          idempotency: { scope: 'withdraw', key, bodyHash: changeId },
        });
        const names = decision.changes.map(({ key: object }) => formatResourceKey(object)).join(', ');
        const message =
          decision.what === 'changes'
            ? `the change of ${names} is withdrawn and will not be applied`
            : `nothing follows change ${changeId} any more; ${names} stay as they are`;
        return { message, position: formatPosition(position), durability };
      } catch (error) {
        if (isEventLogError(error, 'OUTCOME_UNKNOWN')) {
          const next = `GetChange tells what became of change ${changeId}; withdraw it again where it still waits`;
          throw outcomeUnknown(next, { change_id: changeId }, error);
        }
        if (!isEventLogError(error, 'VERSION_CONFLICT') || decisions === mostDecisions) throw error;
      }
    }
  }
}
