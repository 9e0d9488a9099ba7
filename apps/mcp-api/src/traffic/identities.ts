import { formatWorkloadRef, type WorkloadRef } from '@mcp/mesh';
import { identityHoldersIn, type MeshView, type NamespaceView } from '@mcp/policy';

/** Which workloads run as an identity, kept up with a mesh that changes namespace by namespace. */
export class RunningIdentities {
  readonly #taken = new Map<string, NamespaceView>();
  /** By identity, and by namespace. */
  readonly #holders = new Map<string, Map<string, readonly WorkloadRef[]>>();
  #settings: MeshView['settings'] | undefined;

  /** Takes what is not as in the view taken before, one namespace before each pause. */
  *take({ namespaces, settings }: MeshView): Generator<void> {
    if (settings !== this.#settings) {
      this.#taken.clear();
      this.#holders.clear();
      this.#settings = settings;
    }
    for (const gone of [...this.#taken.values()]) if (!namespaces.has(gone.namespace)) this.#drop(gone);
    for (const namespace of namespaces.values()) {
      const known = this.#taken.get(namespace.namespace);
      if (known === namespace) continue;
      if (known !== undefined) this.#drop(known);
      this.#add(namespace, settings);
      yield;
    }
  }

  /** By name. None where the mesh has none, or does not say what identities are made of. */
  of(identity: string): readonly WorkloadRef[] {
    const homes = [...(this.#holders.get(identity)?.values() ?? [])];
    return homes.flat().sort((a, b) => (formatWorkloadRef(a) < formatWorkloadRef(b) ? -1 : 1));
  }

  #add(view: NamespaceView, settings: MeshView['settings']): void {
    this.#taken.set(view.namespace, view);
    for (const [identity, workloads] of identityHoldersIn(view, settings)) {
      const homes = this.#holders.get(identity);
      if (homes === undefined) this.#holders.set(identity, new Map([[view.namespace, workloads]]));
      else homes.set(view.namespace, workloads);
    }
  }

  #drop(view: NamespaceView): void {
    this.#taken.delete(view.namespace);
    for (const [identity, homes] of this.#holders)
      if (homes.delete(view.namespace) && homes.size === 0) this.#holders.delete(identity);
  }
}
