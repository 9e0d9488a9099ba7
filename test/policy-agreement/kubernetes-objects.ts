/** Kubernetes objects as the API server stores them, as far as the naive evaluation reads them. */

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Stored {
  readonly apiVersion: string;
  readonly metadata: Metadata;
}

export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

export interface Container {
  readonly name: string;
  readonly ports?: readonly ContainerPort[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export interface Pod extends Stored {
  readonly kind: 'Pod';
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
}

export interface ExternalWorkload extends Stored {
  readonly kind: 'ExternalWorkload';
  readonly spec: {
    readonly meshTLS: { readonly identity: string; readonly serverName: string };
    readonly workloadIPs?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  };
}

export interface Namespace extends Stored {
  readonly kind: 'Namespace';
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface Server extends Stored {
  readonly kind: 'Server';
  readonly spec: {
    readonly podSelector?: LabelSelector;
    readonly externalWorkloadSelector?: LabelSelector;
    readonly port: number | string;
    readonly proxyProtocol?: string;
    readonly accessPolicy?: string;
  };
}

export interface Network {
  readonly cidr: string;
  readonly except?: readonly string[];
}

export interface ServerAuthorization extends Stored {
  readonly kind: 'ServerAuthorization';
  readonly spec: {
    readonly server: { readonly name?: string; readonly selector?: LabelSelector };
    readonly client: {
      readonly networks?: readonly Network[];
      readonly unauthenticated?: boolean;
      readonly meshTLS?: {
        readonly unauthenticatedTLS?: boolean;
        readonly identities?: readonly string[];
        readonly serviceAccounts?: readonly { readonly name: string; readonly namespace?: string }[];
      };
    };
  };
}

export interface Reference {
  readonly group?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface AuthorizationPolicy extends Stored {
  readonly kind: 'AuthorizationPolicy';
  readonly spec: { readonly targetRef: Reference; readonly requiredAuthenticationRefs: readonly Reference[] };
}

export interface MeshTLSAuthentication extends Stored {
  readonly kind: 'MeshTLSAuthentication';
  readonly spec: { readonly identities?: readonly string[]; readonly identityRefs?: readonly Reference[] };
}

export interface NetworkAuthentication extends Stored {
  readonly kind: 'NetworkAuthentication';
  readonly spec: { readonly networks: readonly Network[] };
}

export interface ParentReference {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
  readonly sectionName?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

export interface RouteStatus {
  readonly parents?: readonly {
    readonly controllerName: string;
    readonly parentRef: ParentReference;
    readonly conditions?: readonly Condition[];
  }[];
}

/** A match of a path, a header or a query parameter, or of a gRPC header. */
export interface ValueMatch {
  readonly type?: string;
  readonly name: string;
  readonly value: string;
}

export interface HttpMatch {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
  readonly method?: string;
}

export interface GrpcMatch {
  readonly method?: { readonly type?: string; readonly service?: string; readonly method?: string };
  readonly headers?: readonly ValueMatch[];
}

interface HeaderModifier {
  readonly add?: readonly { readonly name: string; readonly value: string }[];
  readonly set?: readonly { readonly name: string; readonly value: string }[];
  readonly remove?: readonly string[];
}

export interface Filter {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderModifier;
  readonly responseHeaderModifier?: HeaderModifier;
  readonly requestRedirect?: {
    readonly hostname?: string;
    readonly path?: {
      readonly type: string;
      readonly replaceFullPath?: string;
      readonly replacePrefixMatch?: string;
    };
  };
  readonly requestMirror?: { readonly backendRef: { readonly name: string; readonly port?: number } };
  readonly urlRewrite?: { readonly hostname?: string };
  readonly extensionRef?: Reference;
}

export interface Rule<Match> {
  readonly matches?: readonly Match[];
  readonly filters?: readonly Filter[];
}

export interface Route<Match> extends Stored {
  readonly spec: {
    readonly parentRefs?: readonly ParentReference[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly Rule<Match>[];
  };
  readonly status?: RouteStatus;
}

export interface HttpRoute extends Route<HttpMatch> {
  readonly kind: 'HTTPRoute';
}

export interface GrpcRoute extends Route<GrpcMatch> {
  readonly kind: 'GRPCRoute';
}

export interface RateLimit extends Stored {
  readonly kind: 'HTTPLocalRateLimitPolicy';
  readonly spec: {
    readonly targetRef: Reference;
    readonly total?: { readonly requestsPerSecond: number };
    readonly identity?: { readonly requestsPerSecond: number };
    readonly overrides?: readonly {
      readonly requestsPerSecond: number;
      readonly clientRefs: readonly Reference[];
    }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly targetRef?: Reference };
}

export type Resource =
  | Pod
  | ExternalWorkload
  | Namespace
  | Server
  | ServerAuthorization
  | AuthorizationPolicy
  | MeshTLSAuthentication
  | NetworkAuthentication
  | HttpRoute
  | GrpcRoute
  | RateLimit;
