import type { RouteCounters } from './counters.js';
import { counterFamily, type Family, type Labels, type Sample } from './exposition.js';
import { clientPolicyLabels, clientRouteLabels, named } from './labels.js';
import type { SimulatedProxy } from './proxy.js';
import { proxyFacts } from './proxy-facts.js';

/**
 * What the client library of Prometheus prints in a proxy: names behind TYPE lack their `_total`.
 * Source: linkerd2-proxy linkerd/app/outbound/src/http/logical/policy/route/metrics.rs, linkerd/app/inbound/src/http (read at 29637b6).
 */
export function clientFamilies(proxy: SimulatedProxy, at: number): readonly Family[] {
  return [...routeFamilies(proxy), ...inboundFamilies(proxy), ...ownFamilies(proxy, at)];
}

function routeFamilies(proxy: SimulatedProxy): readonly Family[] {
  const of = (protocol: string) => [...proxy.routes].filter((route) => route.protocol === protocol);
  const http = of('http').map(({ parent, route, requests, endings }) => ({
    parent,
    requests,
    labels: { ...clientPolicyLabels('parent', parent), ...clientRouteLabels(route) },
    backend: clientPolicyLabels('backend', parent),
    endings: [...endings],
  }));
  const behind = http.filter(({ parent }) => parent.kind === 'Service');
  return [
    counterFamily(
      'outbound_http_route_request_statuses',
      'Completed request-response streams.',
      http.flatMap(({ labels, endings }) =>
        endings.map(([status, count]) =>
          total({ ...labels, hostname: '', http_status: status, error: '' }, count.value),
        ),
      ),
    ),
    counterFamily(
      'outbound_http_route_backend_requests',
      'The total number of requests dispatched.',
      behind.map(({ labels, backend, requests }) => total({ ...labels, ...backend }, requests.value)),
    ),
    counterFamily(
      'outbound_http_route_backend_response_statuses',
      'Completed responses.',
      behind.flatMap(({ labels, backend, endings }) =>
        endings.map(([status, count]) =>
          total({ ...labels, ...backend, http_status: status, error: '' }, count.value),
        ),
      ),
    ),
    ...(['tcp', 'tls'] as const).flatMap((protocol) => connectionFamilies(protocol, of(protocol))),
  ];
}

function connectionFamilies(protocol: 'tcp' | 'tls', routes: readonly RouteCounters[]): readonly Family[] {
  const labelled = routes.map(({ parent, route, requests, endings }) => {
    const place = protocol === 'tcp' ? { target_ip: '', target_port: parent.port } : { hostname: '' };
    const labels = { ...clientPolicyLabels('parent', parent), ...clientRouteLabels(route), ...place };
    return { labels, requests, endings: [...endings] };
  });
  return [
    counterFamily(
      `outbound_${protocol}_route_open`,
      'The total number of connections opened.',
      labelled.map(({ labels, requests }) => total(labels, requests.value)),
    ),
    counterFamily(
      `outbound_${protocol}_route_close`,
      'The total number of connections closed.',
      labelled.flatMap(({ labels, endings }) =>
        endings.map(([error, count]) => total({ ...labels, error }, count.value)),
      ),
    ),
  ];
}

/** Under the names of gRPC where a route is one of gRPC, which it is on a Server that says so. */
function inboundFamilies({ inbound }: SimulatedProxy): readonly Family[] {
  const counted = { http: new Map<string, Counted>(), grpc: new Map<string, Counted>() };
  for (const { place, letIn } of inbound)
    for (const { route, requests, answers } of letIn.values()) {
      if (route === undefined) continue;
      const port = { parent_port: String(place.port) };
      const labels = { ...named('parent', place.server), ...port, ...named('route', route) };
      const grpc = route.kind === 'GRPCRoute';
      const all = grpc ? counted.grpc : counted.http;
      const key = JSON.stringify(labels);
      const known = all.get(key) ?? { labels, requests: 0, statuses: new Map<string, number>() };
      all.set(key, known);
      known.requests += requests.value;
      for (const { status, count } of answers.counts) {
        const code = grpc ? status.grpcStatus : status.statusCode;
        known.statuses.set(code, (known.statuses.get(code) ?? 0) + count.value);
      }
    }
  return Object.entries(counted).flatMap(([protocol, all]) => [
    counterFamily(
      `inbound_${protocol}_requests`,
      'The total number of requests.',
      [...all.values()].map(({ labels, requests }) => total(labels, requests)),
    ),
    counterFamily(
      `inbound_${protocol}_statuses`,
      'Completed responses.',
      [...all.values()].flatMap(({ labels, statuses }) =>
        [...statuses].map(([status, count]) => total({ ...labels, status }, count)),
      ),
    ),
  ]);
}

interface Counted {
  readonly labels: Labels;
  requests: number;
  readonly statuses: Map<string, number>;
}

function ownFamilies(proxy: SimulatedProxy, at: number): readonly Family[] {
  const { version = '', certificateMs } = proxyFacts(proxy, at);
  const gauge = (name: string, help: string, value: number, labels: Labels = {}): Family => ({
    name,
    type: 'gauge',
    help,
    samples: [{ labels, value }],
  });
  return [
    gauge(
      'process_start_time_seconds',
      'Time that the process started (in seconds since the UNIX epoch)',
      proxy.startedAt / 1000,
    ),
    gauge('proxy_build_info', 'Proxy build info', 1, {
      date: '',
      git_sha: '',
      profile: 'release',
      vendor: 'linkerd-mcp simulated mesh',
      version,
    }),
    gauge(
      'control_identity_cert_expiration_timestamp_seconds',
      'Time when the mTLS identity certificate of this proxy will expire (in seconds since the UNIX epoch)',
      (at + certificateMs) / 1000,
    ),
  ];
}

function total(labels: Labels, value: number): Sample {
  return { suffix: '_total', labels, value };
}
