/** The identities of which one is asked for. */
export interface IdentityPatterns {
  matches(identity: string): boolean;
  /** As written. */
  readonly text: readonly string[];
}

/**
 * `*` stands for every identity, `*.a.b` for every one that ends in `.a.b`; both only for DNS names. Anything else, `foo.*.b` too,
 * stands for itself, case-sensitive. An identity that is a URI (SPIFFE) matches only where it is itself listed: `*` does not admit it.
 * Source: linkerd2 policy-controller/core/src/identity_match.rs (read at b24cd40); linkerd2-proxy
 * linkerd/proxy/server-policy/src/authz.rs and linkerd/app/inbound/src/policy.rs (read at 29637b6).
 */
export function compileIdentityPatterns(patterns: readonly string[]): IdentityPatterns {
  const literals = new Set(patterns.filter((pattern) => !isWildcard(pattern)));
  const suffixes = patterns.filter(isWildcard).map((pattern) => pattern.slice(1));
  return {
    matches: (identity) =>
      literals.has(identity) ||
      (suffixes.length > 0 && !isUri(identity) && suffixes.some((suffix) => endsIn(suffix, identity))),
    text: patterns,
  };
}

/** Whether a pattern stands for more than itself. */
export function isWildcard(pattern: string): boolean {
  return pattern === '*' || pattern.startsWith('*.');
}

/** SPIFFE identities are URIs. */
export function isUri(identity: string): boolean {
  return identity.includes('://');
}

/** With at least one label before the suffix. */
function endsIn(suffix: string, identity: string): boolean {
  return identity.length > suffix.length && identity.endsWith(suffix);
}
