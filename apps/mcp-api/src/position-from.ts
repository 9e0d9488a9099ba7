import { isEventLogError, PositionTrimmed } from '@mcp/event-log';
import { parsePosition, type LogPosition } from '@mcp/events';
import { CallRefused, invalidRequest } from '@mcp/grpc';

/** Fails with INVALID_REQUEST, naming the field. */
export function positionFrom(text: string, field: string): LogPosition {
  const position = parsePosition(text);
  if (position !== undefined) return position;
  throw invalidRequest([{ field, description: 'is not a position that this API gave' }]);
}

/**
 * What the log does not have a position for fails with POSITION_OF_ANOTHER_LOG, POSITION_LOST or POSITION_TRIMMED: says of which
 * field of the request that is, and what to do.
 */
export async function withPositionOf<T>(field: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const code = positionFaults.find((fault) => isEventLogError(error, fault));
    if (code === undefined || !(error instanceof Error)) throw error;
    const description = `${error.message}; leave ${field} empty to begin anew`;
    throw new CallRefused(code, description, {
      violations: [{ field, description }],
      ...(error instanceof PositionTrimmed && { facts: { oldest: String(error.oldest) } }),
      cause: error,
    });
  }
}

const positionFaults = ['POSITION_OF_ANOTHER_LOG', 'POSITION_LOST', 'POSITION_TRIMMED'] as const;
