import type { NetworkSet } from '../matching/network.js';
import { compileNetworks } from '../matching/network.js';

/** The networks of a setting. Undefined where it is not known; one that has a network in it that cannot be read is as good as unread. */
export function networksOfSetting(cidrs: readonly string[] | undefined): NetworkSet | undefined {
  if (cidrs === undefined) return undefined;
  const networks = compileNetworks(cidrs.map((cidr) => ({ cidr, except: [] })));
  return 'invalid' in networks ? undefined : networks;
}

/** Fails where one of them cannot be read. */
export function constantNetworks(...cidrs: readonly string[]): NetworkSet {
  const networks = networksOfSetting(cidrs);
  if (networks === undefined) throw new Error(`not networks: ${cidrs.join(', ')}`);
  return networks;
}
