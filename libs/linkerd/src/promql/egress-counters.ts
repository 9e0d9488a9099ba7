import type { CounterSeen } from '@mcp/sources';
import { by, series } from './expression.js';
import { claimOf, label, policySeen, portIn, proxyLabels, type Labels } from './labels.js';

export interface EgressCounted {
  readonly id: string;
  readonly gives: string;
  readonly family: string;
  readonly protocol: CounterSeen['protocol'];
  readonly matchers: readonly string[];
}

const deniedRequests = ['route_kind="default"', 'route_name=~"(http|grpc)-egress-deny"'];
const forbidden = ['error="forbidden"'];
const gives = 'out of the cluster that the EgressNetwork did not let through, by the client’s own proxy.';

/** What clients' proxies refused for the sake of an EgressNetwork. Since Linkerd 2.17. */
export const egressCounted: readonly EgressCounted[] = [
  {
    ...{ id: 'egress-http-denied', gives: `Requests ${gives}`, protocol: 'http', matchers: deniedRequests },
    family: 'outbound_http_route_request_statuses_total',
  },
  {
    ...{
      id: 'egress-grpc-denied',
      gives: `Calls of gRPC ${gives}`,
      protocol: 'http',
      matchers: deniedRequests,
    },
    family: 'outbound_grpc_route_request_statuses_total',
  },
  {
    ...{ id: 'egress-tcp-denied', gives: `Connections ${gives}`, protocol: 'tcp', matchers: forbidden },
    family: 'outbound_tcp_route_close_total',
  },
  {
    ...{
      id: 'egress-tls-denied',
      gives: `Connections with TLS ${gives}`,
      protocol: 'tcp',
      matchers: forbidden,
    },
    family: 'outbound_tls_route_close_total',
  },
];

export const egressLabels = [
  ...['parent_group', 'parent_kind', 'parent_namespace', 'parent_name', 'parent_port'],
  ...['route_group', 'route_kind', 'route_name'],
];

export function egressText({ family, matchers }: EgressCounted, terms: Parameters<typeof series>[1]): string {
  const selected = series(family, terms, 'parent_kind="EgressNetwork"', ...matchers);
  return by('sum', [...proxyLabels, ...egressLabels], selected);
}

/** The network is named with its namespace, which need not be that of the client. A text says why it is none. */
export function egressDenied(
  labels: Labels,
  protocol: CounterSeen['protocol'],
): Omit<CounterSeen, 'value'> | string {
  const network = policySeen(labels, 'parent');
  const port = portIn(label(labels, 'parent_port'));
  const route = policySeen(labels, 'route');
  if (network === undefined) return 'no parent';
  if (port === undefined) return 'no port';
  return {
    serving: claimOf(labels),
    what: 'egress-denied',
    protocol,
    port,
    server: { ...network, name: `${label(labels, 'parent_namespace')}/${network.name}` },
    ...(route !== undefined && { route }),
    client: { kind: 'unidentified' },
  };
}
