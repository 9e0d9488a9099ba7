import type { DefaultPolicy, ProxyProtocol } from '@mcp/mesh';

/**
 * `audit`: allowed, and logged as what policy would not have allowed. `not-enforced`: policy does not act there, which is neither
 * allowed nor denied by it. `unknown`: an input is missing that could change the answer.
 */
export type Verdict = 'allow' | 'audit' | 'deny' | 'not-enforced' | 'unknown';

/**
 * `unauthorized`: HTTP 403, or the connection refused. `route-not-found`: HTTP 404, whatever is authorised.
 * `protocol-mismatch`: bytes that are not HTTP on a port that serves only HTTP.
 */
export type Refusal = 'unauthorized' | 'route-not-found' | 'protocol-mismatch';

/** Why policy does not act. */
export type Boundary =
  /** Without the proxy nothing is enforced. */
  | 'not-meshed'
  /** The policy controller does not know the pod. */
  | 'not-governed'
  /** Skipped by linkerd-init, or a port that the proxy itself leaves out. */
  | 'port-bypasses-proxy'
  /** Declared with another protocol only. */
  | 'not-tcp';

/** What governs a port: a Server, a default policy, or `invalid`, which the proxy puts in place of a policy it refuses. */
export type ServerRef =
  | { readonly kind: 'Server'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'default'; readonly name: DefaultPolicy | 'invalid' };

export type RouteKind = 'HTTPRoute' | 'GatewayHTTPRoute' | 'GRPCRoute';

export type RouteRef =
  | { readonly kind: RouteKind; readonly namespace: string; readonly name: string }
  | { readonly kind: 'default'; readonly name: 'default' | 'probe' };

export type AuthorizationRef =
  | {
      readonly kind: 'AuthorizationPolicy' | 'ServerAuthorization';
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: 'default'; readonly name: DefaultPolicy | 'probe' | 'localhost' };

/** An input that is missing and could change the verdict. `code` is stable. */
export interface UnknownInput {
  readonly code: UnknownCode;
  /** In words, naming the input. */
  readonly message: string;
}

export type UnknownCode =
  | 'SETTING_UNREAD'
  | 'KIND_NOT_LIVE'
  | 'OBJECT_UNREADABLE'
  | 'NAMESPACE_OUT_OF_SCOPE'
  | 'POD_SHAPE_UNKNOWN'
  | 'CLIENT_ADDRESS_UNKNOWN'
  | 'CLIENT_IDENTITY_UNKNOWN'
  | 'REGEX_NOT_DECIDED'
  /** Whether some request can meet the rule that would decide it cannot be told. */
  | 'REQUEST_NOT_DECIDED';

/** The answer to one question: one client, one endpoint, one port, one request. */
export interface Decision {
  readonly verdict: Verdict;
  /** With `deny` only. */
  readonly refusal?: Refusal;
  /** With `not-enforced` only. */
  readonly boundary?: Boundary;
  /** Absent where policy does not act, and where it is unknown which one governs. */
  readonly server?: ServerRef;
  readonly protocol?: ProxyProtocol;
  /** Absent for a connection, where no route matches, and where it is not known which one does: every one that may decides alike. */
  readonly route?: RouteRef;
  /** With `allow` and `audit`: the one that this product credits. See `creditedAnyOf`. */
  readonly authorizedBy?: AuthorizationRef;
  /**
   * The satisfied authorizations of the level that decides. Where there are more than one, which of them Linkerd credits is
   * undefined; `authorizedBy` is the first of them in a fixed order: policies by name, ServerAuthorizations by name, the default.
   */
  readonly creditedAnyOf: readonly AuthorizationRef[];
  /** Every satisfied authorization, the level that decides first. */
  readonly satisfied: readonly AuthorizationRef[];
  /** The name of the HTTPLocalRateLimitPolicy that counts an allowed request, in the namespace of the Server. */
  readonly rateLimit?: string;
  /** What is missing; not empty exactly when the verdict is `unknown`. */
  readonly unknown: readonly UnknownInput[];
}
