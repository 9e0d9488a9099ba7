import type { WorkloadRef } from '@mcp/mesh';
import type { PolicyIndex } from '../ports/policy-index.js';
import { identityOfEndpoint } from './client-seen.js';

/** The workloads that run as each identity. One whose pods run as several, during a rollout, is with each of them. */
export function identityHolders(index: PolicyIndex): ReadonlyMap<string, readonly WorkloadRef[]> {
  const holders = new Map<string, WorkloadRef[]>();
  for (const { namespace, workloads } of index.view.namespaces.values())
    for (const { ref, groups } of workloads) {
      const meshed = groups.filter(({ endpoint }) => endpoint.meshed);
      for (const identity of new Set(
        meshed.map(({ endpoint }) => identityOfEndpoint(index, namespace, endpoint)),
      )) {
        if (identity === undefined) continue;
        const known = holders.get(identity);
        if (known === undefined) holders.set(identity, [ref]);
        else known.push(ref);
      }
    }
  return holders;
}
