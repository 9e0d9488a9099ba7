import { isEventLogError } from '@mcp/event-log';

/** After these the log may be asked again; anything else will not get better by itself. */
const passing = ['LOG_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'VERSION_CONFLICT'];

/** Whether to read the log again and decide anew what is left. */
export function isPassing(error: unknown): boolean {
  return passing.some((code) => isEventLogError(error, code));
}
