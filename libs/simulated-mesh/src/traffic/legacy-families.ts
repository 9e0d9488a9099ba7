import type { Answers, ConnectionCounters, InboundCounters, LetIn, OutboundCounters } from './counters.js';
import { decisionFamilies } from './decision-families.js';
import { counterFamily, type Family, type Labels, type Sample } from './exposition.js';
import { named, outboundLabels, servedLabels, statusLabels, tlsLabels } from './labels.js';
import type { SimulatedProxy } from './proxy.js';
import { latencyBoundsMs } from './total.js';

/**
 * What a proxy's own encoder prints: requests, connections and decisions. Labels differ with the direction.
 * Source: linkerd2-proxy linkerd/app/core/src/metrics.rs, linkerd/app/inbound/src/metrics (read at 29637b6).
 */
export function legacyFamilies(proxy: SimulatedProxy): readonly Family[] {
  const calls = [
    ...[...proxy.outbound].filter(({ requests }) => requests.value > 0).map(sent),
    ...[...proxy.inbound].flatMap((counters) =>
      [...counters.letIn.values()].map((letIn) => received(proxy, counters, letIn)),
    ),
  ];
  const connections = [
    ...[...proxy.outbound].map((counters) => ({
      labels: { direction: 'outbound', peer: 'dst', ...outboundLabels(counters.peer) },
      counters: counters.connections,
    })),
    ...[...proxy.inbound].map((counters) => ({
      labels: {
        direction: 'inbound',
        peer: 'src',
        ...targetThenTls(proxy, counters),
      },
      counters: counters.connections,
    })),
  ].filter(({ counters }) => counters.opened.value > 0);
  return [
    counterFamily(
      'request_total',
      'Total count of HTTP requests.',
      calls.map(({ labels, requests }) => ({ labels, value: requests })),
    ),
    counterFamily('response_total', 'Total count of HTTP responses.', calls.flatMap(responses)),
    {
      name: 'response_latency_ms',
      type: 'histogram',
      help: 'Elapsed times between a request headers being received and its response stream completing',
      samples: calls.flatMap(latencies),
    },
    ...connectionFamilies(connections),
    ...decisionFamilies(proxy),
  ];
}

interface Called {
  readonly labels: Labels;
  readonly requests: number;
  readonly answers: Answers;
}

function sent({ peer, requests, answers }: OutboundCounters): Called {
  return { labels: outboundLabels(peer), requests: requests.value, answers };
}

function received(
  proxy: SimulatedProxy,
  counters: InboundCounters,
  { route, authorization, requests, answers }: LetIn,
): Called {
  const labels = {
    direction: 'inbound',
    ...targetThenTls(proxy, counters),
    ...named('route', route),
    ...named('authz', authorization),
  };
  return { labels, requests: requests.value, answers };
}

function targetThenTls({ instance }: SimulatedProxy, { place }: InboundCounters): Labels {
  const { target_addr = '', target_ip = '', target_port = '', ...server } = servedLabels(instance, place);
  return { target_addr, target_ip, target_port, ...tlsLabels(place.tls, 'client_id'), ...server };
}

function responses({ labels, answers }: Called): readonly Sample[] {
  return [...answers.counts].map(({ status, count }) => ({
    labels: { ...labels, ...statusLabels(status) },
    value: count.value,
  }));
}

function latencies({ labels, answers }: Called): readonly Sample[] {
  return [...answers.latencies].flatMap(([statusCode, taken]) => {
    const about = { ...labels, status_code: statusCode };
    const counts = taken.cumulative();
    return [
      ...latencyBoundsMs.map((bound, index) => ({
        suffix: '_bucket',
        labels: { ...about, le: bound === Infinity ? '+Inf' : String(bound) },
        value: counts[index] ?? 0,
      })),
      { suffix: '_count', labels: about, value: counts.at(-1) ?? 0 },
      { suffix: '_sum', labels: about, value: Math.round(taken.sumMs) },
    ];
  });
}

function connectionFamilies(
  sides: readonly { readonly labels: Labels; readonly counters: ConnectionCounters }[],
): readonly Family[] {
  const each = (value: (counters: ConnectionCounters) => number): readonly Sample[] =>
    sides.map(({ labels, counters }) => ({ labels, value: value(counters) }));
  return [
    counterFamily(
      'tcp_open_total',
      'Total count of opened connections',
      each(({ opened }) => opened.value),
    ),
    {
      name: 'tcp_open_connections',
      type: 'gauge',
      help: 'Number of currently-open connections',
      samples: each(({ open }) => open),
    },
    counterFamily(
      'tcp_read_bytes_total',
      'Total count of bytes read from peers',
      each(({ readBytes }) => readBytes.value),
    ),
    counterFamily(
      'tcp_write_bytes_total',
      'Total count of bytes written to peers',
      each(({ writtenBytes }) => writtenBytes.value),
    ),
    counterFamily(
      'tcp_close_total',
      'Total count of closed connections',
      sides
        .filter(({ counters }) => counters.closed.value > 0)
        .map(({ labels, counters }) => ({ labels: { ...labels, errno: '' }, value: counters.closed.value })),
    ),
  ];
}
