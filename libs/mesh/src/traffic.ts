import type { WorkloadRef } from './workload-ref.js';
import { formatWorkloadRef } from './workload-ref.js';

/** Who or what is at one end of a call, as far as telemetry and the cluster's objects tell. */
export type TrafficEnd =
  | { readonly kind: 'workload'; readonly workload: WorkloadRef }
  /** A client of which only the mesh identity is known: of another cluster, a gateway, or one that several workloads run as. */
  | { readonly kind: 'identity'; readonly identity: string }
  /** Clients without mesh TLS: nothing tells who they are, so all of them are one. */
  | { readonly kind: 'unmeshed' }
  /** Places out of the cluster; all of them are one, but for those that an EgressNetwork names. */
  | {
      readonly kind: 'external';
      readonly egressNetwork?: { readonly namespace: string; readonly name: string };
    }
  /** A Service of another cluster that is mirrored here. */
  | { readonly kind: 'mirrored'; readonly cluster: string; readonly namespace: string; readonly name: string }
  /** Telemetry names something that the log does not know; in the words of the telemetry. */
  | { readonly kind: 'unknown'; readonly named: string };

/**
 * One text for one end: `shop/Deployment/web`, `identity:…`, `unmeshed`, `external`, `external:<namespace>/<name>`,
 * `mirrored:<cluster>/<namespace>/<name>`, `unknown:…`. No two ends have the same.
 */
export function formatTrafficEnd(end: TrafficEnd): string {
  switch (end.kind) {
    case 'workload':
      return formatWorkloadRef(end.workload);
    case 'identity':
      return `identity:${end.identity}`;
    case 'unmeshed':
      return 'unmeshed';
    case 'external':
      return end.egressNetwork === undefined
        ? 'external'
        : `external:${end.egressNetwork.namespace}/${end.egressNetwork.name}`;
    case 'mirrored':
      return `mirrored:${end.cluster}/${end.namespace}/${end.name}`;
    case 'unknown':
      return `unknown:${end.named}`;
  }
}

/** What names an edge. `port` is the one that the endpoint itself listens on. */
export interface EdgeId {
  readonly source: TrafficEnd;
  readonly destination: TrafficEnd;
  readonly port: number;
}

/** `<source>><destination>:<port>`; neither end has a `>`. */
export function formatEdgeId({ source, destination, port }: EdgeId): string {
  return `${formatTrafficEnd(source)}>${formatTrafficEnd(destination)}:${port}`;
}

/**
 * How the calls of an edge travel, over all that was seen of them.
 * `mtls`: all by mesh TLS. `plaintext`: none encrypted by the mesh. `mixed`: some of both. `opaque`: TLS of the client's own, which the mesh
 * passes through. `unknown`: telemetry does not say.
 */
export const edgeSecurities = ['mtls', 'plaintext', 'mixed', 'opaque', 'unknown'] as const;
export type EdgeSecurity = (typeof edgeSecurities)[number];

export const edgeProtocols = ['http', 'tcp'] as const;
/** `http` also of gRPC. `tcp`: connections were seen, and no requests in them. */
export type EdgeProtocol = (typeof edgeProtocols)[number];

/** Whose telemetry shows an edge: the client's own proxy, or the server's, where no client's proxy explains it. */
export const edgeEvidences = ['client', 'server'] as const;
export type EdgeEvidence = (typeof edgeEvidences)[number];

/** Who the proxy of a server took its client for: the identity that it proved, or a class of those that proved none. */
export type ClientSeen =
  | { readonly kind: 'identity'; readonly identity: string }
  /** No mesh TLS. */
  | { readonly kind: 'unmeshed' }
  /** Mesh TLS without a client identity, or telemetry that does not say. */
  | { readonly kind: 'unidentified' };

/** `identity:…`, `unmeshed` or `unidentified`. */
export function formatClientSeen(client: ClientSeen): string {
  return client.kind === 'identity' ? `identity:${client.identity}` : client.kind;
}

/** An object that a proxy names in its telemetry, or one of Linkerd's defaults: then `kind` is `default` and `group` empty. */
export interface PolicySeen {
  readonly group: string;
  /** As the proxy writes it, for example `server`, `authorizationpolicy`, `HTTPRoute`, `default`. */
  readonly kind: string;
  readonly name: string;
}

/** What the proxy of a server did with a request or connection; `egress-denied`: the proxy of a client. */
export const refusals = [
  'denied',
  'terminated',
  'rate-limited',
  'route-not-found',
  'audited',
  'egress-denied',
] as const;
/**
 * `denied`: no authorization admitted it. `terminated`: an open connection was cut when policy changed. `rate-limited`: over a limit.
 * `route-not-found`: no route of the Server took it. `audited`: let in by audit mode only, or by a policy beside it; an upper bound.
 * `egress-denied`: an EgressNetwork did not let it out of the cluster. The workload is the one that called, and there is no other client.
 */
export type Refusal = (typeof refusals)[number];

/**
 * What was measured of one edge over one window. An absent field is not known, which is not 0; no field is ever NaN or infinite.
 * Rates are per second, latencies in milliseconds, shares from 0 to 1.
 */
export interface EdgeSample {
  /** Responses by the proxy's classification: HTTP 5xx and some gRPC codes are failures. A denial of HTTP counts as success. */
  readonly successPerSecond?: number;
  readonly failurePerSecond?: number;
  readonly startedPerSecond?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** How much of the traffic went by mesh TLS. */
  readonly mtlsShare?: number;
  readonly openConnections?: number;
  readonly openedPerSecond?: number;
  /** Connections that closed with an error. */
  readonly failedConnectionsPerSecond?: number;
  readonly writtenBytesPerSecond?: number;
  readonly readBytesPerSecond?: number;
}
