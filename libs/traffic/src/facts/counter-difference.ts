import type { ClientSeen, EdgeProtocol, PolicySeen, Refusal, WorkloadRef } from '@mcp/mesh';
import { formatClientSeen } from '@mcp/mesh';
import type { CountersAsked, CounterSeen } from '@mcp/sources';
import type { CountedProxy } from './counted-proxy.js';

/** By how much one counter of one proxy rose since the proxy was last compared. */
export interface CounterDifference {
  readonly workload: WorkloadRef;
  readonly what: 'allowed' | Refusal;
  readonly protocol: EdgeProtocol;
  readonly port: number;
  readonly server: PolicySeen;
  readonly route?: PolicySeen;
  readonly client: ClientSeen;
  /** At least 1. */
  readonly count: number;
}

export interface CounterPoll {
  readonly at: number;
  readonly proxies: Iterable<CountedProxy>;
  /** False where the source says that it knows only a part: then a counter that is absent may be above 0. */
  readonly whole: boolean;
  /** Counters that could not be read: that they are absent says nothing. What they count meanwhile is in the next difference. */
  readonly unread?: readonly CountersAsked[];
}

export interface DifferenceLimits {
  /** How long a proxy that is not seen is remembered. */
  readonly retentionMs: number;
  readonly mostSeries: number;
}

export const defaultDifferenceLimits: DifferenceLimits = {
  retentionMs: 24 * 3_600_000,
  mostSeries: 500_000,
};

/** Why counters were not compared; each counts them over all polls. */
export interface NotCompared {
  /** First seen on a proxy that had been counting before: how much of it is new is not known. */
  unknownBefore: number;
  /** Sums over several scrapes of one proxy. */
  duplicated: number;
  /** Older than what was compared already. */
  behind: number;
  /** Not a count. */
  invalid: number;
  tooMany: number;
}

export function differenceOf(workload: WorkloadRef, row: CounterSeen, count: number): CounterDifference {
  const { what, protocol, port, server, route, client } = row;
  return { workload, what, protocol, port, server, ...(route !== undefined && { route }), client, count };
}

/** Of one counter within its proxy. Names of objects have no spaces, and the client comes last. */
export function nameOf({ what, protocol, port, server, route, authorization, client }: CounterSeen): string {
  return `${what} ${protocol} ${port} ${policyName(server)} ${policyName(route)} ${policyName(authorization)} ${formatClientSeen(client)}`;
}

/** Those that are read together, and so are unread together. */
export function readTogether({ what, protocol }: Pick<CounterSeen, 'what' | 'protocol'>): string {
  return `${what === 'audited' ? 'allowed' : what} ${protocol}`;
}

function policyName(policy: PolicySeen | undefined): string {
  return policy === undefined ? '' : `${policy.group}:${policy.kind}:${policy.name}`;
}
