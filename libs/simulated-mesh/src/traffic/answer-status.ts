import type { AnswerStatus } from './counters.js';
import type { ProxyDecision } from './decider.js';
import type { HttpExchange } from './flow.js';

/** Whether the proxy lets a call through. What is unknown it does not. */
export function letsIn({ verdict }: ProxyDecision): boolean {
  return verdict === 'allow' || verdict === 'audit' || verdict === 'not-enforced';
}

/** What the server of the flow answers. */
export function answerOf({ grpc }: HttpExchange, failed: boolean): AnswerStatus {
  const classification = failed ? 'failure' : 'success';
  return grpc
    ? { statusCode: '200', grpcStatus: failed ? '14' : '0', classification }
    : { statusCode: failed ? '503' : '200', grpcStatus: '', classification };
}

/**
 * What the proxy of the server answers in its place. A denial counts as success of HTTP, and as failure of gRPC.
 * Source: linkerd2-proxy linkerd/app/inbound/src/http/server.rs, linkerd/app/core/src/classify.rs (read at 29637b6).
 */
export function refusalOf({ grpc }: HttpExchange, { refusal }: ProxyDecision): AnswerStatus {
  const notFound = refusal === 'route-not-found';
  if (!grpc) return { statusCode: notFound ? '404' : '403', grpcStatus: '', classification: 'success' };
  return notFound
    ? { statusCode: '200', grpcStatus: '5', classification: 'success' }
    : { statusCode: '200', grpcStatus: '7', classification: 'failure' };
}
