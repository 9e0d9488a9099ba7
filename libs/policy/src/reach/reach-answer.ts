import type { ProxyProtocol, WorkloadRef } from '@mcp/mesh';
import type { Access, AccessPart, Reach } from '../answers/access.js';
import type { AddressRange } from './address-classes.js';
import type { Client } from '../question.js';
import type {
  AuthorizationRef,
  Boundary,
  Decision,
  Refusal,
  RouteRef,
  ServerRef,
  UnknownCode,
  Verdict,
} from '../verdict.js';

/** Who reaches what: plain data. The rows are worked out one by one, as they are taken. */
export interface Reachability {
  /** Rows say who by the place in this list. The clients of one workload stand together. */
  readonly clients: readonly ReachClient[];
  readonly rows: Iterable<ReachRow>;
}

/** What no rule in question tells apart. */
export type ReachClient =
  | {
      readonly kind: 'workload';
      readonly workload: WorkloadRef;
      /** Which of its pod groups, by place; `shapeless` for the pods of which it is not known what they are. */
      readonly group: PodGroup;
      /** Of those of its pods that are meant. Empty where they are not known. A pod that has two may be meant twice. */
      readonly addresses: readonly string[];
    }
  | {
      readonly kind: 'unmeshed';
      /** Undefined where the cluster networks are not known. */
      readonly inCluster: boolean | undefined;
      readonly addresses: readonly AddressRange[];
    }
  /** Any meshed pod that would run as it: none is known to. Its address is not known. */
  | { readonly kind: 'service-account'; readonly namespace: string; readonly name: string }
  /** The client that the question describes. */
  | { readonly kind: 'asked'; readonly tls: Client['tls']; readonly address: string | undefined };

export type PodGroup = number | 'shapeless';

/** One port of the pods of a workload that answer alike. */
export interface ReachRow {
  readonly workload: WorkloadRef;
  readonly groups: readonly PodGroup[];
  /** Undefined for pods of which it is not known which ports they have. */
  readonly port: number | undefined;
  /** As in a decision. */
  readonly server?: ServerRef;
  readonly protocol?: ProxyProtocol;
  /** Every client is in exactly one of them. */
  readonly answers: readonly { readonly answer: ReachAnswer; readonly clients: readonly ClientRange[] }[];
}

/** Places in the list of clients, both included. */
export interface ClientRange {
  readonly first: number;
  readonly last: number;
}

/** An answer by the rule that gives it. */
export type ReachAnswer =
  | { readonly asked: 'request'; readonly rule: ReachRule }
  | { readonly asked: 'any'; readonly reach: Reach; readonly parts: readonly ReachPart[] };

export interface ReachPart extends Pick<AccessPart, 'what' | 'mayBeEmpty'> {
  readonly rule: ReachRule;
}

/** A decision, with what it hangs on and nothing else. */
export interface ReachRule {
  readonly verdict: Verdict;
  readonly refusal?: Refusal;
  readonly boundary?: Boundary;
  readonly route?: RouteRef;
  readonly authorizedBy?: AuthorizationRef;
  /** Each code once. */
  readonly unknown: readonly UnknownCode[];
}

export function answerToAny({ reach, parts }: Access): ReachAnswer {
  return {
    asked: 'any',
    reach,
    parts: parts.map(({ what, mayBeEmpty, decision }) => ({ what, mayBeEmpty, rule: ruleOf(decision) })),
  };
}

export function answerToRequest(decision: Decision): ReachAnswer {
  return { asked: 'request', rule: ruleOf(decision) };
}

function ruleOf({ verdict, refusal, boundary, route, authorizedBy, unknown }: Decision): ReachRule {
  return {
    verdict,
    ...(refusal && { refusal }),
    ...(boundary && { boundary }),
    ...(route && { route }),
    ...(authorizedBy && { authorizedBy }),
    unknown: [...new Set(unknown.map(({ code }) => code))],
  };
}
