import type { PolicySeen } from '@mcp/mesh';
import type { Latency } from '../page/latency.js';
import type { SyntheticPod } from './pods.js';
import type { SyntheticService } from './services.js';

/** One kind of call between two places, at a steady rate. */
export interface Flow {
  readonly name: string;
  readonly client: { readonly kind: 'pod'; readonly pod: SyntheticPod } | { readonly kind: 'kubelet' };
  readonly endpoint: Endpoint;
  /** Absent where no proxy of this mesh serves it. */
  readonly served?: Served;
  /** Absent of what is not HTTP. */
  readonly requests?: Requests;
  readonly connections: Connections;
}

export type Endpoint =
  /** Without `service`, the pod's address is dialled. */
  | {
      readonly kind: 'pod';
      readonly pod: SyntheticPod;
      readonly port: number;
      readonly service?: Dialled;
    }
  | { readonly kind: 'mirrored'; readonly service: Dialled; readonly ip: string; readonly port: number }
  | { readonly kind: 'external'; readonly ip: string; readonly port: number };

export interface Dialled {
  readonly service: SyntheticService;
  readonly port: number;
}

export interface Requests {
  readonly protocol: 'http' | 'grpc';
  readonly outcomes: readonly Outcome[];
  readonly latency: Latency;
}

export interface Outcome {
  readonly perSecond: number;
  readonly status: number;
  /** Code in the trailer. */
  readonly grpc?: number;
}

export interface Connections {
  /** Open from the beginning, which is before anything else counts connections than the transport. */
  readonly held: number;
  /** Opened anew, and one closed for each. */
  readonly perSecond: number;
  readonly writtenPerSecond: number;
  readonly readPerSecond: number;
}

/** What the server's proxy makes of it. */
export interface Served {
  readonly server: PolicySeen;
  readonly route: PolicySeen;
  /** The Server says that its port speaks gRPC. */
  readonly grpc: boolean;
  /** Undefined: denied. */
  readonly authorization: PolicySeen | undefined;
  /** What the proxy names as its address where that is not the pod's. */
  readonly address?: string;
}

/** UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const grpcFailures = new Set([2, 4, 7, 13, 14, 15]);

/** As the proxy classifies a response where no ServiceProfile says otherwise. */
export const isFailure = ({ status, grpc }: Outcome): boolean =>
  grpc === undefined ? status >= 500 : grpcFailures.has(grpc);
