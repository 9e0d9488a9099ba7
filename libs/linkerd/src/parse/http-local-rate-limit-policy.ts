import type { HttpLocalRateLimitPolicySpec, PolicyObjectState } from '@mcp/mesh';
import { targetConditions } from './conditions.js';
import type { Field } from './field.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';
import { readReference } from './references.js';

export function parseHTTPLocalRateLimitPolicy(
  raw: unknown,
): Parsed<PolicyObjectState<HttpLocalRateLimitPolicySpec>> {
  return parsePolicyObject(
    raw,
    (spec) => {
      const { group, kind, name } = readReference(spec.at('targetRef'));
      return {
        targetRef: { group, kind, name },
        totalRequestsPerSecond: spec.at('total').optional(readLimit) ?? 0,
        identityRequestsPerSecond: spec.at('identity').optional(readLimit) ?? 0,
        overrides: spec.at('overrides').list((override) => ({
          requestsPerSecond: readLimit(override),
          clientRefs: override.at('clientRefs').list(readReference),
        })),
      };
    },
    targetConditions,
  );
}

/** The policy controller reads an unsigned number of 32 bits. */
function readLimit(limit: Field): number {
  return limit.at('requestsPerSecond').integer(0, 0xffff_ffff);
}
