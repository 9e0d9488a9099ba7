import type { WorkloadRef } from '@mcp/mesh';
import { MeshIdentities } from '../ports/mesh-identities.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { MeshSettings, NamespaceView } from '../view.js';
import { identityOfEndpoint } from './client-seen.js';

/** The workloads that run as each identity. One whose pods run as several, during a rollout, is with each of them. */
export type IdentityHolders = ReadonlyMap<string, readonly WorkloadRef[]>;

export function identityHolders({ identities, view }: PolicyIndex): IdentityHolders {
  const holders = new Map<string, WorkloadRef[]>();
  for (const namespace of view.namespaces.values()) addHolders(holders, identities, namespace);
  return holders;
}

/** Those of one namespace. None but external workloads where the settings do not say what identities are made of. */
export function identityHoldersIn(namespace: NamespaceView, settings: MeshSettings): IdentityHolders {
  const holders = new Map<string, WorkloadRef[]>();
  addHolders(holders, new MeshIdentities(settings), namespace);
  return holders;
}

function addHolders(
  holders: Map<string, WorkloadRef[]>,
  identities: MeshIdentities,
  { namespace, workloads }: NamespaceView,
): void {
  for (const { ref, groups } of workloads) {
    const meshed = groups.filter(({ endpoint }) => endpoint.meshed);
    const proven = meshed.map(({ endpoint }) => identityOfEndpoint({ identities }, namespace, endpoint));
    for (const identity of new Set(proven)) {
      if (identity === undefined) continue;
      const known = holders.get(identity);
      if (known === undefined) holders.set(identity, [ref]);
      else known.push(ref);
    }
  }
}
