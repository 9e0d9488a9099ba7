import type { PolicySeen } from '@mcp/mesh';
import type { ProxyClaim, RouteSeen } from '@mcp/sources';
import { by, rate, series } from './expression.js';
import { fieldNote, FieldTable } from './field-table.js';
import { claimOf, label, policySeen, proxyLabels, type Labels } from './labels.js';
import { Interned } from './naming.js';
import { leftOut, type PartQueries, type TrafficQuery } from './traffic-query.js';

type Protocol = RouteSeen['protocol'];
type Field =
  'successPerSecond' | 'failurePerSecond' | 'retriesPerSecond' | 'openedPerSecond' | 'refusedPerSecond';
type Named = Omit<RouteSeen, Field>;
type Names = Record<Protocol, Interned<Named>>;
type Table = FieldTable<Named, Field>;
type Ended = 'successPerSecond' | 'failurePerSecond' | 'refusedPerSecond';

const objectLabels = (prefix: string) =>
  ['group', 'kind', 'namespace', 'name'].map((name) => `${prefix}_${name}`);
const parentAndRoute = [...objectLabels('parent'), 'parent_port', ...objectLabels('route')];
const backend = [...objectLabels('backend'), 'backend_port'];
const naming = [...proxyLabels, ...parentAndRoute, ...backend];

/** Routes of which everything is refused, as the proxy names what an EgressNetwork makes of them. */
const egressDeny = /^(http|grpc|tcp|tls)-egress-deny$/;

/**
 * Services as clients call them, by the policy that the proxy was given: the client's own view after retries, and each try at a backend.
 * The same requests are in the other parts too. A Service with a ServiceProfile is in none of these. Since Linkerd 2.16, for `tcp` and `tls` 2.17.
 * Source: linkerd2-proxy linkerd/app/outbound/src/http/logical/policy/route/metrics.rs (read at v2.366.0).
 */
export const routeQueries: PartQueries<Names, Table, RouteSeen> = {
  part: 'routes',
  queries: [
    ...ofRequests('http', 'http_status'),
    ...ofRequests('grpc', 'grpc_status'),
    ...ofConnections('tcp'),
    ...ofConnections('tls'),
  ],
  names: () => ({ http: namesOf('http'), grpc: namesOf('grpc'), tcp: namesOf('tcp'), tls: namesOf('tls') }),
  table: () => new FieldTable(),
  seen: (table) => table.rows(),
};

function ofRequests(protocol: 'http' | 'grpc', status: string): readonly TrafficQuery<Names, Table>[] {
  const noteEnded: TrafficQuery<Names, Table>['note'] = (names, labels) => {
    const field = endedAs(labels, label(labels, status), protocol);
    return field === undefined
      ? leftOut('neither status nor error')
      : fieldNote(names[protocol].of(labels), field, 'per-second');
  };
  return [
    {
      ...query(protocol, 'statuses', 'request_statuses_total', parentAndRoute, [status, 'error']),
      gives: `What came of ${protocol} requests in the end, after retries, by Service and route.`,
      note: noteEnded,
    },
    {
      ...query(
        protocol,
        'backends',
        'backend_response_statuses_total',
        [...parentAndRoute, ...backend],
        [status, 'error'],
      ),
      gives: `What came of each try at a backend of ${protocol} routes.`,
      note: noteEnded,
    },
    {
      ...query(protocol, 'retries', 'retry_requests_total', parentAndRoute),
      gives: `Retries per second of ${protocol} routes.`,
      detail: true,
      note: adds(protocol, 'retriesPerSecond'),
    },
  ];
}

function ofConnections(protocol: 'tcp' | 'tls'): readonly TrafficQuery<Names, Table>[] {
  return [
    {
      ...query(protocol, 'opened', 'open_total', parentAndRoute),
      gives: `Connections per second to opaque Services and out of the cluster, by ${protocol} route.`,
      note: adds(protocol, 'openedPerSecond'),
    },
    {
      ...query(protocol, 'closed', 'close_total', parentAndRoute, ['error']),
      gives: `How connections of ${protocol} routes ended; \`forbidden\` is a refusal.`,
      detail: true,
      note: (names, labels) => fieldNote(names[protocol].of(labels), closedAs(labels), 'per-second'),
    },
  ];
}

function query(
  protocol: Protocol,
  id: string,
  family: string,
  named: readonly string[],
  apart: readonly string[] = [],
) {
  return {
    id: `${protocol}-route-${id}`,
    cost: 'One row per client pod, Service, route and outcome; these series live as long as the proxy.',
    reads: [...named, ...apart],
    text: (terms: Parameters<TrafficQuery<Names, Table>['text']>[0]) =>
      by(
        'sum',
        [...proxyLabels, ...named, ...apart],
        rate(series(`outbound_${protocol}_route_${family}`, terms), terms.windowMs),
      ),
  };
}

function adds(protocol: Protocol, field: Field): TrafficQuery<Names, Table>['note'] {
  return (names, labels) => fieldNote(names[protocol].of(labels), field, 'per-second');
}

/** gRPC: everything but OK is a failure here, which is stricter than the classification of requests. */
function endedAs(labels: Labels, status: string, protocol: 'http' | 'grpc'): Ended | undefined {
  if (refusesAll(labels)) return 'refusedPerSecond';
  if (label(labels, 'error') !== '') return 'failurePerSecond';
  if (status === '') return undefined;
  const failed = protocol === 'grpc' ? status !== 'OK' && status !== '0' : status.startsWith('5');
  return failed ? 'failurePerSecond' : 'successPerSecond';
}

function closedAs(labels: Labels): Ended {
  const error = label(labels, 'error');
  if (error === 'forbidden' || refusesAll(labels)) return 'refusedPerSecond';
  return error === '' ? 'successPerSecond' : 'failurePerSecond';
}

function refusesAll(labels: Labels): boolean {
  return label(labels, 'route_kind') === 'default' && egressDeny.test(label(labels, 'route_name'));
}

function namesOf(protocol: Protocol): Interned<Named> {
  return new Interned<Named>(naming, (labels) => {
    const parent = policySeen(labels, 'parent');
    const route = policySeen(labels, 'route');
    if (parent === undefined || route === undefined) return 'neither parent nor route';
    const to = policySeen(labels, 'backend');
    return {
      client: claimOf(labels) satisfies ProxyClaim,
      parent: { ...parent, ...placed(labels, 'parent') },
      route: { ...route, namespace: label(labels, 'route_namespace') } satisfies PolicySeen & {
        namespace: string;
      },
      ...(to !== undefined && { backend: { ...to, ...placed(labels, 'backend') } }),
      protocol,
    };
  });
}

function placed(labels: Labels, prefix: string): { readonly namespace: string; readonly port: string } {
  return { namespace: label(labels, `${prefix}_namespace`), port: label(labels, `${prefix}_port`) };
}
