import type { WorkloadRef } from '@mcp/mesh';

/** Calls of one kind, which the pods of a workload make again and again. */
export interface Flow {
  readonly from: WorkloadRef;
  readonly to: FlowTarget;
  /** Of each pod that calls: so often in a second of real time, or so often in its life, as a job does. */
  readonly pace: { readonly perSecond: number } | { readonly perRun: number };
  readonly exchange: Exchange;
}

export type FlowTarget =
  /** `elsewhere`: where a Service leads that selects nothing by itself. */
  | {
      readonly kind: 'service';
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
      readonly elsewhere?: { readonly address: string; readonly port: number };
    }
  /** The admin port of each proxy; every one of them, at the pace of the flow. */
  | { readonly kind: 'proxies' }
  /** A place out of the cluster. */
  | { readonly kind: 'address'; readonly address: string; readonly port: number };

export type Exchange = HttpExchange | BytesExchange;

/** A request and its answer. */
export interface HttpExchange {
  readonly kind: 'http';
  readonly method: string;
  readonly path: string;
  readonly grpc: boolean;
  /** Of the answers that the server gives, so many are failures: from 0 to 1. */
  readonly failureShare: number;
  readonly medianMs: number;
}

/** Bytes that are not HTTP; to a place out of the cluster, TLS of the client's own. */
export interface BytesExchange {
  readonly kind: 'bytes';
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** All on one connection, which stays open; or else each on its own. */
  readonly kept: boolean;
}
