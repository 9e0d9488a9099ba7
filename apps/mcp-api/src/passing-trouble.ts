import { codeOf, statusByCode } from '@mcp/grpc';

/**
 * Whether what could not be done for nobody's call may go well at the next look: the state behind it may be another then. An error that has no
 * code is a fault of ours, and is no reason to give up what somebody asked for.
 */
export function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === 'INTERNAL' || code === 'REVISION_MISMATCH' || statusByCode[code]?.retryAfterMs !== undefined
  );
}
