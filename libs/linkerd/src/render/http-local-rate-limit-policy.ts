import type { HttpLocalRateLimitPolicySpec } from '@mcp/mesh';
import { renderReference } from './reference.js';
import { unlessEmpty } from './unless-empty.js';

export function renderHTTPLocalRateLimitPolicy(spec: HttpLocalRateLimitPolicySpec): object {
  const { targetRef, totalRequestsPerSecond, identityRequestsPerSecond, overrides } = spec;
  return {
    targetRef: renderReference(targetRef),
    ...limit('total', totalRequestsPerSecond),
    ...limit('identity', identityRequestsPerSecond),
    ...unlessEmpty(
      'overrides',
      overrides.map(({ requestsPerSecond, clientRefs }) => ({
        requestsPerSecond,
        clientRefs: clientRefs.map(renderReference),
      })),
    ),
  };
}

/** 0 is no limit, which the object says by not having it. */
function limit(name: string, requestsPerSecond: number): object {
  return requestsPerSecond === 0 ? {} : { [name]: { requestsPerSecond } };
}
