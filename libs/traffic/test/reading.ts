import type {
  ConnectionsSeen,
  DestinationSeen,
  InboundSeen,
  ProxyClaim,
  ProxySeen,
  RequestsSeen,
  TlsSeen,
  TrafficReading,
} from '@mcp/sources';

export const at = 10_000_000;
export const windowMs = 60_000;

/** `shop/web-1-a@10.0.0.1`. */
export function claim(named: string): ProxyClaim {
  const [, namespace = '', pod = '', address = ''] = /^([^/]*)\/([^@]*)@?(.*)$/.exec(named) ?? [];
  return { namespace, pod, address };
}

/** A proxy that is scraped, and has run for an hour. */
export function proxy(named: string, seen: Partial<ProxySeen> = {}): ProxySeen {
  return { ...claim(named), job: 'linkerd-proxy', up: true, startedAt: at - 3_600_000, scrapes: 1, ...seen };
}

/** Nothing, but that these proxies are scraped. */
export function reading(proxies: readonly string[], parts: Partial<TrafficReading> = {}): TrafficReading {
  return {
    at,
    windowMs,
    proxies: proxies.map((named) => proxy(named)),
    requests: [],
    connections: [],
    inbound: [],
    counters: [],
    routes: [],
    missing: [],
    rejected: [],
    ...parts,
  };
}

export function mesh(identity: string): TlsSeen {
  return { tls: 'mesh', reason: '', identity };
}

export const plaintext: TlsSeen = { tls: 'none', reason: 'not_provided_by_service_discovery', identity: '' };
export const fromUnmeshed: TlsSeen = { tls: 'none', reason: 'no_tls_from_remote', identity: '' };

/** `shop/Deployment/web:8080`, reached by the Service of its name. */
export function destination(named: string, more: Partial<DestinationSeen> = {}): DestinationSeen {
  const [workload = '', port = ''] = named.split(':');
  const [namespace = '', kind = '', name = ''] = workload.split('/');
  return {
    namespace,
    service: name,
    workload: { kind, name },
    authority: `${name}.${namespace}.svc.cluster.local:80`,
    port: Number(port),
    ...more,
  };
}

/** Requests of one client that all went well; a gRPC or HTTP failure is given in `more`. */
export function requests(
  client: string,
  to: DestinationSeen,
  tls: TlsSeen,
  successPerSecond: number,
  more: Partial<RequestsSeen> = {},
): RequestsSeen {
  return { client: claim(client), destination: to, tls, successPerSecond, failurePerSecond: 0, ...more };
}

export function connections(
  client: string,
  to: DestinationSeen,
  tls: TlsSeen,
  open: number,
  more: Partial<ConnectionsSeen> = {},
): ConnectionsSeen {
  return { client: claim(client), destination: to, tls, open, ...more };
}

/** Let in by the default policy, on its own Server. */
export function inbound(
  serving: string,
  port: number,
  client: InboundSeen['client'],
  tls: TlsSeen,
  successPerSecond: number,
  more: Partial<InboundSeen> = {},
): InboundSeen {
  return {
    serving: claim(serving),
    port,
    server: { group: '', kind: 'default', name: 'all-unauthenticated' },
    route: { group: '', kind: 'default', name: 'default' },
    authorization: { group: '', kind: 'default', name: 'all-unauthenticated' },
    client,
    tls,
    successPerSecond,
    failurePerSecond: 0,
    ...more,
  };
}
