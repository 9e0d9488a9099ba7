import type { LogPosition } from '@mcp/events';
import { formatPosition } from '@mcp/events';

/** A state is not what a replay from zero gives at the same place: the fold depends on more than its events, or a snapshot lies. */
export class ReplayMismatch extends Error {
  readonly code = 'REPLAY_MISMATCH';
  constructor(projection: string, position: LogPosition) {
    super(`${projection} at ${formatPosition(position)} differs from its replay from zero (REPLAY_MISMATCH)`);
  }
}
