import { NotAllowed, type Authorizer } from '@mcp/access';
import type { Change } from '@mcp/desired-state';
import { rightsToDelete, rightsToWrite } from '@mcp/linkerd';
import { AccessUnknown, TargetUnavailable } from '@mcp/sources';
import type { Clock } from './clock.js';
import type { Refusal } from './planned-apply.js';

/** For so long the answer holds that the API had when it took the change. */
const freshMs = 60_000;

/**
 * Whether those who asked for a change still may. They are asked about as the API server knew them then: what a token allowed has to be
 * allowed when the apply is made, also where that is hours later.
 */
export class AskerRights {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly clock: Clock,
  ) {}

  /**
   * Why the change is not to be applied; undefined where it is. A creation is always asked about: the object may have been there when the
   * change was taken. Fails with `TargetUnavailable` where that cannot be found out.
   */
  async refusal(
    { key, actor, history }: Change,
    plan: 'create' | 'update' | 'delete',
  ): Promise<Refusal | undefined> {
    // only of these the API server knows anything
    if (actor.provenBy !== 'kubernetes' && actor.provenBy !== 'mesh') return undefined;
    const age = this.clock.now() - (history[0]?.recordedAt ?? 0);
    if (plan !== 'create' && age >= 0 && age <= freshMs) return undefined;
    try {
      const rights = plan === 'delete' ? rightsToDelete(key) : rightsToWrite(key, plan === 'update');
      await this.authorizer.mustBeAllowed(actor, rights);
      return undefined;
    } catch (error) {
      if (error instanceof NotAllowed) {
        const message = `who asked for it may not do it now: ${error.message}; then ask again`;
        return { plan: 'refuse', code: 'NO_LONGER_ALLOWED', message };
      }
      if (error instanceof AccessUnknown)
        throw new TargetUnavailable(`ask what ${actor.name} may do`, undefined, error);
      throw error;
    }
  }
}
