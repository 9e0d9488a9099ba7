import type { ReleaseRange } from './release.js';

/**
 * `legacy`: the proxy's own encoder, which names a family as its samples are. `client`: the one of prometheus-client, which leaves `_total` out of
 * HELP and TYPE, prints bounds as floats, and ends the page.
 */
export type Encoder = 'legacy' | 'client';

interface OfEachFamily extends ReleaseRange {
  /** As HELP and TYPE print it. */
  readonly name: string;
  readonly encoder: Encoder;
  readonly help: string;
  /** Series without an event for ten minutes, and without an open connection, are dropped. */
  readonly expires?: true;
}

export interface ValueFamily extends OfEachFamily {
  readonly type: 'counter' | 'gauge';
}

export interface HistogramFamily extends OfEachFamily {
  readonly type: 'histogram';
  /** In the family's own unit, ascending, without Infinity. */
  readonly bounds: readonly number[];
  /** How many of the family's units a millisecond is. */
  readonly perMs: number;
}

export type Family = ValueFamily | HistogramFamily;

const help = {
  request_total: 'Total count of HTTP requests.',
  response_total: 'Total count of HTTP responses.',
  tcp_open_total: 'Total count of opened connections',
  tcp_open_connections: 'Number of currently-open connections',
  tcp_close_total: 'Total count of closed connections',
  tcp_read_bytes_total: 'Total count of bytes read from peers',
  tcp_write_bytes_total: 'Total count of bytes written to peers',
  inbound_http_authz_allow_total: 'The total number of inbound HTTP requests that were authorized',
  inbound_http_authz_deny_total:
    'The total number of inbound HTTP requests that could not be processed due to being denied by policy',
  inbound_tcp_authz_allow_total: 'The total number of inbound TCP connections that were authorized',
  inbound_tcp_authz_deny_total: 'The total number of inbound TCP connections that were denied',
} as const;

const legacy = (name: keyof typeof help, rest: Partial<ValueFamily> = {}): ValueFamily => ({
  name,
  encoder: 'legacy',
  type: 'counter',
  help: help[name],
  ...rest,
});

const transport = (name: keyof typeof help): ValueFamily => legacy(name, { expires: true });

const client = (name: string, helped: string, rest: Partial<ValueFamily> = {}): ValueFamily => ({
  name,
  encoder: 'client',
  type: 'counter',
  help: helped,
  ...rest,
});

const duration = (name: string, bounds: readonly number[], range: ReleaseRange): HistogramFamily => ({
  name,
  encoder: 'client',
  type: 'histogram',
  help: 'The time between request initialization and response completion.',
  bounds,
  perMs: 1 / 1000,
  ...range,
});

/** Ten in each decade from 1 ms to 50 s, but for those that are left out. */
const latencyBounds = [1, 2, 3, 4, 5, ...[10, 100, 1000].flatMap((u) => [1, 2, 3, 4, 5].map((n) => n * u))];

/** Of the families that a proxy has, those that this mesh gives cause for. */
export const families = {
  requests: legacy('request_total', { expires: true }),
  responses: legacy('response_total', { expires: true }),
  latency: {
    name: 'response_latency_ms',
    encoder: 'legacy',
    type: 'histogram',
    help: 'Elapsed times between a request’s headers being received and its response stream completing',
    expires: true,
    bounds: [...latencyBounds, 10_000, 20_000, 30_000, 40_000, 50_000],
    perMs: 1,
  },
  opened: transport('tcp_open_total'),
  open: legacy('tcp_open_connections', { type: 'gauge', expires: true }),
  closed: transport('tcp_close_total'),
  read: transport('tcp_read_bytes_total'),
  written: transport('tcp_write_bytes_total'),
  httpAllowed: legacy('inbound_http_authz_allow_total'),
  httpDenied: legacy('inbound_http_authz_deny_total'),
  tcpAllowed: legacy('inbound_tcp_authz_allow_total'),
  tcpDenied: legacy('inbound_tcp_authz_deny_total'),
  backendRequests: client(
    'outbound_http_route_backend_requests',
    'The total number of requests dispatched to a backend',
  ),
  routeStatuses: client('outbound_http_route_request_statuses', 'Completed request-response streams', {
    since: '2.16',
  }),
  backendStatuses: client('outbound_http_route_backend_response_statuses', 'Completed responses', {
    since: '2.16',
  }),
  routeDuration: duration('outbound_http_route_request_duration_seconds', [0.05, 0.5, 1, 10], {
    since: '2.16',
  }),
  backendDuration: duration(
    'outbound_http_route_backend_response_duration_seconds',
    [0.025, 0.05, 0.1, 0.25, 0.5, 1, 10],
    { since: '2.16' },
  ),
  balancerEndpoints: client('outbound_http_balancer_endpoints', 'The number of endpoints in the balancer', {
    type: 'gauge',
  }),
  protocolConnections: client(
    'outbound_tcp_protocol_connections',
    'The number of TCP connections by protocol',
    { since: '2.18' },
  ),
  tcpRouteOpen: client('outbound_tcp_route_open', 'The total number of connections opened', {
    since: '2.17',
  }),
  tcpRouteClose: client('outbound_tcp_route_close', 'The total number of connections closed', {
    since: '2.17',
  }),
  inboundHttpRequests: client('inbound_http_requests', 'The total number of requests', { since: '2.19' }),
  inboundGrpcRequests: client('inbound_grpc_requests', 'The total number of requests', { since: '2.19' }),
  inboundHttpStatuses: client('inbound_http_statuses', 'Completed responses', { since: '2.20' }),
  inboundGrpcStatuses: client('inbound_grpc_statuses', 'Completed responses', { since: '2.20' }),
  certificate: client('control_identity_cert_expiration_timestamp_seconds', 'Until the certificate ends', {
    type: 'gauge',
    since: '2.16',
  }),
  certificateOf215: client('identity_cert_expiration_timestamp_seconds', 'Until the certificate ends', {
    type: 'gauge',
    until: '2.15',
  }),
  build: client('proxy_build_info', 'Proxy build info', { type: 'gauge' }),
  processStart: client('process_start_time_seconds', 'Time that the process started', { type: 'gauge' }),
} as const satisfies Record<string, Family>;
