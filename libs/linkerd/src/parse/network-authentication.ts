import type { NetworkAuthenticationSpec, PolicyObjectState } from '@mcp/mesh';
import { readNetwork } from './network.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';

export function parseNetworkAuthentication(
  raw: unknown,
): Parsed<PolicyObjectState<NetworkAuthenticationSpec>> {
  return parsePolicyObject(raw, (spec) => {
    const networks = spec.at('networks');
    if (!networks.present) networks.fail('MISSING', `${networks.path} is required`);
    return { networks: networks.list(readNetwork) };
  });
}
