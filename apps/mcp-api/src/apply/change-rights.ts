import { NotAllowed, type Authorizer } from '@mcp/access';
import type { DesiredKey } from '@mcp/desired-state';
import type { Actor } from '@mcp/events';
import type { ChangeDenials } from './change-denials.js';

/** Asks whether somebody may do something that changes what becomes of an object, and has it recorded where they may not. */
export class ChangeRights {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly denials: Pick<ChangeDenials, 'note'>,
  ) {}

  /** Fails as `Authorizer.mustBeAllowed` does. */
  async mustHave(
    deeds: Parameters<Authorizer['mustBeAllowed']>[1],
    { actor, key, reason }: { readonly actor: Actor; readonly key: DesiredKey; readonly reason: string },
  ): Promise<void> {
    try {
      await this.authorizer.mustBeAllowed(actor, deeds);
    } catch (error) {
      if (error instanceof NotAllowed) await this.denials.note(error, actor, key, reason);
      throw error;
    }
  }
}
