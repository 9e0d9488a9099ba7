import type { DesiredStates } from '@mcp/desired-state';
import type { SourceIdentity } from '@mcp/events';
import type { Logger } from '@mcp/runtime';
import { refuseOtherSource } from '@mcp/sources';
import type { Clock } from './clock.js';

/** Between two looks, while the cluster cannot be asked or the log is still empty. */
const lookAgainAfterMs = 250;

/**
 * Settles when the log is known to be of the source that we apply to, or when the signal aborts.
 * Fails with `SourceMismatch` when it is of another one.
 */
export async function sameSource(
  view: { readonly states: DesiredStates },
  identity: () => Promise<SourceIdentity>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  let ours: SourceIdentity | undefined;
  while (!signal.aborted) {
    try {
      ours ??= await identity();
    } catch (error) {
      logger.warn('the source does not say who it is; trying again', { error });
    }
    const { source } = view.states;
    if (source !== undefined && ours !== undefined) {
      refuseOtherSource(source, ours);
      return;
    }
    await clock.sleep(lookAgainAfterMs, signal);
  }
}
