import type { DefaultPolicy, Labels } from '@mcp/mesh';
import { defaultPolicies } from '@mcp/mesh';
import { annotations } from '../names.js';
import { parsePortList } from '../matching/port-list.js';

/**
 * What applies to a port of a workload that no Server selects. Undefined where the cluster's own default is needed and not known.
 * Only the workload's own annotations count; one that is no policy is as good as none.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs, default_inbound_server (read at b24cd40).
 */
export function defaultPolicyOf(
  workload: Labels,
  port: number,
  clusterDefault: DefaultPolicy | undefined,
): DefaultPolicy | undefined {
  const own = workload[annotations.defaultInboundPolicy];
  const mode = defaultPolicies.find((policy) => policy === own) ?? clusterDefault;
  return listsPort(workload, annotations.requireIdentityPorts, port) ? withIdentity(mode) : mode;
}

/** `deny` and `audit` stay what they are: audit stays open. */
function withIdentity(mode: DefaultPolicy | undefined): DefaultPolicy | undefined {
  if (mode === 'all-unauthenticated') return 'all-authenticated';
  return mode === 'cluster-unauthenticated' ? 'cluster-authenticated' : mode;
}

/** Whether the port is one that the proxy does not look into. */
export function isOpaque(workload: Labels, port: number): boolean {
  return listsPort(workload, annotations.opaquePorts, port);
}

/** One bad element makes the whole list count for nothing. */
export function listsPort(workload: Labels, annotation: string, port: number): boolean {
  const text = workload[annotation];
  if (text === undefined) return false;
  const list = parsePortList(text);
  return 'has' in list && list.has(port);
}
