import type { CountersAsked, CounterSeen } from '@mcp/sources';
import {
  type EgressCounted,
  egressCounted,
  egressDenied,
  egressLabels,
  egressText,
} from './egress-counters.js';
import { by, notAdmin, series } from './expression.js';
import { authorizationLabels, routeLabels, servedSeen } from './inbound.js';
import { clientTlsLabels, governingLabels, proxyLabels, type Labels } from './labels.js';
import { implausible } from './plausible.js';
import { leftOut, type PartQueries, type RowNote, type TrafficQuery } from './traffic-query.js';

type Named = Omit<CounterSeen, 'value'>;
type Names = Map<string, Named>;
type Table = Map<Named, CounterSeen>;

interface Counted extends CountersAsked {
  readonly id: string;
  readonly family: string;
  /** Which it has of those that not all have. */
  readonly labels: readonly string[];
  readonly gives: string;
}

const counted: readonly Counted[] = [
  {
    ...{ id: 'http-allowed', family: 'inbound_http_authz_allow_total', what: 'allowed', protocol: 'http' },
    labels: [...routeLabels, ...authorizationLabels],
    gives:
      'Requests that were let in, ever since the proxy began, and by which authorization. Those let in by audit mode are among them, and told apart by its name.',
  },
  {
    ...{ id: 'http-denied', family: 'inbound_http_authz_deny_total', what: 'denied', protocol: 'http' },
    labels: routeLabels,
    gives: 'Requests that no authorization admitted.',
  },
  {
    ...{ id: 'http-rate-limited', family: 'inbound_http_local_ratelimit_total', what: 'rate-limited' },
    protocol: 'http',
    labels: [],
    gives: 'Requests over a rate limit. Since Linkerd 2.17.',
  },
  {
    ...{ id: 'http-route-not-found', family: 'inbound_http_route_not_found_total', what: 'route-not-found' },
    protocol: 'http',
    labels: [],
    gives: 'Requests that no route of the Server took.',
  },
  {
    ...{ id: 'tcp-allowed', family: 'inbound_tcp_authz_allow_total', what: 'allowed', protocol: 'tcp' },
    labels: authorizationLabels,
    gives: 'Connections that were let in. Not those of HTTP, of which each request is authorized.',
  },
  {
    ...{ id: 'tcp-denied', family: 'inbound_tcp_authz_deny_total', what: 'denied', protocol: 'tcp' },
    labels: [],
    gives: 'Connections that no authorization admitted. The client’s proxy sees them open and close.',
  },
  {
    ...{ id: 'tcp-terminated', family: 'inbound_tcp_authz_terminate_total', what: 'terminated' },
    protocol: 'tcp',
    labels: [],
    gives: 'Open connections that were cut when policy changed.',
  },
];

/**
 * What servers' proxies decided, and clients' proxies about the way out of the cluster, as the counters stand: `increase()` is 0 for the first event of a series, and a difference is exact.
 * Source: linkerd2-proxy linkerd/app/inbound/src/metrics/authz.rs (read at v2.366.0).
 */
export const counterQueries: PartQueries<Names, Table, CounterSeen> = {
  part: 'counters',
  queries: [...counted.map(counterQuery), ...egressCounted.map(egressQuery)],
  names: () => new Map(),
  table: () => new Map(),
  seen: (table) => table.values(),
};

function counterQuery(counter: Counted): TrafficQuery<Names, Table> {
  return {
    id: counter.id,
    gives: counter.gives,
    counters: { what: counter.what, protocol: counter.protocol },
    cost: 'One row per server pod, port, client identity and what else it is grouped by; reads one sample of one series each. Cheap: no label of addresses.',
    reads: namingLabels(counter).slice(proxyLabels.length),
    text: (terms) => by('sum', namingLabels(counter), series(counter.family, terms, notAdmin)),
    note: (names, labels) => counterNote(names, counterSeen(labels, counter)),
  };
}

function egressQuery(counted: EgressCounted): TrafficQuery<Names, Table> {
  const { id, gives, protocol } = counted;
  return {
    ...{ id, gives, counters: { what: 'egress-denied', protocol }, reads: egressLabels },
    cost: 'One row per client pod, EgressNetwork, port and route that refused; reads one sample of one series each. None in most meshes.',
    text: (terms) => egressText(counted, terms),
    note: (names, labels) => counterNote(names, egressDenied(labels, protocol)),
  };
}

/** Labels that mean the same for us are one counter, or its differences would be of two. */
function counterNote(names: Names, seen: Named | string): RowNote<Table> {
  if (typeof seen === 'string') return leftOut(seen);
  const key = JSON.stringify(seen);
  const named = names.get(key) ?? seen;
  names.set(key, named);
  return (table, value) => {
    const why = implausible(value, 'counter');
    if (why === undefined) table.set(named, { ...named, value: (table.get(named)?.value ?? 0) + value });
    return why;
  };
}

function namingLabels({ labels }: Counted): readonly string[] {
  return [...proxyLabels, ...governingLabels, ...labels, ...clientTlsLabels];
}

function counterSeen(labels: Labels, { what, protocol }: Counted): Named | string {
  const served = servedSeen(labels);
  if (typeof served === 'string') return served;
  const { tls: _, ...named } = served;
  const audited = named.authorization?.kind === 'default' && named.authorization.name === 'audit';
  return { ...named, what: audited ? 'audited' : what, protocol };
}
