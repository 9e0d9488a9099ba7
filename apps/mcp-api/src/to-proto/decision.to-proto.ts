import { type Decision as DecisionMessage, Reach, Refusal, Verdict } from '@mcp/contracts';
import type {
  Decision,
  Reach as PolicyReach,
  Refusal as PolicyRefusal,
  Verdict as PolicyVerdict,
} from '@mcp/policy';
import { decisionInWords } from '../policy-answers/in-words.js';
import { policyRefToProto } from './policy-ref.to-proto.js';

export function decisionToProto(decision: Decision): DecisionMessage {
  const { verdict, refusal, boundary, server, protocol, route, authorizedBy, rateLimit } = decision;
  return {
    verdict: verdictToProto[verdict],
    refusal: refusal === undefined ? Refusal.REFUSAL_UNSPECIFIED : refusalToProto[refusal],
    boundary: boundary ?? '',
    server: server && policyRefToProto(server),
    proxyProtocol: protocol ?? '',
    route: route && policyRefToProto(route),
    authorizedBy: authorizedBy && policyRefToProto(authorizedBy),
    creditedAnyOf: decision.creditedAnyOf.map(policyRefToProto),
    satisfied: decision.satisfied.map(policyRefToProto),
    rateLimit: rateLimit ?? '',
    unknown: decision.unknown.map(({ code, message }) => ({ code, message })),
    message: decisionInWords(decision),
  };
}

export const verdictToProto: Readonly<Record<PolicyVerdict, Verdict>> = {
  allow: Verdict.VERDICT_ALLOW,
  audit: Verdict.VERDICT_AUDIT,
  deny: Verdict.VERDICT_DENY,
  'not-enforced': Verdict.VERDICT_NOT_ENFORCED,
  unknown: Verdict.VERDICT_UNKNOWN,
};

export const refusalToProto: Readonly<Record<PolicyRefusal, Refusal>> = {
  unauthorized: Refusal.REFUSAL_UNAUTHORIZED,
  'route-not-found': Refusal.REFUSAL_ROUTE_NOT_FOUND,
  'protocol-mismatch': Refusal.REFUSAL_PROTOCOL_MISMATCH,
};

export const reachToProto: Readonly<Record<PolicyReach, Reach>> = {
  all: Reach.REACH_ALL,
  some: Reach.REACH_SOME,
  none: Reach.REACH_NONE,
  unknown: Reach.REACH_UNKNOWN,
  'not-enforced': Reach.REACH_NOT_ENFORCED,
};
