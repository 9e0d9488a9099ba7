import { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo, RpcStatus } from '@mcp/contracts';

export interface FieldViolation {
  /** Dotted, in the names of the proto file. */
  readonly field: string;
  readonly description: string;
}

/** The details of the standard error model that this API uses. */
export type Detail =
  | {
      readonly kind: 'reason';
      readonly code: string;
      readonly facts: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'fields'; readonly violations: readonly FieldViolation[] }
  | {
      readonly kind: 'precondition';
      readonly type: string;
      readonly subject: string;
      readonly description: string;
    }
  | { readonly kind: 'retry'; readonly afterMs: number };

/** The domain of every reason that this API gives. */
export const errorDomain = 'mcp.v1';

/** An encoded google.rpc.Status, for the trailer `grpc-status-details-bin`. */
export function statusDetails(code: number, message: string, details: readonly Detail[]): Buffer {
  return Buffer.from(RpcStatus.encode({ code, message, details: details.map(toAny) }).finish());
}

function toAny(detail: Detail): { readonly typeUrl: string; readonly value: Buffer } {
  switch (detail.kind) {
    case 'reason':
      return any(
        'ErrorInfo',
        ErrorInfo.encode({ reason: detail.code, domain: errorDomain, metadata: { ...detail.facts } }),
      );
    case 'fields':
      return any('BadRequest', BadRequest.encode({ fieldViolations: detail.violations }));
    case 'precondition': {
      const { type, subject, description } = detail;
      return any(
        'PreconditionFailure',
        PreconditionFailure.encode({ violations: [{ type, subject, description }] }),
      );
    }
    case 'retry': {
      const seconds = Math.floor(detail.afterMs / 1_000);
      const nanos = (detail.afterMs % 1_000) * 1_000_000;
      return any('RetryInfo', RetryInfo.encode({ retryDelay: { seconds, nanos } }));
    }
  }
}

function any(type: string, message: { finish(): Uint8Array }): { typeUrl: string; value: Buffer } {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value: Buffer.from(message.finish()) };
}
