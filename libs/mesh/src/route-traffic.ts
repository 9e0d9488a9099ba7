import type { PolicySeen } from './traffic.js';
import type { WorkloadRef } from './workload-ref.js';

/** An object of the policy that a client's proxy follows, in the proxy's words; a default has no namespace. */
export interface ObjectSeen extends PolicySeen {
  readonly namespace: string;
}

/** A port of a Service or EgressNetwork; empty where the proxy does not say it. */
export interface PortSeen extends ObjectSeen {
  readonly port: string;
}

export const routeProtocols = ['http', 'grpc', 'tcp', 'tls'] as const;
export type RouteProtocol = (typeof routeProtocols)[number];

/** What names what the proxies of one workload say of one route: in the end, after retries, or of each try at one backend. */
export interface RouteTrafficId {
  readonly client: WorkloadRef;
  /** What was called: a Service, an EgressNetwork, or one of Linkerd's defaults. */
  readonly parent: PortSeen;
  readonly route: ObjectSeen;
  /** Absent: the client's own view, after retries. */
  readonly backend?: PortSeen;
  readonly protocol: RouteProtocol;
}

/** What was measured over one window. */
export interface RouteTraffic extends RouteTrafficId {
  readonly sample: RouteSample;
}

/** Per second. An absent field is not known, which is not 0; no field is ever NaN or infinite. */
export interface RouteSample {
  /** Requests; of `tcp` and `tls` connections that ended. HTTP 5xx, errors of the proxy, and of gRPC all but OK are failures. */
  readonly successPerSecond?: number;
  readonly failurePerSecond?: number;
  /** Tries beyond the first. */
  readonly retriesPerSecond?: number;
  /** Connections begun; of `tcp` and `tls` only. */
  readonly openedPerSecond?: number;
  /** Refused by an EgressNetwork; in neither success nor failure. */
  readonly refusedPerSecond?: number;
}

/** All that a sample has. In this order they are stored: another order is another format of the page. */
export const routeRates = [
  'successPerSecond',
  'failurePerSecond',
  'retriesPerSecond',
  'openedPerSecond',
  'refusedPerSecond',
] as const satisfies readonly (keyof RouteSample)[];

/** One text for the same names, and no other. `parseRouteTrafficId` takes it apart. */
export function formatRouteTrafficId({ client, protocol, parent, route, backend }: RouteTrafficId): string {
  const names = [client.namespace, client.kind, client.name, protocol];
  names.push(parent.group, parent.kind, parent.namespace, parent.name, parent.port);
  names.push(route.group, route.kind, route.namespace, route.name);
  if (backend) names.push(backend.group, backend.kind, backend.namespace, backend.name, backend.port);
  return JSON.stringify(names);
}

/** Only of what `formatRouteTrafficId` made. */
export function parseRouteTrafficId(text: string): RouteTrafficId {
  const names = JSON.parse(text) as string[];
  const nameAt = (place: number) => names[place] ?? '';
  const objectAt = (place: number): ObjectSeen => ({
    group: nameAt(place),
    kind: nameAt(place + 1),
    namespace: nameAt(place + 2),
    name: nameAt(place + 3),
  });
  const portAt = (place: number): PortSeen => ({ ...objectAt(place), port: nameAt(place + 4) });
  return {
    client: { namespace: nameAt(0), kind: nameAt(1), name: nameAt(2) },
    protocol: nameAt(3) as RouteProtocol,
    parent: portAt(4),
    route: objectAt(9),
    ...(names.length > 13 && { backend: portAt(13) }),
  };
}
