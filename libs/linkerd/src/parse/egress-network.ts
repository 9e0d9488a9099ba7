import type { EgressNetworkSpec, PolicyObjectState } from '@mcp/mesh';
import { ownConditions } from './conditions.js';
import { readNetwork } from './network.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';

export function parseEgressNetwork(raw: unknown): Parsed<PolicyObjectState<EgressNetworkSpec>> {
  return parsePolicyObject(
    raw,
    (spec) => {
      const networks = spec.at('networks').optional((list) => list.list(readNetwork));
      return {
        trafficPolicy: spec.at('trafficPolicy').oneOf(['Allow', 'Deny']),
        ...(networks && { networks }),
      };
    },
    (object) => ownConditions(object, 'EgressNetwork'),
  );
}
