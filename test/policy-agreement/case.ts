import type { Resource } from './kubernetes-objects.js';

/** What is no object: how Linkerd was installed. */
export interface Cluster {
  readonly trustDomain: string;
  readonly controlPlaneNamespace: string;
  readonly defaultPolicy: string;
  readonly clusterNetworks: readonly string[];
  readonly probeNetworks: readonly string[];
}

/** `meshed` with an identity of null is TLS without a client certificate. */
export type Client =
  | { readonly kind: 'meshed'; readonly identity: string | null; readonly ip: string }
  | { readonly kind: 'unmeshed'; readonly ip: string };

/** `path` may hold a query string. A header given several times is a list. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** One of `pod` and `externalWorkload`, as `namespace/name`. `http` of null: bytes that are not HTTP. */
export interface Query {
  readonly pod?: string;
  readonly externalWorkload?: string;
  readonly port: number;
  readonly client: Client;
  readonly http: HttpRequest | null;
}

export interface Case {
  readonly id: string;
  readonly cluster: Cluster;
  readonly resources: readonly Resource[];
  readonly query: Query;
}

/** Objects created or replaced, and objects deleted, at once. */
export interface Change {
  readonly apply: readonly Resource[];
  readonly delete: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  }[];
}

export interface WhatIfCase {
  readonly id: string;
  readonly cluster: Cluster;
  readonly resources: readonly Resource[];
  readonly change: Change;
  readonly queries: readonly Query[];
}

/** The namespace of a `default` is empty. */
export interface AuthorizedBy {
  readonly kind: 'AuthorizationPolicy' | 'ServerAuthorization' | 'default';
  readonly namespace: string;
  readonly name: string;
}

export interface RouteName {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Decision {
  readonly verdict: 'allow' | 'deny' | 'audit';
  readonly authorizedBy: AuthorizedBy | null;
  readonly server: { readonly namespace: string; readonly name: string } | string;
  readonly route: RouteName | string | null;
  readonly reason?: 'unauthorized' | 'route_not_found' | 'protocol_mismatch';
  /** Present where Linkerd itself may credit any of several. */
  readonly authorizedByAnyOf?: readonly AuthorizedBy[];
  readonly verdictAnyOf?: readonly ('allow' | 'audit')[];
  /** Present when the request is subject to a rate limit after it was allowed. */
  readonly rateLimit?: string;
}

export interface NotEnforced {
  readonly enforced: false;
  readonly error: 'workload_not_found' | 'port_bypasses_proxy' | 'not_tcp';
}

export type Answer = Decision | NotEnforced;

export interface WhatIfAnswer {
  readonly before: Answer;
  readonly after: Answer;
  readonly changed: boolean;
  readonly verdictChanged: boolean;
}
