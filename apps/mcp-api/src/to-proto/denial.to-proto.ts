import { CallerKind, type Denial, DenialKind, type SeenCaller, Verdict } from '@mcp/contracts';
import type { ClientSeen, Refusal } from '@mcp/mesh';
import type { Verdict as PolicyVerdict } from '@mcp/policy';
import type { RefusalSeen } from '@mcp/traffic';
import type { RefusedCaller } from '../traffic/refused-callers.js';
import { verdictToProto } from './decision.to-proto.js';
import { protocols } from './edge.to-proto.js';

/** `now`: what policy decides about it now; undefined where it is not asked. */
export function denialToProto(
  refusal: RefusalSeen,
  { runAs, edges, caller }: RefusedCaller,
  now: PolicyVerdict | undefined,
): Denial {
  const { what, workload, port, protocol, server, route, client, total, firstAt, lastAt } = refusal;
  return {
    kind: denialKinds[what],
    workload,
    port,
    protocol: protocols[protocol],
    server,
    route,
    client: seenCallerToProto(client),
    clientWorkloads: runAs,
    count: total,
    firstAt: new Date(firstAt),
    lastAt: new Date(lastAt),
    edges,
    caller,
    verdictNow: now === undefined ? Verdict.VERDICT_UNSPECIFIED : verdictToProto[now],
  };
}

export function seenCallerToProto(client: ClientSeen): SeenCaller {
  return client.kind === 'identity'
    ? { identity: client.identity, kind: CallerKind.CALLER_KIND_IDENTITY }
    : { identity: '', kind: callerKinds[client.kind] };
}

const callerKinds = {
  unmeshed: CallerKind.CALLER_KIND_UNMESHED,
  unidentified: CallerKind.CALLER_KIND_UNIDENTIFIED,
} as const;

export const denialKinds: Readonly<Record<Refusal, DenialKind>> = {
  denied: DenialKind.DENIAL_KIND_DENIED,
  terminated: DenialKind.DENIAL_KIND_TERMINATED,
  'rate-limited': DenialKind.DENIAL_KIND_RATE_LIMITED,
  'route-not-found': DenialKind.DENIAL_KIND_ROUTE_NOT_FOUND,
  audited: DenialKind.DENIAL_KIND_AUDITED,
  'egress-denied': DenialKind.DENIAL_KIND_EGRESS_DENIED,
};
