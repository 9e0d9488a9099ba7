import type { EgressNetworkSpec } from '@mcp/mesh';
import { cidrContains, cidrsOverlap, readCidr } from '../matching/network.js';
import type { StatusCondition } from './status-condition.js';
import { accepted } from './status-condition.js';

/**
 * The status that the policy controller writes for an egress network: traffic within the cluster is not egress, so that one that
 * overlaps a cluster network is refused. Without networks it is everything outside of them. What is no network overlaps nothing.
 * Undefined where the answer needs the cluster networks and they are not known.
 * Source: linkerd2 policy-controller/k8s/status/src/index.rs, network_condition, and k8s/api/src/policy/network.rs, intersect (read at
 * b24cd40).
 */
export function egressNetworkStatus(
  { networks }: Pick<EgressNetworkSpec, 'networks'>,
  clusterNetworks: readonly string[] | undefined,
): StatusCondition | undefined {
  if (networks === undefined) return accepted('Accepted');
  if (clusterNetworks === undefined) return undefined;
  const cluster = cidrsIn(clusterNetworks);
  const overlaps = networks.some(({ cidr, except }) => {
    const network = readCidr(cidr);
    if (network === undefined) return false;
    const exceptions = cidrsIn(except);
    return cluster.some(
      (inside) =>
        cidrsOverlap(network, inside) && !exceptions.some((exception) => cidrContains(exception, inside)),
    );
  });
  return accepted(overlaps ? 'EgressReasonNetworkOverlap' : 'Accepted');
}

function cidrsIn(texts: readonly string[]) {
  return texts.flatMap((text) => readCidr(text) ?? []);
}
