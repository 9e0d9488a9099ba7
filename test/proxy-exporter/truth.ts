import type { ClientSeen, PolicySeen, Refusal, TrafficEnd } from '@mcp/mesh';
import type { Flow } from './mesh/flow.js';
import type { SyntheticPod } from './mesh/pods.js';

/** What really happened since the generator began, whatever became of the proxies' counters. Counts are exact. */
export interface Truth {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly startedAt: number;
  readonly flows: readonly FlowTruth[];
  readonly decisions: readonly DecisionTruth[];
  readonly proxies: readonly ProxyTruth[];
}

export interface FlowTruth {
  readonly flow: string;
  /** Two flows may be of one edge. */
  readonly source: TrafficEnd;
  readonly destination: TrafficEnd;
  /** Of the endpoint. */
  readonly port: number;
  /** Pods whose proxies count it; absent where there is none. */
  readonly clientPod?: string;
  readonly serverPod?: string;
  readonly protocol: 'http' | 'grpc' | 'tcp';
  /** It goes by mesh TLS now. */
  readonly overMesh: boolean;
  readonly counts: FlowCounts;
  /** At the present pace, in real time. */
  readonly perSecond: FlowRates;
  readonly openConnections: number;
  readonly latency?: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number };
}

export interface FlowCounts {
  /** Responses, by the classification of the proxy. */
  readonly success: number;
  readonly failure: number;
  /** Responses by mesh TLS, of all. */
  readonly overMesh: number;
  readonly opened: number;
  readonly closed: number;
  readonly writtenBytes: number;
  readonly readBytes: number;
}

export type FlowRates = Omit<FlowCounts, 'overMesh' | 'closed'>;

/** One key of the decisions of a server's proxy. */
export interface DecisionTruth {
  readonly pod: string;
  readonly namespace: string;
  readonly what: 'allowed' | Refusal;
  readonly protocol: 'http' | 'tcp';
  readonly server: PolicySeen;
  readonly port: number;
  /** Of HTTP. */
  readonly route?: PolicySeen;
  /** Of what was allowed or audited. */
  readonly authorization?: PolicySeen;
  readonly client: ClientSeen;
  readonly count: number;
}

export interface ProxyTruth {
  readonly namespace: string;
  readonly pod: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly version: string;
}

const workloadEnd = ({ namespace, workload }: SyntheticPod): TrafficEnd => ({
  kind: 'workload',
  workload: { namespace, ...workload },
});

/** As telemetry can tell it: a client without a proxy has no name. */
export const sourceOf = ({ client }: Flow): TrafficEnd =>
  client.kind === 'pod' && client.pod.meshed ? workloadEnd(client.pod) : { kind: 'unmeshed' };

export function destinationOf({ endpoint }: Flow): TrafficEnd {
  switch (endpoint.kind) {
    case 'pod':
      return workloadEnd(endpoint.pod);
    case 'external':
      return { kind: 'external' };
    case 'mirrored': {
      const { mirrorOf } = endpoint.service.service;
      if (mirrorOf === undefined) throw new Error('a mirrored endpoint is of a mirror');
      const { cluster, namespace, name } = mirrorOf;
      return { kind: 'mirrored', cluster, namespace, name };
    }
  }
}
