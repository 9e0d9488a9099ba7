import type { PolicySeen } from '@mcp/mesh';
import type { Flow, Requests, Served } from '../mesh/flow.js';
import type { SyntheticPod } from '../mesh/pods.js';
import { families } from '../page/family.js';
import type { Labels } from '../page/labels.js';
import { covers, type Release } from '../page/release.js';
import { authorityOf, clientTls, loopback, target } from './endpoint-labels.js';
import { type FlowEvent, mirroredBytes, type Moment, type Responded } from './flow-event.js';
import type { Proxy } from './proxy.js';

/** What the server's proxy counts of an event; nothing but the denial of what it denies. */
export function countAtServer(
  proxy: Proxy,
  flow: Flow,
  served: Served,
  event: FlowEvent,
  { overMesh, at }: Moment,
): void {
  const port = portLabels(proxy, flow, served);
  const tls = clientTls(flow, overMesh);
  if (flow.requests === undefined) {
    countDecision(proxy, served, { ...port.target, ...port.server }, tls, event, at);
    if (served.authorization === undefined) return;
  }
  const transport = { direction: 'inbound', peer: 'src', ...port.target, ...tls, ...port.server };
  proxy.countTransport(transport, mirroredBytes(event), at);
  if (event.kind !== 'responded' || flow.requests === undefined) return;
  countRequests(proxy, flow, flow.requests, served, event, { ...port, tls }, at);
}

/** The proxy dials its own app, once in a while. */
export function countToOwnApp(proxy: Proxy, event: FlowEvent, at: number): void {
  proxy.countTransport({ direction: 'inbound', peer: 'dst', ...loopback }, event, at);
}

interface PortLabels {
  readonly authority: Labels;
  readonly target: Labels;
  readonly server: Labels;
}

function portLabels({ pod, release }: Proxy, flow: Flow, { server, address }: Served): PortLabels {
  const { port } = flow.endpoint;
  return {
    authority: covers({ until: '2.17' }, release) ? { authority: authorityAt(flow, pod) } : {},
    target: target(address ?? pod.ip, port),
    server: { ...prefixed('srv', server), ...serverPort(port, release) },
  };
}

const serverPort = (port: number, release: Release): Labels =>
  covers({ since: '2.18' }, release) ? { srv_port: String(port) } : {};

function authorityAt({ endpoint }: Flow, pod: SyntheticPod): string {
  return endpoint.kind === 'pod' && endpoint.service !== undefined
    ? authorityOf(endpoint.service)
    : `${pod.ip}:${endpoint.port}`;
}

function countRequests(
  proxy: Proxy,
  flow: Flow,
  { protocol }: Requests,
  served: Served,
  event: Responded,
  labels: PortLabels & { readonly tls: Labels },
  at: number,
): void {
  const { registry } = proxy;
  const route = prefixed('route', served.route);
  const decided = { ...labels.target, ...labels.server, ...route };
  if (served.authorization === undefined) {
    registry.add(families.httpDenied, { ...decided, ...labels.tls }, event.n, at);
    return;
  }
  const authorization = prefixed('authz', served.authorization);
  registry.add(families.httpAllowed, { ...decided, ...authorization, ...labels.tls }, event.n, at);
  const { authority, tls, server } = labels;
  const endpoint = { ...authority, ...labels.target, ...tls, ...server, ...route, ...authorization };
  proxy.countResponses({ direction: 'inbound', ...endpoint }, flow.requests, event, at);
  const parent = { ...prefixed('parent', served.server), parent_port: String(flow.endpoint.port), ...route };
  const grpc = protocol === 'grpc' && served.grpc;
  const { outcome, n } = event;
  const status = String(grpc ? (outcome.grpc ?? 2) : outcome.status);
  registry.add(grpc ? families.inboundGrpcRequests : families.inboundHttpRequests, parent, n, at);
  registry.add(
    grpc ? families.inboundGrpcStatuses : families.inboundHttpStatuses,
    { ...parent, status },
    n,
    at,
  );
}

/** Of a connection that is not HTTP. */
function countDecision(
  { registry }: Proxy,
  { authorization }: Served,
  port: Labels,
  tls: Labels,
  event: FlowEvent,
  at: number,
): void {
  if (event.kind !== 'opened' || event.first) return;
  if (authorization === undefined) registry.add(families.tcpDenied, { ...port, ...tls }, event.n, at);
  else
    registry.add(families.tcpAllowed, { ...port, ...prefixed('authz', authorization), ...tls }, event.n, at);
}

const prefixed = (prefix: string, { group, kind, name }: PolicySeen): Labels => ({
  [`${prefix}_group`]: group,
  [`${prefix}_kind`]: kind,
  [`${prefix}_name`]: name,
});
