import { BlockList, isIPv6 } from 'node:net';

import type { MeshView } from '@mcp/policy';

import type { ClientParent } from './peer.js';
import { defaultParent, egressParent } from './peer.js';

/** Where the control plane of the scene looks for the networks that hold for every namespace. */
const globalNamespace = 'linkerd-egress';

/** What the policy of a client says about an address out of the cluster. Its own namespace comes first. */
export function egressPolicy(
  { namespaces }: MeshView,
  namespace: string,
  address: string,
  port: number,
): { readonly parent: ClientParent; readonly refused: boolean } {
  for (const home of [namespace, globalNamespace]) {
    const network = namespaces
      .get(home)
      ?.policy.EgressNetwork.find(
        ({ spec: { networks } }) => networks === undefined || isIn(address, networks),
      );
    if (network !== undefined)
      return {
        parent: egressParent(home, network.name, port),
        refused: network.spec.trafficPolicy === 'Deny',
      };
  }
  return { parent: defaultParent('egress-fallback'), refused: false };
}

interface Network {
  readonly cidr: string;
  readonly except: readonly string[];
}

function isIn(address: string, networks: readonly Network[]): boolean {
  return networks.some(
    ({ cidr, except }) => contains(cidr, address) && !except.some((inner) => contains(inner, address)),
  );
}

function contains(cidr: string, address: string): boolean {
  const [net = '', bits] = cidr.split('/');
  const family = isIPv6(net) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    list.addSubnet(net, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  } catch {
    // a user may write a network that is none, and that contains nothing
    return false;
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
