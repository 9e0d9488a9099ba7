import type {
  ClientSeen,
  ObjectSeen,
  PolicySeen,
  PortSeen,
  Refusal,
  RouteProtocol,
  RouteSample,
} from '@mcp/mesh';

/**
 * What the proxies counted: Prometheus, or the simulated mesh. Rates are samples, in calls per second over `windowMs`; counters are exact, and
 * only ever compared with an earlier value of the same series.
 */
export interface TrafficSource {
  /**
   * One look: everything in it is true at one time, the source's own. A part that could not be had is named in `missing` and left empty;
   * it does not lose the others. Of `counters`, only those that could not be had are left out.
   *
   * Fails with `TrafficUnavailable` where nothing could be had at all.
   */
  read(ask: TrafficAsk, signal: AbortSignal): Promise<TrafficReading>;
}

export interface TrafficAsk {
  /** Latencies cost most: asked for once a minute. */
  readonly latency: boolean;
}

/** What a reading is made of. */
export const trafficParts = [
  'proxies',
  'requests',
  'latency',
  'connections',
  'inbound',
  'counters',
  'routes',
] as const;
export type TrafficPart = (typeof trafficParts)[number];

export interface TrafficReading {
  /** When it is true, by the source's own clock; milliseconds since the epoch. */
  readonly at: number;
  /** What rates are taken over. */
  readonly windowMs: number;
  /** Between two scrapes of one proxy; undefined until enough were seen. */
  readonly scrapeIntervalMs?: number;
  readonly proxies: readonly ProxySeen[];
  readonly requests: readonly RequestsSeen[];
  /** Undefined where not asked for. */
  readonly latency?: readonly LatencySeen[];
  readonly connections: readonly ConnectionsSeen[];
  readonly inbound: readonly InboundSeen[];
  readonly counters: readonly CounterSeen[];
  readonly routes: readonly RouteSeen[];
  readonly missing: readonly MissingPart[];
  /** What only adds to the rows of a part, and could not be had: its fields are undefined, while the rows are all there. */
  readonly missingDetails?: readonly MissingPart[];
  /** The source says that it knows only a part: what is absent proves nothing. Its own words. */
  readonly incomplete?: string;
  /** Rows that were left out because no sense could be made of them, with the reason: absurd values, labels missing. */
  readonly rejected: readonly { readonly reason: string; readonly rows: number }[];
}

/** A question that was not answered. All of its part is lost with it, but of `counters`, which are lost one by one. */
export interface MissingPart {
  readonly part: TrafficPart;
  /** The name of the question; the same each time. */
  readonly question: string;
  /** Of `counters`: those that were not read, while the others are all there. Absent: none was. */
  readonly counters?: CountersAsked;
  readonly code: TrafficFault;
  readonly message: string;
}

/**
 * `TOO_LARGE`: more than may be read at once. `REFUSED`: not authenticated, or not allowed. `INVALID`: not the answer of such a source.
 * `OVERLOADED`: it gave up on the question. `UNREACHABLE`, `TIMEOUT`: no answer.
 */
export type TrafficFault = 'UNREACHABLE' | 'TIMEOUT' | 'REFUSED' | 'OVERLOADED' | 'TOO_LARGE' | 'INVALID';

/** The source could not be asked, or said nothing that can be used. */
export class TrafficUnavailable extends Error {
  readonly code = 'TRAFFIC_UNAVAILABLE';
  constructor(
    readonly fault: TrafficFault,
    message: string,
    cause?: unknown,
  ) {
    super(`${message} (TRAFFIC_UNAVAILABLE)`, { cause });
  }
}

/** Which proxy a row is of, as its scrape labels claim. A tenant can forge them: to be compared with what the cluster says. */
export interface ProxyClaim {
  readonly namespace: string;
  readonly pod: string;
  /** Address that was scraped, without its port; empty where the source does not say. */
  readonly address: string;
}

export interface ProxySeen extends ProxyClaim {
  /** The scrape job. */
  readonly job: string;
  /** The last scrape worked. */
  readonly up: boolean;
  /** When the process began; undefined where not known. The epoch of its counters. */
  readonly startedAt?: number;
  /** Age of its newest sample; undefined where not known. */
  readonly sampleAgeMs?: number;
  /** How long the last scrape took, whether or not it worked. Undefined: not known, or less than a second. */
  readonly scrapeMs?: number;
  readonly version?: string;
  /** Until its certificate ends. */
  readonly certificateMs?: number;
  /** More than 1: scraped more than once, and all its sums are too high by that factor. */
  readonly scrapes: number;
}

/** As a proxy says it of a connection. `reason` is why there is no mesh TLS, in the proxy's words; empty where it does not say. */
export interface TlsSeen {
  /** `none` also where the reason is one that we do not know. `unknown`: the label is absent or new. */
  readonly tls: 'mesh' | 'none' | 'disabled' | 'opaque' | 'unknown';
  readonly reason: string;
  /** Of the other side; empty where it proved none. */
  readonly identity: string;
}

/** Where a client's proxy sent something, as Linkerd's control plane told it. Every field may be absent; absent is unknown. */
export interface DestinationSeen {
  readonly namespace?: string;
  readonly service?: string;
  /** `kind` as in Kubernetes where it is one we know (`Deployment`), else in lower case. */
  readonly workload?: { readonly kind: string; readonly name: string };
  /** Only where there is no workload. */
  readonly pod?: string;
  /** A Service of another cluster that is mirrored here. */
  readonly mirrored?: { readonly cluster: string; readonly namespace: string; readonly name: string };
  /** `web-svc.emojivoto.svc.cluster.local:80`, as dialled. */
  readonly authority?: string;
  /** The endpoint's own port. */
  readonly port: number;
}

/** Responses that a client's proxy saw, retries included. */
export interface RequestsSeen {
  readonly client: ProxyClaim;
  readonly destination: DestinationSeen;
  readonly tls: TlsSeen;
  /** Finished well, by the proxy's classification. Undefined where the source gave no number. */
  readonly successPerSecond?: number;
  readonly failurePerSecond?: number;
  /** Begun; more than finished while streams are open. */
  readonly startedPerSecond?: number;
}

/** Cumulative counts per second of responses at or below each bound, in milliseconds, ascending; the last bound is Infinity. */
export interface LatencySeen {
  readonly client: ProxyClaim;
  readonly destination: DestinationSeen;
  readonly buckets: readonly { readonly upToMs: number; readonly perSecond: number }[];
}

/** Transport connections of a client's proxy; those that carry HTTP included. */
export interface ConnectionsSeen {
  readonly client: ProxyClaim;
  readonly destination: DestinationSeen;
  readonly tls: TlsSeen;
  readonly open?: number;
  readonly openedPerSecond?: number;
  readonly writtenBytesPerSecond?: number;
  readonly readBytesPerSecond?: number;
  /** Closed with an error. */
  readonly failedPerSecond?: number;
}

/** What governs a port, as the proxy of the server names it. Its namespace is that of the pod. */
export interface GovernedPort {
  readonly server: PolicySeen;
  readonly port: number;
}

/** Responses or connections that a server's proxy saw and let in. */
export interface InboundSeen extends GovernedPort {
  readonly serving: ProxyClaim;
  readonly route?: PolicySeen;
  readonly authorization?: PolicySeen;
  readonly client: ClientSeen;
  readonly tls: TlsSeen;
  readonly successPerSecond?: number;
  readonly failurePerSecond?: number;
  readonly openConnections?: number;
}

/** Counters that are read together. Those of what audit mode let in are among those of what was allowed. */
export interface CountersAsked {
  readonly what: Exclude<CounterSeen['what'], 'audited'>;
  readonly protocol: CounterSeen['protocol'];
}

/**
 * One counter of a server's proxy, as it stands. Of `egress-denied`, `serving` is the proxy of the client itself, `client` is unidentified, and
 * `server` is the EgressNetwork, its name `namespace/name`.
 */
export interface CounterSeen extends GovernedPort {
  readonly serving: ProxyClaim;
  readonly what: 'allowed' | Refusal;
  readonly protocol: 'http' | 'tcp';
  readonly route?: PolicySeen;
  /** Of what was allowed, or audited. */
  readonly authorization?: PolicySeen;
  readonly client: ClientSeen;
  readonly value: number;
}

/** What a client's proxy says of a Service's routes and backends, by the policy that it was given for the Service. */
export interface RouteSeen extends RouteSample {
  readonly client: ProxyClaim;
  readonly parent: PortSeen;
  readonly route: ObjectSeen;
  /** Absent for the client's own view, after retries. */
  readonly backend?: PortSeen;
  readonly protocol: RouteProtocol;
}
