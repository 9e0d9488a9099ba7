import type { World } from './world.js';

/**
 * `*` is any DNS identity and `*.x` those that end in `.x`; anything else is a literal.
 * A SPIFFE identity, which is a URI, matches literals only.
 */
function patternMatches(world: World, pattern: string, identity: string): boolean {
  const uri = identity.startsWith('spiffe://');
  if (pattern === '*' || pattern.startsWith('*.')) {
    if (uri) {
      world.touched('identity-uri-wildcard');
      return false;
    }
    if (pattern === '*') {
      world.touched('identity-any');
      return true;
    }
    const suffix = pattern.slice(1);
    if (`.${identity}` === suffix) world.touched('identity-suffix-itself');
    const matches = identity.length > suffix.length && identity.endsWith(suffix);
    if (matches) world.touched('identity-suffix');
    return matches;
  }
  if (pattern.includes('*')) world.touched('identity-odd-wildcard');
  if (pattern === identity) world.touched(uri ? 'identity-uri-literal' : 'identity-literal');
  else if (pattern.toLowerCase() === identity.toLowerCase()) world.touched('identity-case');
  return pattern === identity;
}

/** Some pattern matches the identity of the client; a client without one matches nothing. */
export function identityMatches(
  world: World,
  patterns: readonly string[],
  identity: string | undefined | null,
): boolean {
  if (identity === undefined || identity === null) {
    world.touched('identity-none');
    return false;
  }
  return patterns.some((pattern) => patternMatches(world, pattern, identity));
}
