import type { WorkloadRef } from '@mcp/mesh';
import { deepEqual } from '@mcp/mesh';
import type { Authorization, Endpoint, PolicyIndex, PortPolicy } from '@mcp/policy';
import { boundaryOf, isInvalid, portFindings } from '@mcp/policy';
import type { PortPolicyNode, PortReach } from '../entity.js';

/** What policy says of a port of these endpoints: one answer, or more where they differ. */
export function portPolicies(
  policies: PolicyIndex,
  workload: WorkloadRef,
  endpoints: readonly Endpoint[],
  port: { readonly number: number; readonly protocol: string },
): readonly PortPolicyNode[] {
  const distinct: PortPolicyNode[] = [];
  for (const endpoint of endpoints) {
    const node = portPolicy(policies, workload, endpoint, port);
    if (!distinct.some((other) => deepEqual(other, node))) distinct.push(node);
  }
  return distinct;
}

function portPolicy(
  policies: PolicyIndex,
  workload: WorkloadRef,
  endpoint: Endpoint,
  { number, protocol: transport }: { readonly number: number; readonly protocol: string },
): PortPolicyNode {
  const boundary = boundaryOf(endpoint, number, { kind: 'any' });
  // policy is said of the number, which may be declared for TCP as well
  if (transport !== 'TCP' && boundary !== 'not-tcp') return { reach: 'not-enforced', findings: [] };
  const findings = portFindings(policies, { workload, endpoint, port: number });
  if (boundary !== undefined)
    return { reach: typeof boundary === 'string' ? 'not-enforced' : 'unknown', findings };
  const policy = policies.portPolicy(workload.namespace, endpoint, number);
  const { server, protocol } = policy;
  return { ...(server && { server }), ...(protocol && { protocol }), reach: reachOf(policy), findings };
}

function reachOf(policy: PortPolicy): PortReach {
  const { authorizations, doubts } = policy;
  if (doubts.server.length > 0 || doubts.routes.length > 0) return 'unknown';
  if (isInvalid(policy)) return 'nobody';
  const admitting = authorizations.map((authorization) => ({
    authorization,
    reach: admittedBy(authorization),
  }));
  // through a route one may come to a part of what is served
  const throughRoutes = policy.routes
    .filter(({ ref }) => ref.kind !== 'default')
    .flatMap(({ authorizations: ofRoute, mayBeDropped }) =>
      ofRoute.map((authorization) => {
        const reach = admittedBy(authorization);
        if (reach === 'nobody') return reach;
        return mayBeDropped !== undefined || reach === 'unknown' ? 'unknown' : 'some';
      }),
    );
  const reaches = new Set<PortReach>([...admitting.map(({ reach }) => reach), ...throughRoutes]);
  const open = reaches.has('unknown') || doubts.authorizations.length > 0;
  const everyone = admitting.filter(({ reach }) => reach === 'anyone');
  if (everyone.some(({ authorization: { ref } }) => ref.kind !== 'default' || ref.name !== 'audit'))
    return 'anyone';
  // what is not known may admit as well, and then nothing is audited
  if (open) return 'unknown';
  if (everyone.length > 0) return 'audited';
  if (reaches.has('meshed')) return 'meshed';
  return reaches.has('some') ? 'some' : 'nobody';
}

function admittedBy({ networks, authentication, doubts, outdated }: Authorization): PortReach {
  if (networks === undefined || doubts.length > 0 || outdated !== undefined) return 'unknown';
  if (networks.text.length === 0) return 'nobody';
  if (!networks.everyAddress) return 'some';
  switch (authentication.kind) {
    case 'none':
      return 'anyone';
    case 'tls':
      return 'meshed';
    case 'identities':
      return authentication.identities.text.includes('*') ? 'meshed' : 'some';
  }
}
