import type { EdgeSample, TrafficEnd } from '@mcp/mesh';
import type { Call } from './calls.js';
import type { Figures } from './figures.js';
import type { MeasuredEdge } from './measured-edges.js';
import { Telling } from './telling.js';

/** Beside the one of the control plane: those of its extensions. Source: linkerd2 `viz` and `multicluster` charts. */
const linkerdNamespaces = ['linkerd', 'linkerd-viz', 'linkerd-multicluster'];

function isLinkerd(end: TrafficEnd, controlPlaneNamespace: string | undefined): boolean {
  if (end.kind !== 'workload') return false;
  const { namespace } = end.workload;
  return namespace === controlPlaneNamespace || linkerdNamespaces.includes(namespace);
}

type Measured = { -readonly [K in keyof MeasuredEdge]: MeasuredEdge[K] };

interface AboutReading {
  readonly controlPlaneNamespace: string | undefined;
  /** What clients' proxies tell of requests could not be read. */
  readonly requestsUnread: boolean;
}

/** What is told of one edge: by the clients' proxies that answer, else by the server's, else what was told before. */
export function measuredEdge(
  call: Call,
  { controlPlaneNamespace, requestsUnread }: AboutReading,
): MeasuredEdge {
  const { source, destination, port, client, server } = call;
  const byServer =
    client?.answering === undefined && (client === undefined || server?.answering !== undefined);
  const telling = (byServer ? server : client) ?? new Telling();
  const { figures, freshness } = telling;
  const { moved } = figures;
  const { security, reasons, mtlsShare } = figures.travel;
  const unmeasured = freshness === 'frozen' || moved === undefined;
  // of connections alone it cannot be told whether requests went over them
  const frozen = unmeasured || (requestsUnread && !byServer && !figures.http);
  const edge: Measured = {
    id: { source: source.end, destination: destination.end, port },
    key: `${source.text}>${destination.text}:${port}`,
    freshness,
    frozen,
    hadTraffic: !frozen && moved,
    security,
    insecureReasons: reasons,
    protocol: figures.http ? 'http' : 'tcp',
    evidence: byServer ? 'server' : 'client',
    services: call.services.sort(),
    serverIdentities: call.serverIdentities.sort(),
    system: isLinkerd(source.end, controlPlaneNamespace) || isLinkerd(destination.end, controlPlaneNamespace),
    partial: call.partial,
  };
  if (!unmeasured) edge.sample = sampleOf(figures, call.more, mtlsShare);
  return edge;
}

function sampleOf(figures: Figures, more: Figures | undefined, mtlsShare: number | undefined): EdgeSample {
  const sample = figures.sample(mtlsShare);
  if (more === undefined) return sample;
  const { successPerSecond, failurePerSecond } = more;
  return {
    ...sample,
    ...(successPerSecond !== undefined && { successPerSecond }),
    ...(failurePerSecond !== undefined && { failurePerSecond }),
  };
}
