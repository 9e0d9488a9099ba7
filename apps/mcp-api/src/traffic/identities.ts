import type { MeshGraph } from '@mcp/graph';
import type { WorkloadRef } from '@mcp/mesh';
import type { MeshView } from '@mcp/policy';

/** Which workloads run as an identity. */
export class IdentityHolders {
  /** Of the graph whose view this is. */
  #of: MeshView | undefined;
  #holders: ReadonlyMap<string, readonly WorkloadRef[]> = new Map();

  /** None where the graph has none, or does not know the trust domain. */
  in(graph: MeshGraph, identity: string): readonly WorkloadRef[] {
    const view = graph.meshView();
    if (view !== this.#of) {
      this.#of = view;
      this.#holders = holdersIn(graph);
    }
    return this.#holders.get(identity) ?? [];
  }
}

function holdersIn(graph: MeshGraph): ReadonlyMap<string, readonly WorkloadRef[]> {
  const holders = new Map<string, WorkloadRef[]>();
  for (const entity of graph.entities()) {
    if (entity.kind !== 'Workload') continue;
    for (const identity of entity.value.identities) {
      const known = holders.get(identity);
      if (known === undefined) holders.set(identity, [entity.value.ref]);
      else known.push(entity.value.ref);
    }
  }
  return holders;
}
