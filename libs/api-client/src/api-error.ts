import { status, type ServiceError } from '@grpc/grpc-js';
import { ErrorInfo, RetryInfo, RpcStatus } from '@mcp/contracts';

/** The API refused, or could not be asked. The message is one line for people. */
export class ApiError extends Error {
  readonly code = 'API_ERROR';
  constructor(
    message: string,
    /** As gRPC names it, such as NOT_FOUND. */
    readonly status: string,
    /** As the API names it, such as WORKLOAD_NOT_FOUND; absent where something else answered, or nothing. */
    readonly reason: string | undefined,
    /** After what time to ask again, where that helps. */
    readonly retryAfterMs: number | undefined,
    cause: Error,
  ) {
    super(message, { cause });
  }
}

/** A failed call, with the details that the API sends. */
export function apiError(error: ServiceError, target: string, timeoutMs: number): ApiError {
  const name = status[error.code];
  const { reason, retryAfterMs } = detailsOf(error);
  return new ApiError(messageOf(error, reason, target, timeoutMs), name, reason, retryAfterMs, error);
}

function messageOf(
  error: ServiceError,
  reason: string | undefined,
  target: string,
  timeoutMs: number,
): string {
  if (error.code === status.UNAUTHENTICATED)
    return `${error.details}: give one with --token-file or MCP_TOKEN`;
  if (reason !== undefined) return `${error.details} (${reason})`;
  switch (error.code) {
    case status.UNAVAILABLE:
      return `no mesh control plane answers at ${target}: see that it runs there and listens for plain text or TLS as you ask it (${error.details})`;
    case status.DEADLINE_EXCEEDED:
      return `${target} gave no answer within ${timeoutMs / 1_000} s: give it longer with --timeout`;
    case status.UNIMPLEMENTED:
      return `${target} does not have this call: it is older than the command, or another program (${error.details})`;
    default:
      return `${target}: ${error.details} (${status[error.code]})`;
  }
}

function detailsOf(error: ServiceError): { readonly reason?: string; readonly retryAfterMs?: number } {
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(encoded)) return {};
  let reason: string | undefined;
  let retryAfterMs: number | undefined;
  for (const { typeUrl, value } of RpcStatus.decode(encoded).details) {
    if (typeUrl.endsWith('/google.rpc.ErrorInfo')) ({ reason } = ErrorInfo.decode(value));
    if (typeUrl.endsWith('/google.rpc.RetryInfo')) {
      const { seconds = 0, nanos = 0 } = RetryInfo.decode(value).retryDelay ?? {};
      retryAfterMs = seconds * 1_000 + nanos / 1_000_000;
    }
  }
  return { ...(reason !== undefined && { reason }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
