import type { Decision, HttpRequest } from './case.js';
import type { RateLimit, Server } from './kubernetes-objects.js';
import type { World } from './world.js';
import { compareAge, namespaceOf, ofKind, policyGroup, refersTo } from './world.js';

/** The rate limits of the namespace whose target is a Server of that name, oldest first. */
export function rateLimitsFor(world: World, namespace: string, serverName: string): RateLimit[] {
  return ofKind(world, 'HTTPLocalRateLimitPolicy')
    .filter(
      (limit) =>
        namespaceOf(limit) === namespace &&
        limit.spec.targetRef.name === serverName &&
        refersTo(world, limit.spec.targetRef, policyGroup, 'Server'),
    )
    .sort(compareAge);
}

/** The accepted rate limit of the Server, for an HTTP request that was allowed; gRPC and connections have none. */
export function rateLimitOf(
  world: World,
  server: Server,
  protocol: string,
  decision: Decision,
  http: HttpRequest | null,
): string | undefined {
  const limits = rateLimitsFor(world, namespaceOf(server), server.metadata.name);
  const accepted = limits.find((limit) =>
    (limit.status?.conditions ?? []).some(({ type, status }) => type === 'Accepted' && status === 'True'),
  );
  if (accepted === undefined) {
    if (limits.length > 0) world.touched('rate-limit-not-accepted');
    return undefined;
  }
  if (http === null || protocol === 'gRPC' || protocol === 'opaque' || protocol === 'TLS') {
    world.touched('rate-limit-other-protocol');
    return undefined;
  }
  world.touched(decision.verdict === 'deny' ? 'rate-limit-denied' : 'rate-limit');
  return decision.verdict === 'deny' ? undefined : accepted.metadata.name;
}
