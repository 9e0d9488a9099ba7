import { parsePosition, type LogPosition } from '@mcp/events';
import { invalidRequest } from '@mcp/grpc';

/** Fails with INVALID_REQUEST, naming the field. */
export function positionFrom(text: string, field: string): LogPosition {
  const position = parsePosition(text);
  if (position !== undefined) return position;
  throw invalidRequest([{ field, description: 'is not a position that this API gave' }]);
}
