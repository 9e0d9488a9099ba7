import type { NetworkAuthenticationSpec } from '@mcp/mesh';
import { unlessEmpty } from './unless-empty.js';

export function renderNetworkAuthentication({ networks }: NetworkAuthenticationSpec): object {
  return { networks: networks.map(({ cidr, except }) => ({ cidr, ...unlessEmpty('except', except) })) };
}
