import type { Dialled, Flow } from '../mesh/flow.js';
import { families } from '../page/family.js';
import type { Labels } from '../page/labels.js';
import { covers } from '../page/release.js';
import { addressOf, authorityOf, dialledOf, loopback, outboundLabels, target } from './endpoint-labels.js';
import { type FlowEvent, mirroredBytes, type Moment, type Responded } from './flow-event.js';
import type { Proxy } from './proxy.js';

/** What the client's proxy counts of an event. */
export function countAtClient(proxy: Proxy, flow: Flow, event: FlowEvent, { overMesh, at }: Moment): void {
  const endpoint = outboundLabels(flow, overMesh, proxy.release);
  proxy.countTransport({ direction: 'outbound', peer: 'dst', ...endpoint }, event, at);
  proxy.countTransport(fromTheApp(flow), mirroredBytes(event), at);
  if (event.kind === 'responded') {
    proxy.countResponses({ direction: 'outbound', ...endpoint }, flow.requests, event, at);
    countRoute(proxy, flow, event, at);
  } else {
    countPolicyOfConnection(proxy, flow, event, at);
  }
}

/** The app dials its own proxy. */
function fromTheApp({ endpoint }: Flow): Labels {
  const dialled = dialledOf(endpoint);
  const [ip, port] =
    dialled === undefined ? [addressOf(endpoint), endpoint.port] : [dialled.service.clusterIp, dialled.port];
  return { direction: 'outbound', peer: 'src', ...target(ip, port), ...loopback };
}

function countRoute(
  { registry, release }: Proxy,
  { endpoint, requests }: Flow,
  { outcome, n }: Responded,
  at: number,
): void {
  if (requests === undefined) return;
  const dialled = dialledOf(endpoint);
  const route = { ...parentLabels(dialled, 'endpoint'), ...defaultRoute('http') };
  const named = covers({ since: '2.17', until: '2.17' }, release) && dialled !== undefined;
  const hostname = named ? { hostname: authorityOf(dialled) } : { hostname: '' };
  const status = { http_status: String(outcome.status), error: '' };
  registry.add(families.routeStatuses, { ...route, ...hostname, ...status }, n, at);
  registry.observe(families.routeDuration, { ...route, ...hostname }, n, requests.latency, at);
  if (dialled === undefined) return;
  const backend = { ...route, ...backendLabels(dialled) };
  registry.add(families.backendRequests, backend, n, at);
  registry.add(families.backendStatuses, { ...backend, ...status }, n, at);
  registry.observe(families.backendDuration, backend, n, requests.latency, at);
  const balancer = { ...parentLabels(dialled, ''), ...backendLabels(dialled) };
  registry.set(families.balancerEndpoints, { endpoint_state: 'ready', ...balancer }, 1, at);
  registry.set(families.balancerEndpoints, { endpoint_state: 'pending', ...balancer }, 0, at);
}

function countPolicyOfConnection(
  { registry }: Proxy,
  { endpoint, requests }: Flow,
  event: FlowEvent,
  at: number,
): void {
  const dialled = dialledOf(endpoint);
  const parent = parentLabels(dialled, requests === undefined ? 'egress-fallback' : 'endpoint');
  const opened = event.kind === 'opened' && !event.first;
  if (opened) {
    const protocol = requests === undefined ? 'opaq' : 'detect';
    registry.add(families.protocolConnections, { protocol, ...parent }, event.n, at);
  }
  if (requests !== undefined) return;
  const route = {
    ...parent,
    ...defaultRoute(dialled === undefined ? 'egress-fallback' : 'opaq'),
    target_ip: dialled === undefined ? addressOf(endpoint) : '',
    target_port: String(dialled?.port ?? endpoint.port),
  };
  if (opened) registry.add(families.tcpRouteOpen, route, event.n, at);
  if (event.kind === 'closed') registry.add(families.tcpRouteClose, { ...route, error: '' }, event.n, at);
}

function parentLabels(dialled: Dialled | undefined, otherwise: string): Labels {
  return prefixed('parent', dialled, otherwise);
}

const backendLabels = (dialled: Dialled): Labels => prefixed('backend', dialled, '');

const prefixed = (prefix: string, dialled: Dialled | undefined, otherwise: string): Labels => ({
  [`${prefix}_group`]: dialled === undefined ? '' : 'core',
  [`${prefix}_kind`]: dialled === undefined ? 'default' : 'Service',
  [`${prefix}_namespace`]: dialled?.service.namespace ?? '',
  [`${prefix}_name`]: dialled?.service.name ?? otherwise,
  [`${prefix}_port`]: dialled === undefined ? '' : String(dialled.port),
  [`${prefix}_section_name`]: '',
});

const defaultRoute = (name: string): Labels => ({
  route_group: '',
  route_kind: 'default',
  route_namespace: '',
  route_name: name,
});
